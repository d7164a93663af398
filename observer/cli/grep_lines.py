"""`observe tail --no-follow --type X -o json`: straight through a file, with nothing that waits or decodes.

A way of its own because it is the one that `grep` and `jq` are compared with: what the usual way loads and does between
two pieces of a file would take as long as the work itself. The outcome is the same; tests hold it to that.
"""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.event import Event, decode, type_of
from observer.format.lines import MAX_LINE_BYTES, Line
from observer.format.type_scanner import TypeScanner, last_lines
from observer.runs.state import ENDING_TYPES, RunState, Verdict
from observer.source.file_reader import FileReader, open_file
from observer.source.items import Notice
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition
from observer.terminal.view import Sink

CHUNK = 128 * 1024
"""Bytes read at once: few enough to stay in the cache, and for the allocator to give out the same memory again."""


def sift(
    path: Path, types: frozenset[str], start: StartPosition, out: Sink, *, names: DisplayNames = PATH_NAMES
) -> Verdict:
    """Write the lines of `types` from `start` on to `out`, byte for byte, and return the verdict on the run.

    Raises UnreadableError and BrokenPipeError.
    """
    file = open_file(path, names=names)
    if isinstance(file, Notice):
        raise UnreadableError(file.message)
    try:
        return _sifted(file, TypeScanner(types), start, out)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read ({error.strerror})") from None
    finally:
        file.close()


def _sifted(file: FileReader, scanner: TypeScanner, start: StartPosition, out: Sink) -> Verdict:
    state, begin = RunState(), 0
    if not start.at_first_byte:
        begin = file.seek(start, finished=True)
        state = _folded(state, file.context_lines())
    alive = file.writer_lives()
    for at, data in _pieces(file, begin):
        end = data.rfind(b"\n") + 1
        if end:
            out.write(b"".join(scanner.find_lines(data, 0, end, at)))
            state = _folded(state, _telling(data, end, at))
        elif scanner.matches(line := Line(data, at)):
            out.write(data)
            state = _folded(state, [line])
        del data  # or it would be held together with what is read next
    return state.status_at(time.time(), hostname=socket.gethostname(), locked=alive).verdict


def _pieces(file: FileReader, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines from `at` on, some at a time, with where they stand, and at last what has no newline.

    A line longer than what is read at once comes alone, one that is too long to keep not at all.
    """
    count = CHUNK
    while data := file.read(count, at):
        end = data.rfind(b"\n") + 1
        if end:
            yield at, data
            at, count = at + end, CHUNK
        elif len(data) < count:
            yield at, data
            return
        else:
            del data
            length, complete = _measured(file, at)
            kept = length - complete <= MAX_LINE_BYTES
            at, count = (at, length + (not complete)) if kept else (at + length, CHUNK)


def _measured(file: FileReader, at: int) -> tuple[int, bool]:
    """Return how many bytes a line has, with its newline, and whether it has one."""
    end = at
    while data := file.read(CHUNK, end):
        newline = data.find(b"\n")
        if newline >= 0:
            return end + newline + 1 - at, True
        end += len(data)
    return end - at, False


def _telling(data: bytes, end: int, at: int) -> list[Line]:
    """The lines of a piece that may tell whether the run has ended: the first of the file, and the last ones."""
    if end > CHUNK:
        return [Line(data, at)]  # its newline does no harm, a copy without it would be as large again
    first = [Line(data[: data.find(b"\n")], 0)] if at == 0 else []
    return [*first, *last_lines(data, 0, end, at)]


def _folded(state: RunState, lines: list[Line]) -> RunState:
    for line in lines:
        kind = type_of(line)
        if kind in ENDING_TYPES or (kind and state.outcome is not None):
            found = decode(line)
            state = state.apply(found) if isinstance(found, Event) else state
    return state
