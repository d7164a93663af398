"""Decides when a build ends by itself: counts the results of its sessions against the limits. Pure."""

from typing import NamedTuple

from agent.events import Outcome, StopReason

MAX_IDLE_SESSIONS = 3
MAX_ERRORS = 5
_CENT = 0.01


class BuildLimits(NamedTuple):
    """The limits at which a build stops before all features pass; None means no limit.

    `max_sessions`, `max_budget_usd` (US dollars, all sessions together) and `max_hours` count from the start of this
    run. `max_idle_sessions` consecutive sessions without a change, and `max_errors` consecutive failures, end it, too.
    """

    max_sessions: int | None = None
    max_budget_usd: float | None = None
    max_hours: float | None = None
    max_idle_sessions: int = MAX_IDLE_SESSIONS
    max_errors: int = MAX_ERRORS


class BuildEnd(NamedTuple):
    """The end of a build: the outcome and reason of its `complete` event, and a message."""

    outcome: Outcome
    reason: StopReason
    message: str


class LimitCounter:
    """Counts sessions against `limits`."""

    def __init__(self, limits: BuildLimits) -> None:
        self._limits = limits
        self._last_failure = ""
        self.sessions = 0
        self.idle = 0
        self.errors = 0
        self.cost_usd = 0.0

    def __str__(self) -> str:
        consecutive = f"{self.errors} failed and {self.idle} idle in a row"
        return f"{self.sessions} sessions so far, {consecutive}, {_money(self.cost_usd)}"

    @property
    def budget_left_usd(self) -> float | None:
        """The budget of the next session, in US dollars; None if there is no limit."""
        limit = self._limits.max_budget_usd
        return None if limit is None else max(0.0, limit - self.cost_usd)

    def add_completed(self, *, changed: bool) -> None:
        """Count a session that ended normally; `changed` says whether the project differs from before."""
        self.sessions += 1
        self.errors = 0
        self.idle = 0 if changed else self.idle + 1

    def add_failed(self, reason: str, *, changed: bool = False) -> None:
        """Count a session that failed. If it `changed` something before, the streak of failures starts again."""
        self.sessions += 1
        self.errors = 1 if changed else self.errors + 1
        self._last_failure = reason

    def add_interrupted(self) -> None:
        """Count a session that was stopped."""
        self.sessions += 1

    def reached(self) -> BuildEnd | None:
        """Return the end of the build if a limit has been reached, else None."""
        limits = self._limits
        if self.errors >= limits.max_errors:
            times = "once" if self.errors == 1 else f"{self.errors} times in a row"
            return BuildEnd(Outcome.FAILED, StopReason.ERRORS, f"failed {times}, last: {self._last_failure}")
        if limits.max_budget_usd is not None and self.cost_usd >= limits.max_budget_usd:
            spent = f"{_money(self.cost_usd)} of {_money(limits.max_budget_usd)} spent"
            return BuildEnd(Outcome.BUDGET, StopReason.MAX_BUDGET, spent)
        if self.idle >= limits.max_idle_sessions:
            return BuildEnd(Outcome.FAILED, StopReason.IDLE, f"{self.idle} sessions in a row changed nothing")
        if limits.max_sessions is not None and self.sessions >= limits.max_sessions:
            return BuildEnd(Outcome.BUDGET, StopReason.MAX_SESSIONS, f"all {self.sessions} sessions used")
        return None


def _money(dollars: float) -> str:
    return f"${dollars:.4f}" if 0 < dollars < _CENT else f"${dollars:.2f}"
