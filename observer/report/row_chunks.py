"""The rows of a run as the page of a report holds them: chunks of JSON, each compressed and encoded as text. Blocking.

A chunk is an array of records `[gap, length, row, blocks or null, status]`: the bytes between the end of the line
before and this line, the bytes of this line, its row, the blocks that show all of its event if there is more, and the
status or outcome that a filter may ask for; what is null or empty at the end is left out. The pieces of a text are one
record, whose line is that of the first one, and whose row has the tree of the whole text.
"""

import gzip
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from msgspec import Struct

from observer.format.event import Event, Malformed
from observer.format.json import encode
from observer.runs.filters.filter import PIECE_TYPES
from observer.runs.rows.event_row import make_row, malformed_row, open_blocks
from observer.runs.rows.highlight import IsLate, highlight_blocks
from observer.runs.rows.markdown_tree import markdown_blocks
from observer.runs.rows.row_json import encode_blocks, encode_row
from observer.runs.rows.row_types import Block, Row

CHUNK_BYTES = 400_000
"""Bytes of rows in a chunk: a page unpacks one in a few milliseconds."""
_MAX_CHUNK_BYTES = 8 * CHUNK_BYTES
"""Bytes at which a chunk ends even in the midst of a text."""
_RECORD_BYTES = 40
_LEVEL = 7
"""Of gzip: rows are more repetitive than the lines that they are made of."""
_PENDING = 3
"""Chunks that wait for the thread that compresses them."""
_NO_MESSAGES = 4096
"""Messages of which it is remembered that their text came in pieces."""


class Chunk(Struct, frozen=True, array_like=True):
    """Where a chunk begins in the file, and the first number and time (ms since 1970) in it, null if it has none."""

    begin: int
    seq: int | None
    time: int | None


class _Text:
    """The record of a text that is joined from its pieces; `place` is that of the first one, as it begins a record."""

    def __init__(self, place: bytes, row: Row) -> None:
        self.place, self.row = place, row
        self.texts = [row.text or ""]

    def encode(self, is_late: IsLate) -> bytes:
        """Return the record."""
        text = self.row.text = "".join(self.texts)
        if text:
            self.row.blocks = markdown_blocks(text)
            highlight_blocks(self.row.blocks, is_late)
        return self.place + encode_row(self.row) + b"]"


class RowChunks:
    """Makes the chunks of a run and hands each to `write`, as ASCII text; `index` says what is where.

    Events and malformed lines are added in the order of the file. Code is highlighted until `is_late` returns true.
    Chunks are compressed in a thread, which ends with the context.
    """

    def __init__(self, write: Callable[[bytes], object], is_late: IsLate) -> None:
        self.index: list[Chunk] = []
        self._write, self._is_late = write, is_late
        self._project = ""
        self._records: list[bytes | _Text] = []
        self._first: Chunk | None = None
        self._last_end = 0
        self._bytes = 0
        self._texts: dict[tuple[str, str | None, str, float | None], _Text] = {}
        self._in_pieces: dict[tuple[str | None, str], None] = {}
        self._pool = ThreadPoolExecutor(1)
        self._pending: deque[Future[bytes]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self._end_chunk()
            self._write_pending(0)
        self._pool.shutdown(cancel_futures=True)

    def add(self, event: Event) -> Row | None:
        """Add the next event, and return its row; None for a piece of a text."""
        if event.type == "run_start":
            self._project = event.text("project_dir")
        line = event.line
        if event.type in PIECE_TYPES:
            self._add_piece(event)
            return None
        row = make_row(event, project=self._project)
        if event.type == "message" and (event.parent, event.text("id")) in self._in_pieces:
            row.blocks = []  # they are those of the pieces
        status = event.text("status") or event.text("outcome")
        self._add_row(line.offset, line.end, row, self._all_blocks(event, row), status)
        return row

    def add_malformed(self, line: Malformed) -> None:
        """Add a line without an event."""
        row = malformed_row(line)
        blocks = malformed_row(line, is_open=True).blocks if row.folded else None
        self._add_row(line.offset, line.offset + line.length + 1, row, blocks, "")

    def _add_piece(self, event: Event) -> None:
        message, line = event.text("message"), event.line
        key = event.type, event.parent, message, event.number("block")
        known = self._texts.get(key) if message else None
        if known is not None:
            piece = event.words("text")
            known.texts.append(piece)
            known.row.replaces = known.row.replaces or event.text("replaces") or None
            self._bytes += len(piece)
        else:
            row = make_row(event)
            text = _Text(self._place(line.offset, line.end, row), row)
            self._records.append(text)
            self._bytes += _RECORD_BYTES + len(text.texts[0])
            if message:
                self._texts[key] = text
        if message and event.type == "thought":
            self._in_pieces[event.parent, message] = None
            if len(self._in_pieces) > _NO_MESSAGES:
                self._in_pieces.pop(next(iter(self._in_pieces)))
        if self._bytes > _MAX_CHUNK_BYTES:
            self._end_chunk()

    def _all_blocks(self, event: Event, row: Row) -> list[Block] | None:
        if not row.folded:
            return None
        blocks = open_blocks(event, self._project)
        highlight_blocks(blocks, self._is_late)
        return blocks

    def _add_row(self, begin: int, end: int, row: Row, blocks: list[Block] | None, status: str) -> None:
        place = self._place(begin, end, row)
        highlight_blocks(row.blocks, self._is_late)
        rest = b"" if blocks is None and not status else b"," + (b"null" if blocks is None else encode_blocks(blocks))
        record = b"%b%b%b%b]" % (place, encode_row(row), rest, b"," + encode(status) if status else b"")
        self._records.append(record)
        self._bytes += len(record)
        if self._bytes > CHUNK_BYTES:
            self._end_chunk()

    def _place(self, begin: int, end: int, row: Row) -> bytes:
        """Return the beginning of the record of the line between two offsets."""
        if self._first is None:
            self._first, self._last_end = Chunk(begin, row.seq, row.time), begin
        gap, self._last_end = begin - self._last_end, end
        return b"[%d,%d," % (gap, end - begin)

    def _end_chunk(self) -> None:
        if self._first is None:
            return
        self.index.append(self._first)
        records = [one.encode(self._is_late) if isinstance(one, _Text) else one for one in self._records]
        self._first, self._records, self._bytes = None, [], 0
        self._texts.clear()
        self._pending.append(self._pool.submit(compress, b"[" + b",".join(records) + b"]"))
        self._write_pending(_PENDING)

    def _write_pending(self, count: int) -> None:
        while len(self._pending) > count:
            self._write(self._pending.popleft().result())


def compress(data: bytes) -> bytes:
    """Return data as the page unpacks it: gzip in base64.

    >>> from base64 import b64decode
    >>> gzip.decompress(b64decode(compress(b"[]")))
    b'[]'
    """
    return b64encode(gzip.compress(data, _LEVEL, mtime=0))
