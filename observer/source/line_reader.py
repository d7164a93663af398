"""Reads the lines of a file forwards and backwards from any offset, in blocks. Pure: the caller passes a read function.

Lines are complete: bytes after the last newline are not one yet.
"""

from collections.abc import Callable, Iterator

from observer.format.event import keys_of
from observer.format.line import Line, Oversize
from observer.format.lines import MAX_LINE_BYTES, Block, LineSplitter

BLOCK = 64 * 1024
"""Bytes read at once."""
BACKWARDS_BLOCK = 128 * 1024
"""Bytes read in one step backwards, and the line that begins before them."""
_FEW = 4
"""Lines without an event at the beginning of a file, after which none is looked for."""
_LONGEST_AT_ENDS = 16 * 1024 * 1024
"""Bytes in which the first or the last line is searched: a prompt on the command line can make it long."""

Read = Callable[[int, int], bytes]
"""Returns bytes of a file: (how many, from which offset)."""


def read_lines(
    read: Read, begin: int, end: int, *, block: int = BLOCK, limit: int = MAX_LINE_BYTES, stop: int | None = None,
    partial: bool = False,
) -> Iterator[list[Line | Oversize]]:  # fmt: skip
    """Yield the lines that begin at `begin` or later and before `end`, in order, those of one block at a time.

    The last line may end beyond `end`. Nothing at `stop` or beyond is read. Lines longer than `limit` are `Oversize`.
    With `partial` the bytes after the last newline are yielded as a line too.
    """
    offset = start = max(0, begin - 1)  # a line that begins at `begin` has its predecessor's newline before it
    splitter = LineSplitter(start, limit=limit)
    while splitter.start < end and (stop is None or offset < stop):
        data = read(min(block, end - offset) if offset < end else block, offset)
        if not data:
            break
        lines = splitter.feed(data)
        if lines and lines[0].offset < begin:
            del lines[0]
        while lines and lines[-1].offset >= end:
            lines.pop()
        offset += len(data)
        del data  # with the lines: a block, or one long line, must not be held while the next one is read
        if lines:
            yield lines
        del lines
        # the block belongs entirely to a line that began before it, or to one that is too long to keep
        if offset >= end and (splitter.start == start < begin or offset - splitter.start > limit):
            break
    if partial and (rest := splitter.rest()) is not None and rest.offset >= begin:
        yield [rest]


def read_blocks(
    read: Read, end: int, *, block: int, limit: int = MAX_LINE_BYTES, partial: bool = False, begin: int = 0
) -> Iterator[Block | list[Line | Oversize]]:
    """Yield the lines between `begin`, where one begins, and `end`: blocks of complete ones, in a list those longer.

    Lines longer than `limit` are `Oversize`. With `partial` the bytes after the last newline are yielded as a line too.
    """
    offset = begin
    while offset < end and (data := read(min(block, end - offset), offset)):
        if size := data.rfind(b"\n") + 1:
            yield Block(data[:size], offset)
            offset += size
            continue
        splitter = LineSplitter(offset, limit=limit)
        while data and not (lines := splitter.feed(data)):
            offset += len(data)
            data = read(min(block, end - offset), offset)
        if not data:
            if partial and (rest := splitter.rest()) is not None:
                yield [rest]
            return
        yield lines
        offset = splitter.start


def read_lines_backwards(
    read: Read, end: int, *, block: int = BACKWARDS_BLOCK, limit: int = MAX_LINE_BYTES
) -> Iterator[Line | Oversize]:
    """Yield the lines that end at `end` or before it, the last one first.

    No more than a block of them, or one long one, is in memory at a time.
    """
    end = offset_of_last(read, end, 0)
    while end > 0:
        begin = offset_of_last(read, end - block, 0)
        for lines in reversed(list(read_lines(read, begin, end, block=block, limit=limit))):
            yield from reversed(lines)
        end = begin


def offset_of_last(read: Read, end: int, count: int) -> int:
    """Return where the last `count` complete lines before `end` begin: with 0, where the last one ends."""
    newlines = -1  # the newline that ends the last line is not the start of one
    while end > 0:
        begin = max(0, end - BLOCK)
        data = read(end - begin, begin)
        index = data.rfind(b"\n")
        while index >= 0:
            newlines += 1
            if newlines == count:
                return begin + index + 1
            index = data.rfind(b"\n", 0, index)
        end = begin
    return 0


def first_line(read: Read) -> Line | None:
    """Return the first line of a file that holds an event, or its first one if none of the first few does.

    The first line of a file that was cut is the rest of one. Returns None while no line is complete, or if the first is
    longer than 16 MiB.
    """
    count = 4096
    while count <= _LONGEST_AT_ENDS:
        data = read(count, 0)
        line, newline, _ = data.partition(b"\n")
        if newline and not line.startswith(b"\0") and keys_of(Line(line, 0)) is not None:  # as nearly always
            return Line(line, 0)
        lines = [line for line in LineSplitter().feed(data) if isinstance(line, Line)]
        if event := next((line for line in lines if keys_of(line) is not None), None):
            return event
        if len(data) < count or len(lines) >= _FEW:
            return lines[0] if lines else None
        count *= 4
    return None


def context_lines(read: Read, end: int, count: int) -> list[Line]:
    """Return the complete lines among the last `count` bytes before `end`; of more if they hold none."""
    while True:
        begin = max(0, end - count)
        data = read(end - begin, begin)
        cut = data.find(b"\n") + 1 if begin else 0  # after the line that begins earlier
        lines = LineSplitter(begin + cut).feed(data[cut:]) if cut or begin == 0 else []
        context = [line for line in lines if isinstance(line, Line)]
        count *= 4
        if context or begin == 0 or count > _LONGEST_AT_ENDS:
            return context
