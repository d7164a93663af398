"""Layout of the pretty view: paragraphs, blocks and rules below one another, with the gutters of subagents."""

from collections.abc import Iterable
from enum import Enum, auto

from msgspec.structs import replace
from rich.cells import cell_len

from observer.format.event import Event
from observer.terminal.row import Row, shorten
from observer.terminal.screen import Screen
from observer.terminal.speakers import Speaker, Speakers
from observer.terminal.theme import Role
from observer.terminal.wrap import TAIL_GAP, WordWrap, ellipsize, fit

PIPE_RULE_WIDTH = 72
"""Cells of a rule when the output is a pipe."""
MAX_PIPE_CHARS = 2000
"""Characters of a row that would be truncated on a screen, when the output is a pipe, which has no width."""
MAX_LINE_WIDTH = 120
"""Cells of a line of prose: longer ones are hard to read, however wide the screen."""
MIN_TEXT_WIDTH = 16
"""Cells left to the text, however deep the gutters are."""

Paragraph = tuple[str, Speaker, str, int | None]
"""Pieces of text with the same type, speaker, message and block belong to one paragraph."""


def paragraph_of(event: Event) -> Paragraph:
    """Return the paragraph that a piece of text or thinking belongs to."""
    return (event.type, event.parent, event.text("message"), event.integer("block"))


class _Above(Enum):
    NOTHING = auto()
    TEXT = auto()
    BLOCK = auto()


