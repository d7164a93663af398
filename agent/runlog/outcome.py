"""Derives the outcome of a run from the exception that ended its block."""

import asyncio

from agent.errors import RunLogError
from agent.events import Outcome

EXPECTED_EXITS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, RunLogError)
"""Exceptions that do not indicate a bug in the program."""


def outcome_from_exception(error: BaseException | None, *, terminated: bool) -> tuple[Outcome, str]:
    """Return the outcome and the message of a block that ended with `error`, or because of SIGTERM if `terminated`."""
    if terminated:
        return Outcome.INTERRUPTED, "stopped by SIGTERM"
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return Outcome.SUCCESS, "done"
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return Outcome.INTERRUPTED, "stopped before it was done"
    if isinstance(error, SystemExit):
        return Outcome.FAILED, f"exit with {error.code}"
    return Outcome.FAILED, f"{type(error).__name__}: {describe_exception(error)}"


def describe_exception(error: BaseException) -> str:
    """Return the message of `error`. Never empty, and never raises."""
    try:
        return str(error) or repr(error)
    except Exception:  # noqa: BLE001 - an exception whose `__str__` fails must be recorded, too
        return "(its message cannot be printed)"
