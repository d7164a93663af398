"""Follows a run from a program: yields its events as they are written."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from observer.format.event import Event
from observer.runs.live.monitor import RunMonitor
from observer.source.find import resolve_latest
from observer.source.items import ContextLines, Idle, Tagged
from observer.source.off_loop import off_loop
from observer.source.open_source import open_source
from observer.source.seek import StartPosition


async def follow(path: str | Path, *, last: int | None = None, forever: bool = False) -> AsyncGenerator[Event, None]:
    """Yield the events of a run, the existing ones first, then new ones as they are written, until the run has ended.

    `path` is a run file, which need not exist yet, a link such as `runs/latest.ndjson`, a compressed file, or `-` for
    standard input. `last` starts that many lines before the end (0: only new events) instead of at the start. The
    iterator ends after `complete`, or when the writer is known to be gone; with `forever` it never ends. Malformed
    lines are skipped. A file that is truncated or replaced is read again from its start. Raises `UnreadableError` when
    the path is not a run file.

    >>> import asyncio
    >>> async def tools(path):
    ...     async for event in follow(path):
    ...         if event.type == "tool_use":
    ...             print(event.iteration, event.text("name"))
    >>> asyncio.run(tools("docs/example.ndjson"))
    1 Write
    1 Bash
    """
    resolved = await off_loop(resolve_latest, Path(path))
    source, monitor = open_source(resolved, start=StartPosition(last=last)), RunMonitor()
    async with aclosing(source.items()) as items:
        async for item in items:
            if isinstance(item, Tagged):
                raise TypeError("a path refers to one run")
            for event in monitor.events(item):
                if not isinstance(item, ContextLines):
                    yield event
            if isinstance(item, Idle) and not forever and monitor.status().verdict.final:
                return
