"""Layout of the pretty view: paragraphs, blocks and rules below one another, with the gutters of subagents."""

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING

from observer.format.event import Event, Record
from observer.terminal.conversation_rows import Draw
from observer.terminal.paragraphs import Paragraph, paragraph_of
from observer.terminal.row import Row
from observer.terminal.row_lines import MAX_LINE_WIDTH, MIN_TEXT_WIDTH, RowLines
from observer.terminal.screen import Screen
from observer.terminal.speakers import Speaker, Speakers
from observer.terminal.theme import Role
from observer.terminal.wrap import PlainText, WordWrap

if TYPE_CHECKING:
    from observer.terminal.markdown_text import HighlightTime, MarkdownText

ROW_INDENT = 2
"""Cells before a text that is drawn in rows."""

_NONE: frozenset[Paragraph] = frozenset()


class _Above(Enum):
    NOTHING = auto()
    TEXT = auto()
    BLOCK = auto()


_NOTHING, _TEXT, _BLOCK = _Above  # to look up a member of an enum takes long
_PLAIN, _THINKING = Role.PLAIN, Role.THINKING


class PrettyLayout:
    """Lays out what is printed and buffers it. Knows who owns the unfinished line and what was printed above it."""

    def __init__(self, screen: Screen, speakers: Speakers) -> None:
        self._screen = screen
        self._is_plain = screen.is_plain
        self._paint = screen.paint
        self._lines = RowLines(screen)
        self._speakers = speakers
        self._buffer: list[str] = []
        self._wrap: WordWrap | PlainText | MarkdownText | None = None
        self._drawn: MarkdownText | None = None
        """The same, if it is drawn as Markdown."""
        self._speaker: Speaker = None
        self._paragraph: Paragraph | None = None
        self._continued = _NONE
        self._named: tuple[object, object] = (None, None)
        """The message and the block of its last piece, as that states them."""
        self._newlines = ""  # held back until more text follows: a paragraph ends without blank lines
        self._above = _NOTHING

    def take(self) -> str:
        """Return the text to print, and empty the buffer."""
        if self._drawn is not None:
            self._buffer.append(self._drawn.take())
        text = "".join(self._buffer)
        self._buffer.clear()
        return text

    def mark_continued(self, paragraphs: Iterable[Paragraph]) -> None:
        """Remember paragraphs whose start is not shown; if they continue, they are printed with a leading ellipsis."""
        self._continued = frozenset(paragraphs)

    def can_write(self, speaker: Speaker) -> bool:
        """Return whether a speaker can write without interrupting another's paragraph."""
        return self._wrap is None or self._speaker == speaker

    def continue_line(self, records: Sequence[Record], events: Sequence[Event | None], begin: int) -> int:
        """Append the plain pieces of text of the main agent, from index `begin` on, that continue the unfinished line.

        Return the index of the first record that is no such piece. It does no more than `write`, and sooner: most
        events are such pieces.
        """
        wrap, paragraph = self._wrap, self._paragraph
        if wrap is None or paragraph is None or paragraph[1] is not None or self._newlines:
            return begin
        kind, (message, block) = paragraph[0], self._named
        role = _THINKING if kind == "thinking" else _PLAIN
        append, feed = self._buffer.append, None if self._is_plain else wrap.feed
        for index in range(begin, len(events)):
            event = events[index]
            if event is None or event.type != kind or event.parent is not None:
                return index
            data = event.data
            text = data.get("text")
            if not (
                records[index].stalled_s is None
                and data.get("block") is block  # equal numbers can be of different types, and so of different blocks
                and data.get("message") == message
                and isinstance(text, str)
                and text.isascii()
                and text.isprintable()
                and text
                and "replaces" not in data
            ):
                return index
            append(text if feed is None else feed(text, role))  # in a pipe there is no gutter beside the main agent
        return len(events)

    def write(self, event: Event) -> None:
        """Append a piece of text or thinking to its paragraph, starting the paragraph if necessary."""
        if event.text("replaces"):
            self._announce_replacement(event)
        text = self._screen.clean_paragraph(event.words("text"))
        paragraph = paragraph_of(event)
        wrap = self._wrap
        if wrap is None or self._paragraph != paragraph:
            text = text.lstrip("\n")
            if not text:
                return
            wrap = self._start_paragraph(event.parent, paragraph)
        self._named = event.value("message"), event.value("block")
        if self._drawn is not None:
            self._drawn.feed(text)
            return
        role = _THINKING if event.type == "thinking" else _PLAIN
        if "\n" not in text and not self._newlines:  # the common case
            self._buffer.append(wrap.feed(text, role))
            return
        body = text.rstrip("\n")
        if body:
            self._buffer.append(wrap.feed(self._newlines + body, role))
            self._newlines = ""
        self._newlines += "\n" * (len(text) - len(body))

    def _announce_replacement(self, event: Event) -> None:
        """Print a marker: the message above is void, its text is repeated below, unless no text is shown."""
        self.end_line()
        is_shown = event.words("text")
        text = "the text above is void and repeated below" if is_shown else "its text is void and repeated"
        marker = f"{self._screen.glyphs.retry} stream interrupted: {text}"
        self.block(event.parent, [Row(((Role.WARNING, marker),))])

    def block(self, speaker: Speaker, rows: Sequence[Row | str], time: str = "") -> None:
        """Write the rows of one speaker below everything printed so far, with a time at the end of the first row.

        On a plain screen a row may be its text alone.
        """
        self.end_line()
        self._continued = _NONE
        gutter, cells = self._gutter(speaker)
        if self._above is _TEXT:
            self._buffer.append(gutter.rstrip() + "\n")
        self._label(speaker, gutter, cells)
        self._buffer.append(self._lines.block(rows, gutter, cells, time))
        self._above = _BLOCK

    def rule(self, title: str, time: str, role: Role) -> None:
        """Write a horizontal rule with a title and a time."""
        self.end_line()
        if self._above is not _NOTHING:
            self._buffer.append("\n")
        self._buffer.append(self._lines.rule(title, time, role))
        self._above = _TEXT
        self._speaker = None

    def separate(self) -> None:
        """Leave a blank line before the next block."""
        self.end_line()
        if self._above is _BLOCK:
            self._above = _TEXT

    def end_line(self) -> None:
        """End the current paragraph, if there is one."""
        if self._wrap is not None:
            self._buffer.append(self._wrap.end())
            self._above = _TEXT
            self._wrap = self._drawn = self._paragraph = None
            self._newlines = ""

    def settle(self) -> None:
        """Print all of the current paragraph, as if nothing of it followed."""
        if self._drawn is not None:
            self._buffer.append(self._drawn.settle())

    def _start_paragraph(self, speaker: Speaker, paragraph: Paragraph) -> "WordWrap | PlainText | MarkdownText":
        self.end_line()
        if self._above is not _NOTHING:
            shared = speaker if self._speaker == speaker else None
            self._buffer.append(self._gutter(shared)[0].rstrip() + "\n")
        gutter, cells = self._gutter(speaker)
        self._label(speaker, gutter, cells)
        self._paragraph = paragraph
        wrap = self._wrap = PlainText(gutter) if self._is_plain else self._wrap_for(paragraph, gutter, cells)
        if paragraph[0] == "thinking":
            self._sign(wrap, f"{self._screen.glyphs.thinking} ", Role.THINKING)
        if paragraph in self._continued:
            self._sign(wrap, self._screen.glyphs.ellipsis, Role.DIM)
            self._continued -= {paragraph}
        return wrap

    def _sign(self, wrap: "WordWrap | PlainText | MarkdownText", sign: str, role: Role) -> None:
        if self._drawn is not None:
            self._drawn.add_sign(role, sign)
        else:
            self._buffer.append(wrap.feed(sign, role))

    def _wrap_for(self, paragraph: Paragraph, gutter: str, cells: int) -> "WordWrap | MarkdownText":
        if self._screen.draws_markdown:
            from observer.terminal.markdown_text import MarkdownText  # noqa: PLC0415 - not needed for a pipe

            role = Role.THINKING if paragraph[0] == "thinking" else Role.PLAIN
            self._drawn = MarkdownText(self._screen, gutter, cells, role, MAX_LINE_WIDTH, self._highlight)
            return self._drawn
        width = self._screen.width()
        return WordWrap(self._paint, None if width is None else min(width, MAX_LINE_WIDTH), gutter, cells)

    def draws(self, speaker: Speaker) -> Draw | None:
        """Return what draws a text of a speaker as Markdown; None if texts stay as they were written."""
        if not self._screen.draws_markdown:
            return None
        from observer.terminal.markdown_rows import markdown_rows  # noqa: PLC0415 - not needed for a pipe

        width = (self._screen.width() or MAX_LINE_WIDTH) - 1 - ROW_INDENT - self._gutter(speaker)[1]
        return lambda text, role: self._highlight.rows(
            lambda is_late: markdown_rows(text, width, self._screen.glyphs, is_late, role)
        )

    @cached_property
    def _highlight(self) -> "HighlightTime":
        from observer.terminal.markdown_text import HighlightTime  # noqa: PLC0415 - not needed for a pipe

        return HighlightTime()

    def _label(self, speaker: Speaker, gutter: str, cells: int) -> None:
        """Print the name of a subagent when the speaker changes and several subagents are active."""
        if speaker != self._speaker and speaker is not None and self._speakers.need_labels:
            label = f"{self._screen.glyphs.arrow} {self._speakers.label(speaker)}"
            self._buffer.append(self._lines.block([Row(((Role.LABEL, label),), truncate=True)], gutter, cells, ""))
        self._speaker = speaker

    def _gutter(self, speaker: Speaker) -> tuple[str, int]:
        if speaker is None:
            return "", 0
        roles = self._speakers.gutters(speaker)
        width = self._screen.width()
        if width is not None:
            roles = roles[: max(0, (width - MIN_TEXT_WIDTH) // 2)]
        bar = self._screen.glyphs.gutter
        return "".join(self._paint(role, bar) + " " for role in roles), 2 * len(roles)