class PrettyLayout:
    """Lays out what is printed and buffers it. Knows who owns the unfinished line and what was printed above it."""

    def __init__(self, screen: Screen, speakers: Speakers) -> None:
        self._screen = screen
        self._paint = screen.paint
        self._pipe_style = replace(screen.glyphs, max_chars=MAX_PIPE_CHARS)
        self._speakers = speakers
        self._buffer: list[str] = []
        self._wrap: WordWrap | None = None
        self._speaker: Speaker = None
        self._paragraph: Paragraph | None = None
        self._continued: frozenset[Paragraph] = frozenset()
        self._newlines = ""  # held back until more text follows: a paragraph ends without blank lines
        self._above = _Above.NOTHING

    def take(self) -> str:
        """Return the text to print, and empty the buffer."""
        text = "".join(self._buffer)
        self._buffer.clear()
        return text

    def mark_continued(self, paragraphs: Iterable[Paragraph]) -> None:
        """Remember paragraphs whose start is not shown; if they continue, they are printed with a leading ellipsis."""
        self._continued = frozenset(paragraphs)

    def can_write(self, speaker: Speaker) -> bool:
        """Return whether a speaker can write without interrupting another's paragraph."""
        return self._wrap is None or self._speaker == speaker

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
        role = Role.THINKING if event.type == "thinking" else Role.PLAIN
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

    def block(self, speaker: Speaker, rows: list[Row], time: str = "") -> None:
        """Write the rows of one speaker below everything printed so far, with a time at the end of the first row."""
        self.end_line()
        self._continued = frozenset()
        if self._above is _Above.TEXT:
            self._buffer.append(self._gutter(speaker)[0].rstrip() + "\n")
        self._label(speaker)
        self._rows(speaker, rows, time)
        self._above = _Above.BLOCK

    def rule(self, title: str, time: str, role: Role) -> None:
        """Write a horizontal rule with a title and a time."""
        self.end_line()
        if self._above is not _Above.NOTHING:
            self._buffer.append("\n")
        width = self._screen.width()
        room = PIPE_RULE_WIDTH if width is None else max(1, min(width, MAX_LINE_WIDTH) - 1)
        dash = self._screen.glyphs.rule
        head = fit(f"{dash * 2} {self._screen.clean_line(title)} ", room)
        tail = f" {self._screen.clean_line(time)} {dash * 2}" if time else ""
        if cell_len(head + tail) > room:
            tail = ""
        self._buffer.append(self._paint(role, head + dash * (room - cell_len(head + tail)) + tail) + "\n")
        self._above = _Above.TEXT
        self._speaker = None

    def separate(self) -> None:
        """Leave a blank line before the next block."""
        self.end_line()
        if self._above is _Above.BLOCK:
            self._above = _Above.TEXT

    def end_line(self) -> None:
        """End the current paragraph, if there is one."""
        if self._wrap is not None:
            self._buffer.append(self._wrap.end())
            self._above = _Above.TEXT
        self._wrap = None
        self._paragraph = None
        self._newlines = ""

    def _start_paragraph(self, speaker: Speaker, paragraph: Paragraph) -> WordWrap:
        self.end_line()
        if self._above is not _Above.NOTHING:
            shared = speaker if self._speaker == speaker else None
            self._buffer.append(self._gutter(shared)[0].rstrip() + "\n")
        self._label(speaker)
        gutter, cells = self._gutter(speaker)
        self._paragraph = paragraph
        width = self._screen.width()
        wrap = self._wrap = WordWrap(self._paint, None if width is None else min(width, MAX_LINE_WIDTH), gutter, cells)
        if paragraph[0] == "thinking":
            self._buffer.append(wrap.feed(f"{self._screen.glyphs.thinking} ", Role.THINKING))
        if paragraph in self._continued:
            self._buffer.append(wrap.feed(self._screen.glyphs.ellipsis, Role.DIM))
            self._continued -= {paragraph}
        return wrap

    def _label(self, speaker: Speaker) -> None:
        """Print the name of a subagent when the speaker changes and several subagents are active."""
        if speaker != self._speaker and speaker is not None and self._speakers.need_labels:
            label = f"{self._screen.glyphs.arrow} {self._speakers.label(speaker)}"
            self._rows(speaker, [Row(((Role.LABEL, label),), truncate=True)])
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

    def _rows(self, speaker: Speaker, rows: list[Row], time: str = "") -> None:
        width = self._screen.width()
        gutter, cells = self._gutter(speaker)
        if width is None:
            paint, rows = self._screen.paint_spans, [self._shortened(row) for row in rows]
            lines = [f"{gutter}{paint(row.spans)}\n" for row in rows]
            if time:
                lines[0] = f"{lines[0][:-1]}{self._time_in_pipe(rows[0], cells, time)}\n"
            self._buffer += lines
        else:
            for row in rows:
                self._wrap_row(row, gutter, cells, width, time)
                time = ""

    def _shortened(self, row: Row) -> Row:
        """Return a row as it is written to a pipe, which has no width at which to truncate it."""
        if not row.truncate:
            return row
        return Row(tuple((role, shorten(text, self._pipe_style)) for role, text in row.spans), row.hang)

    def _time_in_pipe(self, row: Row, gutter_cells: int, time: str) -> str:
        """Return a time for the end of a line, with the spaces that align it unless the line is too long."""
        texts = [self._screen.clean_line(text) for _, text in row.spans]
        used = gutter_cells + sum([len(text) if text.isascii() else cell_len(text) for text in texts])
        return " " * max(TAIL_GAP, PIPE_RULE_WIDTH - used - len(time)) + self._paint(Role.DIM, time)

    def _wrap_row(self, row: Row, gutter: str, gutter_cells: int, width: int, time: str) -> None:
        """Write a row of which a terminal may need several lines; one with a time is no wider than prose."""
        spans = [(role, self._screen.clean_line(text)) for role, text in row.spans]
        timed = min(width, MAX_LINE_WIDTH) - len(time) - TAIL_GAP
        tail = (Role.DIM, time) if time and timed - gutter_cells > MIN_TEXT_WIDTH else None
        width = min(width, MAX_LINE_WIDTH) if tail else width
        if row.truncate and len(spans) == 1:
            role, text = spans[0]
            room = (timed if tail else width) - 1 - gutter_cells
            spans = [(role, ellipsize(text, max(1, room), self._screen.glyphs.ellipsis))]
        hang = row.hang if width - gutter_cells > MIN_TEXT_WIDTH else 0
        wrap = WordWrap(self._paint, width, gutter, gutter_cells, hang=hang, tail=tail)
        self._buffer += [wrap.feed(text, role) for role, text in spans]
        self._buffer.append(wrap.end())
