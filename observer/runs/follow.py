"""Follows a run from a program: yields its events as they are written."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from observer.format.event import Event
from observer.runs.monitor import RunMonitor
from observer.source.items import ContextLines, Idle, Tagged
from observer.source.open_source import open_source
from observer.source.seek import StartPosition


async def follow(path: str | Path, *, last: int | None = None, forever: bool = False) -> AsyncGenerator[Event, None]:
    """Yield the events of a run, the existing ones first, then new ones as they are written, until the run has ended.

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
    source, monitor = open_source(Path(path), start=StartPosition(last=last)), RunMonitor()
    async with aclosing(source.items()) as items:
        async for item in items:
            if isinstance(item, Tagged):
                raise TypeError("one path leads to one run")
            for event in monitor.events(item):
                if not isinstance(item, ContextLines):
                    yield event
            if isinstance(item, Idle) and not forever and monitor.status().verdict.final:
                return
