"""Helpers for the tests of both packages: wait for a condition, and lines as an agent writes them."""

import asyncio
import json
import math
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

RUN = "20261123T011230Z-7f3a9c"


MAX_PATIENCE = 1000
"""More would be days, and more than a timer can take."""


def patience_of(text: str) -> float:
    """Parse the value of RUNTAIL_TEST_PATIENCE; the factor of an invalid one is not a number."""
    try:
        factor = float(text or 1)
    except ValueError:
        return math.nan
    return factor if 0 < factor <= MAX_PATIENCE else math.nan


PATIENCE = patience_of(os.environ.get("RUNTAIL_TEST_PATIENCE", "1"))
"""The factor by which every limit of a test is scaled; more than 1 on a slow or busy machine. tests/conftest.py ends
pytest where it is not a number."""


def patient(limit: float) -> float:
    """Return a limit (of any unit) scaled by RUNTAIL_TEST_PATIENCE."""
    return limit * PATIENCE


LIMIT_S = patient(60)
"""Seconds that a test waits for anything before it fails."""

_POLL_S = 0.01

_BEGIN = datetime(2026, 11, 23, 1, 12, 30, tzinfo=UTC)
_FIRST_LINE = datetime(2026, 11, 23, 1, 0, 0, tzinfo=UTC)


def wait_until(condition: Callable[[], Any], what: str = "the condition") -> Any:
    """Return the first true value of `condition()`; fail when there is none within `LIMIT_S`."""
    deadline = time.monotonic() + LIMIT_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not become true within {LIMIT_S:g} s"
        time.sleep(_POLL_S)
    return value


async def wait_until_async(condition: Callable[[], Any], what: str = "the condition") -> Any:
    """Do the same as `wait_until` while the event loop continues."""
    deadline = time.monotonic() + LIMIT_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not become true within {LIMIT_S:g} s"
        await asyncio.sleep(_POLL_S)
    return value


def is_running(pid: int) -> bool:
    """Return whether a process lives. One that has ended may keep its number until somebody asks for its exit status:
    in a container perhaps for ever, so a signal that reaches it proves nothing."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def append(path: Path, data: bytes) -> None:
    """Add `data` to the end of the file in one write."""
    with path.open("ab", buffering=0) as file:
        file.write(data)


def event(kind: str, parent: str | None = None, /, **data: object) -> bytes:
    """Return a line for tests in which neither `seq` nor the time matters."""
    return event_at(0.123456, kind, parent, **data)


def event_at(second: float, kind: str, parent: str | None = None, /, **data: object) -> bytes:
    """Return a line written `second` seconds after the run's beginning at 01:12:30."""
    return encoded(1, _BEGIN + timedelta(seconds=second), RUN, kind, 3, parent, data)


def line(seq: int, kind: str = "thought", parent: str | None = None, run: str = RUN, /, **data: object) -> bytes:
    """Return the line number `seq` of a run that writes one a second from 01:00:00, a hundred in each iteration."""
    data = data or {"text": f"t{seq}", "message": "m", "block": 0}
    return encoded(seq, _FIRST_LINE + timedelta(seconds=seq), run, kind, 1 + seq // 100, parent, data)


def encoded(
    seq: int, time: datetime, run: str, kind: str, iteration: int, parent: str | None, data: dict[str, object]
) -> bytes:
    """Return a line with all fields of the envelope, in the order in which the agent writes them."""
    fields = {
        "seq": seq, "timestamp": f"{time:%Y-%m-%dT%H:%M:%S.%fZ}", "run": run, "type": kind, "phase": "coding",
        "iteration": iteration, "parent": parent, "data": data,
    }  # fmt: skip
    try:
        return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which can only be escaped
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"
