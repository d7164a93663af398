"""Computes the wait after a failed session. Pure: the time and the random number are arguments."""

from datetime import datetime, timedelta
from typing import NamedTuple

from agent.events import HeartbeatState

_INITIAL_S = 2.0
_MAX_S = 300.0
_MAX_DOUBLINGS = 30
_JITTER = 0.5
"""The random share of a wait, so that agents that fail at the same time do not retry at the same time."""
_RESET_MARGIN_S = 1.0
"""The reset time of a rate limit has whole seconds; a request within that second may be too early."""


class Wait(NamedTuple):
    """A pause until `until`, and the state that heartbeats report meanwhile."""

    state: HeartbeatState
    until: datetime


def wait_after(failures: int, resets_at: datetime | None, now: datetime, random: float) -> Wait:
    """Return the wait after the given number of consecutive failures, which is 1 or more.

    After a rate limit it lasts until `resets_at`. Otherwise it doubles with each failure, from two seconds to five
    minutes, and is shortened by up to half; `random` is between 0 and 1.
    """
    if resets_at is not None and resets_at > now:
        return Wait("rate_limited", resets_at + timedelta(seconds=_RESET_MARGIN_S))
    delay_s = min(_MAX_S, _INITIAL_S * 2.0 ** min(failures - 1, _MAX_DOUBLINGS))
    return Wait("retrying", now + timedelta(seconds=delay_s * (1 - _JITTER * random)))
