"""What blocks runs beside the event loop if there is one."""

import asyncio
import threading

import pytest

from observer.source.off_loop import off_loop, pause
from observer.terminal.signals import run_at_once


async def thread_of_call() -> int:
    return await off_loop(threading.get_ident)


def test_beside_an_event_loop_another_thread_calls_and_without_one_this_one_does() -> None:
    assert run_at_once(thread_of_call()) == threading.get_ident()
    assert asyncio.run(thread_of_call()) != threading.get_ident()


def test_arguments_and_errors_are_passed_on() -> None:
    assert run_at_once(off_loop(int, "ff", base=16)) == 255
    with pytest.raises(ValueError, match="invalid literal"):
        run_at_once(off_loop(int, "no"))


async def test_a_pause_lets_other_tasks_run() -> None:
    ran = asyncio.Event()
    asyncio.get_running_loop().call_soon(ran.set)
    await pause()
    assert ran.is_set()
