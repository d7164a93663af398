"""What is printed so far, as far as it matters for what comes next: who holds the open line, and what stands above."""

from collections.abc import Iterable
from enum import Enum, auto

from rich.cells import cell_len

from observer.format.event import Event
from observer.terminal.row import Row
from observer.terminal.screen import Screen
from observer.terminal.speakers import Parent, Speakers
from observer.terminal.theme import Role
from observer.terminal.wrap import WordWrap, cut, fitting

PIPE_RULE = 72
"""Cells of a rule where there is no width."""
MEASURE = 120
"""Cells of a line of prose: longer ones are hard to read, however wide the screen."""
LEAST_TEXT = 16
"""Cells that gutters leave to the text, however deep."""


Paragraph = tuple[str, Parent, object, object]
"""Pieces with the same type, speaker, message and block are parts of one paragraph."""


def paragraph_of(event: Event) -> Paragraph:
    """Return which paragraph a piece of text or thinking is a part of."""
    said = event.data.get
    return (event.type, event.parent, said("message"), said("block"))


class _Above(Enum):
    NOTHING = auto()
    TEXT = auto()
    BLOCK = auto()


class PrettyLayout:
    """Puts paragraphs, blocks and rules below one another, with their gutters, into a buffer."""

    def __init__(self, screen: Screen, speakers: Speakers) -> None:
        self._screen = screen
        self._paint = screen.paint
        self._speakers = speakers
        self._buffer: list[str] = []
        self._flow: WordWrap | None = None
        self._speaker: Parent = None
        self._paragraph: Paragraph | None = None
        self._begun: frozenset[Paragraph] = frozenset()
        self._newlines = ""
        self._above = _Above.NOTHING

    def take(self) -> str:
        """Return what is to be printed, and forget it."""
        text = "".join(self._buffer)
        self._buffer.clear()
        return text

    def begun(self, paragraphs: Iterable[Paragraph]) -> None:
        """Remember paragraphs whose beginnings are not shown: should they go on, they will say so."""
        self._begun = frozenset(paragraphs)

    def may_speak(self, speaker: Parent) -> bool:
        """Tell whether a speaker can write without breaking another's line."""
        return self._flow is None or self._speaker == speaker

    def write(self, event: Event) -> None:
        """Write a piece of text or thinking, as a part of its paragraph."""
        if event.data.get("replaces"):
            self._void(event.parent)
        text = self._screen.paragraph(event.text("text"))
        paragraph = paragraph_of(event)
        flow = self._flow
        if flow is None or self._paragraph != paragraph:
            text = text.lstrip("\n")
            if not text:
                return
            flow = self._begin(event.parent, paragraph)
        role = Role.THINKING if event.type == "thinking" else Role.PLAIN
        if "\n" not in text and not self._newlines:  # as most pieces are
            self._buffer.append(flow.feed(text, role))
            return
        body = text.rstrip("\n")
        if body:
            self._buffer.append(flow.feed(self._newlines + body, role))
            self._newlines = ""
        self._newlines += "\n" * (len(text) - len(body))

    def _void(self, speaker: Parent) -> None:
        """Say that what was told so far is told anew."""
        self.end_line()
        said = f"{self._screen.glyphs.retry} the stream broke: what it said is void, and told anew"
        self.block(speaker, [Row(((Role.WARNING, said),))])

    def block(self, speaker: Parent, rows: list[Row]) -> None:
        """Write rows of one speaker below what stands there."""
        self.end_line()
        self._begun = frozenset()
        if self._above is _Above.TEXT:
            self._buffer.append(self._gutter(speaker)[0].rstrip() + "\n")
        self._introduce(speaker)
        self._rows(speaker, rows)
        self._above = _Above.BLOCK

    def rule(self, title: str, time: str, role: Role) -> None:
        """Write a line across the screen, with a title and a time."""
        self.end_line()
        if self._above is not _Above.NOTHING:
            self._buffer.append("\n")
        width = self._screen.width()
        room = PIPE_RULE if width is None else max(1, min(width, MEASURE) - 1)
        dash = self._screen.glyphs.rule
        head = fitting(f"{dash * 2} {self._screen.line(title)} ", room)
        tail = f" {self._screen.line(time)} {dash * 2}" if time else ""
        if cell_len(head + tail) > room:
            tail = ""
        self._buffer.append(self._paint(role, head + dash * (room - cell_len(head + tail)) + tail) + "\n")
        self._above = _Above.TEXT
        self._speaker = None

    def end_line(self) -> None:
        """End the open paragraph, if there is one."""
        if self._flow is not None:
            self._buffer.append(self._flow.end())
            self._above = _Above.TEXT
        self._flow = None
        self._paragraph = None
        self._newlines = ""

    def _begin(self, speaker: Parent, paragraph: Paragraph) -> WordWrap:
        self.end_line()
        if self._above is not _Above.NOTHING:
            shared = speaker if self._speaker == speaker else None
            self._buffer.append(self._gutter(shared)[0].rstrip() + "\n")
        self._introduce(speaker)
        gutter, cells = self._gutter(speaker)
        self._paragraph = paragraph
        width = self._screen.width()
        self._flow = WordWrap(self._paint, None if width is None else min(width, MEASURE), gutter, cells)
        if paragraph[0] == "thinking":
            self._buffer.append(self._flow.feed(f"{self._screen.glyphs.thinking} ", Role.THINKING))
        if paragraph in self._begun:
            self._buffer.append(self._flow.feed(self._screen.glyphs.ellipsis, Role.DIM))
            self._begun -= {paragraph}
        return self._flow

    def _introduce(self, speaker: Parent) -> None:
        """Name a subagent whose turn it is, when several are at work."""
        if speaker != self._speaker and speaker is not None and self._speakers.several:
            label = f"{self._screen.glyphs.arrow} {self._speakers.label(speaker)}"
            self._rows(speaker, [Row(((Role.LABEL, label),), verbatim=True)])
        self._speaker = speaker

    def _gutter(self, speaker: Parent) -> tuple[str, int]:
        if speaker is None:
            return "", 0
        roles = self._speakers.gutters(speaker)
        width = self._screen.width()
        if width is not None:
            roles = roles[: max(0, (width - LEAST_TEXT) // 2)]
        bar = self._screen.glyphs.gutter
        return "".join(self._paint(role, bar) + " " for role in roles), 2 * len(roles)

    def _rows(self, speaker: Parent, rows: list[Row]) -> None:
        width = self._screen.width()
        gutter, cells = self._gutter(speaker)
        if width is None:
            painted = self._screen.painted
            self._buffer += [f"{gutter}{painted(found.spans)}\n" for found in rows]
        else:
            for found in rows:
                self._row(found, gutter, cells, width)

    def _row(self, found: Row, gutter: str, cells: int, width: int) -> None:
        spans = [(role, self._screen.line(text)) for role, text in found.spans]
        if found.verbatim:
            spans = self._cut(spans, max(1, width - 1 - cells))
        hang = found.hang if width - cells > LEAST_TEXT else 0
        flow = WordWrap(self._paint, width, gutter, cells, hang=hang)
        self._buffer += [flow.feed(text, role) for role, text in spans]
        self._buffer.append(flow.end())

    def _cut(self, spans: list[tuple[Role, str]], room: int) -> list[tuple[Role, str]]:
        role, text = spans[0] if spans else (Role.PLAIN, "")
        if len(spans) != 1 or cell_len(text) <= room:
            return spans
        kept, mark = cut(text, room, self._screen.glyphs.ellipsis)
        return [(role, kept), (Role.DIM, mark)]
