"""`observe tail --no-follow --type X -o json`: copy the matching lines of a file without decoding the others.

This is a separate path because it competes with `grep` and `jq`: the imports of the general path, and its overhead
between two blocks of a file, would take as long as the work itself. Tests check that both print the same.
"""

from collections.abc import Iterator
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.event import type_of
from observer.format.lines import MAX_LINE_BYTES, Line
from observer.format.sanitize import clean_line
from observer.format.type_scanner import TypeScanner, last_lines
from observer.runs.filter import Filter
from observer.runs.monitor import RunMonitor
from observer.runs.verdict import Verdict
from observer.source.file_reader import FileReader, open_file
from observer.source.items import ContextLines, Idle, Notice, PartialLine
from observer.source.line_reader import first_line
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition
from observer.terminal.view import Sink

BLOCK_BYTES = 128 * 1024
"""Read at once: small enough for the CPU cache, and for the allocator to reuse the same memory."""


def grep_lines(
    path: Path,
    types: frozenset[str],
    start: StartPosition,
    out: Sink,
    *,
    messages: Sink,
    names: DisplayNames = PATH_NAMES,
) -> Verdict:
    """Write the lines of `types` from `start` on to `out`, unchanged, and return the verdict on the run.

    What is to be said about the file goes to `messages`.

    Raises UnreadableError and BrokenPipeError.
    """
    file = open_file(path, names=names)
    if isinstance(file, Notice):
        raise UnreadableError(file.message)
    try:
        return _grep_or_explain(file, types, start, out, messages)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnreadableError(f"cannot read {path} ({error.strerror})") from None
    finally:
        file.close()


class _Found:
    """A sink that remembers whether anything was written."""

    def __init__(self, out: Sink) -> None:
        self._out = out
        self.any = False

    def write(self, data: bytes) -> None:
        self.any = self.any or bool(data)
        self._out.write(data)

    def check(self) -> None:
        self._out.check()


def _grep_or_explain(
    file: FileReader, types: frozenset[str], start: StartPosition, out: Sink, messages: Sink
) -> Verdict:
    found = _Found(out)
    verdict = _grep_file(file, TypeScanner(types), start, found, messages)
    if not found.any:
        _explain_no_match(file, types, messages)
    return verdict


def _explain_no_match(file: FileReader, types: frozenset[str], messages: Sink) -> None:
    """Say which types there are instead, which takes another look at the file."""
    from observer.runs.seen import Seen, explain_no_match

    seen = Seen()
    for begin, data in _blocks(file, 0):
        for number, line in enumerate(data.split(b"\n")):
            seen.add_type(type_of(Line(line, begin + number)))
    for sentence in explain_no_match(Filter(types=types), seen):
        messages.write(f"observe: {clean_line(sentence)}\n".encode("utf-8", "backslashreplace"))


def _grep_file(file: FileReader, scanner: TypeScanner, start: StartPosition, out: Sink, messages: Sink) -> Verdict:
    monitor, offset = RunMonitor(ending_only=True), 0
    if not start.at_first_byte:
        offset = file.seek(start, finished=True)
        monitor.take(ContextLines(file.context_lines()))
    locked = file.is_writer_alive()
    for begin, data in _blocks(file, offset):
        end = data.rfind(b"\n") + 1
        if end:
            out.write(b"".join(scanner.find_lines(data, 0, end, begin)))
            monitor.take(ContextLines(_decisive_lines(data, end, begin)))
        elif scanner.matches(line := Line(data, begin)):
            out.write(data)
            monitor.take(PartialLine(line))
        del data  # free it before the next block is read
    monitor.take(Idle(locked, file.modified()))
    if monitor.state.known_from is not None:
        from observer.runs.describe_status import describe_beginning

        messages.write(f"observe: {describe_beginning(monitor.state)}\n".encode())
    return monitor.status().verdict


def _blocks(file: FileReader, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of whole lines with their offsets, and last what follows the last newline.

    A line longer than a block is a separate block; a line that is too long to keep is skipped.
    """
    size = BLOCK_BYTES
    while data := file.read(size, offset):
        if data.startswith(b"\0"):  # a hole, which may be too long to be kept
            offset += len(data) - len(data.lstrip(b"\0"))
            continue
        end = data.rfind(b"\n") + 1
        if end:
            yield offset, data
            offset, size = offset + end, BLOCK_BYTES
        elif len(data) < size:
            yield offset, data
            return
        else:
            del data
            length, complete = _measure_line(file, offset)
            if length - complete <= MAX_LINE_BYTES:
                size = length + (not complete)
            else:
                offset, size = offset + length, BLOCK_BYTES


def _measure_line(file: FileReader, offset: int) -> tuple[int, bool]:
    """Return the length of the line at `offset` in bytes, its newline included, and whether it has one."""
    end = offset
    while data := file.read(BLOCK_BYTES, end):
        newline = data.find(b"\n")
        if newline >= 0:
            return end + newline + 1 - offset, True
        end += len(data)
    return end - offset, False


def _decisive_lines(data: bytes, end: int, begin: int) -> list[Line]:
    """Return the lines of a block that can decide the verdict: the first of the file, and the last of the block."""
    if end > BLOCK_BYTES:
        return [Line(data, begin)]  # one long line: its newline does no harm, and cutting it off would copy it
    first = first_line(lambda count, offset: data[offset : offset + count]) if begin == 0 else None
    return [*([first] if first is not None else []), *last_lines(data, 0, end, begin)]
