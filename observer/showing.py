"""`observe show` as a function: read a run whole, print what it amounts to."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from observer.errors import UnreadableError
from observer.framing import Framer, Line, Oversize
from observer.listing import glance
from observer.render.screen import screen_of
from observer.render.screenful import screenful
from observer.runs import PACKED, STDIN, find
from observer.stdout import Descriptor
from observer.summary import Summary

CHUNK = 1024 * 1024


def show(name: str, folder: Path, *, full: bool, stall_after_s: float) -> int:
    """Print a summary of the run that `name` means; `folder` is where ids are looked up. Returns the exit code.

    Raises UnreadableError.
    """
    path = find(name, folder)
    if path == STDIN or path.is_dir() or path.name.endswith(PACKED):
        raise UnreadableError(f"{name} is no single run file; name one, or the beginning of a run's id")
    try:
        summary = Summary()
        for lines in _lines(path):
            summary.take(lines)
        listed = glance(path, stall_after_s=stall_after_s)
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read ({error.strerror}); observe list shows the runs") from None
    shown = screenful(listed, summary, time.time(), screen_of(sys.stdout), full=full)
    Descriptor(sys.stdout.fileno()).write(("\n".join(shown) + "\n").encode("utf-8", "backslashreplace"))
    return 0


def _lines(path: Path) -> Iterator[list[Line | Oversize]]:
    framer = Framer()
    with path.open("rb", buffering=0) as file:
        while data := file.read(CHUNK):
            yield framer.feed(data)
    if (rest := framer.rest()) is not None:
        yield [rest]
