"""`observe tail --no-follow --type X -o json`: straight through a file, with nothing that waits or decodes.

A way of its own because it is the one that `grep` and `jq` are compared with: what the usual way loads and does between
two pieces of a file would take as long as the work itself. The outcome is the same; tests hold it to that.
"""

import socket
import time
from pathlib import Path

from observer.errors import UnreadableError
from observer.event import Event, decode
from observer.framing import DEFAULT_LIMIT, Line
from observer.render.base import Sink
from observer.sieve import Sieve, last_lines
from observer.source.base import Notice
from observer.source.open_file import OpenFile, opened
from observer.source.start import Start
from observer.state import RunState, Verdict

CHUNK = 128 * 1024
"""Bytes read at once: few enough to stay in the cache, and for the allocator to give out the same memory again."""


def sift(path: Path, types: frozenset[str], start: Start, out: Sink) -> Verdict:
    """Write the lines of `types` from `start` on to `out`, byte for byte, and return the verdict on the run.

    Raises UnreadableError and BrokenPipeError.
    """
    file = opened(path)
    if isinstance(file, Notice):
        raise UnreadableError(file.message)
    try:
        return _sifted(file, Sieve(types), start, out)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read ({error.strerror})") from None
    finally:
        file.close()


def _sifted(file: OpenFile, sieve: Sieve, start: Start, out: Sink) -> Verdict:
    state, at = RunState(), 0
    if not start.at_first_byte:
        at = file.seek(start, finished=True)
        state = _folded(state, file.lines_before())
    alive, count = file.writer_lives(), CHUNK
    while data := file.read(count, at):
        end = data.rfind(b"\n") + 1
        if not end:
            if len(data) < count:
                break
            if count < DEFAULT_LIMIT:  # a line longer than what is read at once
                count *= 2
            else:  # no event is that long: on, from its end
                at += len(data) - 1
            continue
        out.write(b"".join(sieve.sift(data, 0, end, at)))
        first = [Line(data[: data.find(b"\n")], 0)] if at == 0 else []
        state = _folded(state, [*first, *last_lines(data, 0, end, at)])
        at, count = at + end, CHUNK
    if data and sieve.takes(line := Line(data, at)):
        out.write(data)
        state = _folded(state, [line])
    return state.standing(time.time(), hostname=socket.gethostname(), locked=alive).verdict


def _folded(state: RunState, lines: list[Line]) -> RunState:
    for line in lines:
        found = decode(line)
        if isinstance(found, Event):
            state = state.after(found)
    return state
