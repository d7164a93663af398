"""How long to wait after a session failed: pure; the time and the dice come in as arguments."""

from datetime import datetime, timedelta
from typing import NamedTuple

from agent.events import HeartbeatState

_FIRST_S = 2.0
_LONGEST_S = 300.0
_JITTER = 0.5
"""The share of a wait that is left to chance, so that many agents that fail together do not come back together."""
_AFTER_RESET_S = 1.0
"""The reset time of a rate limit has whole seconds; asking within that second is too early."""


class Wait(NamedTuple):
    """A pause until `until`, and what heartbeats call it."""

    state: HeartbeatState
    until: datetime


def wait_after(errors: int, resets_at: datetime | None, now: datetime, chance: float) -> Wait:
    """The wait after the failure number `errors` (from 1) in a row.

    A rate limit is waited for until it resets. Anything else doubles from two seconds to five minutes, less up to half
    of that by `chance` (0 to 1).
    """
    if resets_at is not None and resets_at > now:
        return Wait("rate_limited", resets_at + timedelta(seconds=_AFTER_RESET_S))
    longest = min(_LONGEST_S, _FIRST_S * 2.0 ** min(errors - 1, 30))
    return Wait("retrying", now + timedelta(seconds=longest * (1 - _JITTER * chance)))
