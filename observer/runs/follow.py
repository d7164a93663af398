"""Following a run from a program: its events, as they are written."""

import socket
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from observer.format.event import Event, Record
from observer.format.lines import Line, Oversize
from observer.runs.state import RunState
from observer.source.items import ANEW, Batch, CaughtUp, Context, Rest
from observer.source.open_source import source_of
from observer.source.seek import Start


async def follow(path: str | Path, *, last: int | None = None, forever: bool = False) -> AsyncGenerator[Event, None]:
    """Yield the events of a run: those that are there, then new ones as they come, until the run has ended.

    `path` is a run file, which need not be there yet, a link such as `runs/latest.ndjson`, a packed file, or `-` for
    standard input. `last` begins so many lines before the end (0: only what is new) instead of at the start. It ends
    after `complete`, or when the writer is known to be gone; with `forever` never. Lines that are no events are passed
    over. A file that is truncated or replaced goes on with its new content. Raises `UnreadableError` when the path
    leads to something that is no run file.

    >>> import asyncio
    >>> async def tools(path):
    ...     async for event in follow(path):
    ...         if event.type == "tool_use":
    ...             print(event.iteration, event.text("name"))
    >>> asyncio.run(tools("docs/example.ndjson"))
    1 Write
    1 Bash
    """
    source, state, hostname = source_of(Path(path), start=Start(last=last)), RunState(), socket.gethostname()
    async with aclosing(source.items()) as items:
        async for item in items:
            match item:
                case Batch(lines):
                    for event in _events(lines):
                        state = state.after(event)
                        yield event
                case Rest(line):
                    for event in _events([line]):
                        yield event
                case Context(lines):
                    for event in _events(lines):
                        state = state.after(event)
                case CaughtUp(locked) if not forever:
                    if state.standing(time.time(), hostname=hostname, locked=locked).verdict.final:
                        return
                case _ if getattr(item, "kind", None) in ANEW:
                    state = RunState()


def _events(lines: "list[Line] | list[Line | Oversize]") -> list[Event]:
    return [event for line in lines if (event := Record(line).event) is not None]
