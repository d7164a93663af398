"""Encodes lines of a run as rows, which a page draws without knowing events. Blocking where code is highlighted."""

import time
from collections.abc import Iterable

import msgspec

from observer.format.event import Event, decode
from observer.format.line import Line, Oversize
from observer.runs.filters.message_text import texts
from observer.runs.filters.pattern import Pattern
from observer.runs.rows.event_row import long_row, text_row
from observer.runs.rows.highlight import highlight_blocks
from observer.runs.rows.row_json import encode_line, encode_row
from observer.runs.window.long_line import MAX_LOADED_LINE_BYTES, describe_long_line
from observer.runs.window.shared_file import SharedFile
from observer.source.line_reader import read_lines
from observer.web.errors import HTTPError

MAX_OPEN_BYTES = 32 * 1024 * 1024
"""Size of a line, or of all pieces of a text and what is between them, from which a row is made."""
_HIGHLIGHT_S = 0.25
"""Seconds in which code is highlighted, in all rows of an answer."""
_BLOCK_BYTES = 256 * 1024
_PIECE_KEYS = ("message", "block")


class RowEncoder:
    """Makes the rows of one answer about a file, all of them together within the time for highlighting.

    A row in which `pattern` is found only in what is folded is made open.
    """

    def __init__(self, file: SharedFile, pattern: Pattern | None = None) -> None:
        self._read, self._project = file.read, file.project
        self._pattern = pattern
        self._deadline: float | None = None

    def encode(self, line: Line | Oversize) -> bytes | None:
        """Return the row of a line as JSON; None for a blank line."""
        if isinstance(line, Oversize) or len(line.data) > MAX_LOADED_LINE_BYTES:
            long = describe_long_line(line, self._read)
            return encode_row(long_row(long.bytes, long.type, long.seq))
        row = self._encode(line, is_open=False)
        is_hidden = self._pattern is not None and row is not None and self._is_hidden(line, row, self._pattern)
        return self._encode(line, is_open=True) if is_hidden else row

    def encode_open(self, line: Line) -> bytes | None:
        """Return the row of a line that shows all of its event."""
        return self._encode(line, is_open=True)

    def messages(self, lines: Iterable[tuple[Line | Oversize, int]], generation: str) -> bytes:
        """Return the server-sent events for lines, each given with the offset just past it."""
        sent = ((line, end, self.encode(line)) for line, end in lines)
        return b"".join(
            b"id: %b.%d\ndata: [%d,%b]\n\n" % (generation.encode(), end, line.offset, row)
            for line, end, row in sent
            if row is not None
        )

    def _encode(self, line: Line, *, is_open: bool) -> bytes | None:
        return encode_line(line, project=self._project, is_open=is_open, is_late=self._is_late)

    def _is_late(self) -> bool:
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + _HIGHLIGHT_S
        return now > self._deadline

    def _is_hidden(self, line: Line, row: bytes, pattern: Pattern) -> bool:
        event = decode(line)
        if not isinstance(event, Event) or any(map(pattern.search, texts(msgspec.json.decode(row)))):
            return False
        return any(map(pattern.search, texts(event.data)))


def read_open_row(file: SharedFile, begin: int, end: int) -> bytes:
    """Return the row of the line between two offsets that shows all of its event. Raises HTTPError."""
    _check_size(end - begin)
    row = RowEncoder(file).encode_open(Line(file.read(end - begin, begin).removesuffix(b"\n"), begin))
    if row is None:
        raise HTTPError(404, "the line is blank")
    return row


def read_text_row(file: SharedFile, begin: int, end: int) -> bytes:
    """Return the row of a text that is complete: its first piece begins and its last ends at these offsets."""
    _check_size(end - begin)
    pieces: list[Event] = []
    for lines in read_lines(file.read, begin, end, block=_BLOCK_BYTES, limit=MAX_LOADED_LINE_BYTES):
        for line in lines:
            event = decode(line) if isinstance(line, Line) else None
            if isinstance(event, Event) and (not pieces or _is_piece_of(event, pieces[0])):
                pieces.append(event)
    row = text_row(pieces)
    if row is None:
        raise HTTPError(404, "there is not a text")
    deadline = time.monotonic() + _HIGHLIGHT_S
    highlight_blocks(row.blocks, lambda: time.monotonic() > deadline)
    return encode_row(row)


def _is_piece_of(event: Event, first: Event) -> bool:
    if event.type != first.type or event.parent != first.parent:
        return False
    return all(event.value(key) == first.value(key) for key in _PIECE_KEYS)


def _check_size(size: int) -> None:
    if not 0 < size <= MAX_OPEN_BYTES:
        raise HTTPError(400, f"invalid range: a row is made of at most {MAX_OPEN_BYTES:,} bytes")
