"""Signals while a command works: the first ends the work cleanly, the second at once, and none is lost."""

import asyncio
import signal

import pytest

from agent.cli.signals import StoppedBySignal, interruptible, run_until_stopped

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def never() -> None:
    pytest.fail("the work was terminated")


async def send(number: signal.Signals) -> None:
    """Send a signal to this thread, as another one might receive it later, and let the loop handle it."""
    signal.raise_signal(number)
    await asyncio.sleep(0.01)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_cancels_the_work_which_may_clean_up(number: signal.Signals) -> None:
    cleaned: list[bool] = []

    async def work() -> None:
        try:
            await send(number)
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    with pytest.raises(StoppedBySignal) as stopped:
        run_until_stopped(work(), never)
    assert (stopped.value.exit_code, cleaned) == (128 + number, [True])


def test_work_that_asks_for_it_decides_itself_how_to_end_at_the_first_signal() -> None:
    received: list[signal.Signals] = []

    async def work() -> str:
        await send(signal.SIGTERM)
        return "finished"

    assert run_until_stopped(work(), never, received.append) == "finished"
    assert received == [signal.SIGTERM]


@pytest.mark.parametrize("decides_itself", [True, False])
def test_the_first_signal_is_noted_in_any_case(decides_itself: bool) -> None:
    noted: list[bool] = []

    async def work() -> None:
        await send(signal.SIGTERM)
        await send(signal.SIGTERM)
        await asyncio.sleep(60)

    on_first = (lambda _number: None) if decides_itself else None
    with pytest.raises(StoppedBySignal):
        run_until_stopped(work(), lambda: None, on_first, lambda: noted.append(True))
    assert noted == [True]


def test_the_second_signal_cancels_work_that_decides_itself_and_terminates_its_processes() -> None:
    terminated: list[bool] = []

    async def work() -> None:
        await send(signal.SIGINT)
        await send(signal.SIGTERM)
        await asyncio.sleep(60)

    with pytest.raises(StoppedBySignal) as stopped:
        run_until_stopped(work(), lambda: terminated.append(True), lambda _number: None)
    assert (stopped.value.exit_code, terminated) == (130, [True])


def test_a_signal_during_the_clean_up_terminates_the_processes() -> None:
    terminated: list[bool] = []

    async def work() -> None:
        try:
            await send(signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            await send(signal.SIGTERM)

    with pytest.raises(StoppedBySignal):
        run_until_stopped(work(), lambda: terminated.append(True))
    assert terminated == [True]


def test_a_signal_that_was_ignored_at_the_start_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> str:
        await send(signal.SIGHUP)
        return "finished"

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run_until_stopped(work(), never) == "finished"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_the_handlers_are_those_of_before() -> None:
    async def work() -> None: ...

    before = signal.signal(signal.SIGTERM, print)
    try:
        run_until_stopped(work(), never)
        assert signal.getsignal(signal.SIGTERM) is print
    finally:
        signal.signal(signal.SIGTERM, before)


def test_ctrl_c_raises_where_something_must_be_closed_and_only_there() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    handled: list[int] = []
    try:
        signal.signal(signal.SIGINT, lambda number, _frame: handled.append(number))
        with pytest.raises(KeyboardInterrupt), interruptible():
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert handled == [signal.SIGINT]


def test_a_cancellation_without_a_signal_stays_a_cancellation() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_until_stopped(work(), never)
