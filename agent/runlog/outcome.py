"""Derives the outcome of a run from the exception that ended its block, or else from its sessions. Pure."""

import asyncio
from typing import NamedTuple

from agent.errors import RunLogError
from agent.events import Event, Outcome, SessionEnd, SessionStart

EXPECTED_EXITS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, RunLogError)
"""Exceptions that do not indicate a bug in the program."""


class RunOutcome(NamedTuple):
    """How a run ended, and one sentence about it."""

    outcome: Outcome
    message: str


_DONE = RunOutcome(Outcome.SUCCESS, "done")


class SessionOutcomes:
    """Follows the sessions of a run. A session that has failed counts until one that began after its end succeeds.

    So a harness may try again, but what runs at the same time does not make up for a failure.
    """

    def __init__(self) -> None:
        self._began: dict[str, int] = {}
        self._ended = 0
        self._failures: dict[int, RunOutcome] = {}
        """Sessions that did not succeed, by the number of sessions that had ended when they did."""

    def apply(self, event: Event) -> None:
        """Process an event of the run."""
        if isinstance(event, SessionStart):
            self._began[event.session_id] = self._ended
        elif isinstance(event, SessionEnd):
            self._ended += 1
            began = self._began.pop(event.session_id or "", self._ended - 1)
            if event.outcome is Outcome.SUCCESS:
                self._failures = {ended: failure for ended, failure in self._failures.items() if ended > began}
            else:
                message = event.message or f"the session ended: {event.outcome}"
                self._failures[self._ended] = RunOutcome(event.outcome, message)

    def outcome(self) -> RunOutcome:
        """Return the outcome of the run if nothing else says it: that of the session that failed last, if one has."""
        return max(self._failures.items(), default=(0, _DONE))[1]


def outcome_from_exception(error: BaseException | None, *, terminated: bool) -> RunOutcome | None:
    """Return the outcome of a block that ended with `error`, or because of SIGTERM if `terminated`.

    None if it reached its end, so that the sessions in it have the last word.
    """
    if terminated:
        return RunOutcome(Outcome.INTERRUPTED, "stopped by SIGTERM")
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return None
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return RunOutcome(Outcome.INTERRUPTED, "stopped before it was done")
    if isinstance(error, SystemExit):
        return RunOutcome(Outcome.FAILED, f"exit with {error.code}")
    return RunOutcome(Outcome.FAILED, f"{type(error).__name__}: {describe_exception(error)}")


def describe_exception(error: BaseException) -> str:
    """Return the message of `error`. Never empty, and never raises."""
    try:
        return str(error) or repr(error)
    except Exception:  # noqa: BLE001 - an exception whose `__str__` fails must be recorded, too
        return "(its message cannot be printed)"
