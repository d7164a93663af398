"""Following a run from a program: its events, as they are written."""

import socket
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from observer.format.event import Event, Record
from observer.format.lines import Line, Oversize
from observer.runs.state import RunState
from observer.source.items import RESET_NOTICES, ContextLines, Idle, Lines, PartialLine
from observer.source.open_source import open_source
from observer.source.seek import StartPosition


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
    source, state, hostname = open_source(Path(path), start=StartPosition(last=last)), RunState(), socket.gethostname()
    async with aclosing(source.items()) as items:
        async for item in items:
            match item:
                case Lines(lines):
                    for event in _events(lines):
                        state = state.apply(event)
                        yield event
                case PartialLine(line):
                    for event in _events([line]):
                        yield event
                case ContextLines(lines):
                    for event in _events(lines):
                        state = state.apply(event)
                case Idle(locked) if not forever:
                    if state.status_at(time.time(), hostname=hostname, locked=locked).verdict.final:
                        return
                case _ if getattr(item, "kind", None) in RESET_NOTICES:
                    state = RunState()


def _events(lines: "list[Line] | list[Line | Oversize]") -> list[Event]:
    return [event for line in lines if (event := Record(line).event) is not None]
