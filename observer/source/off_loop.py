"""Calls blocking functions: in a thread if an event loop runs, else directly.

So a source that has nothing to wait for, such as a file that is read to its end, needs no event loop: to load one takes
longer than to read most files.
"""

import sys
from collections.abc import Callable, Generator
from types import coroutine
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def off_loop(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of a function that blocks, without blocking the event loop, if there is one."""
    if not _has_loop():
        return function(*args, **kwargs)
    from aiofiles.os import wrap  # noqa: PLC0415 - only where a loop runs

    result: T = await wrap(function)(*args, **kwargs)
    return result


@coroutine
def pause() -> Generator[None, None, None]:
    """Give others a turn: the tasks of the event loop, if there is one."""
    yield


def _has_loop() -> bool:
    asyncio = sys.modules.get("asyncio")  # if it is not loaded, none runs
    return asyncio is not None and asyncio._get_running_loop() is not None
