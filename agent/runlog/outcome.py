"""How a run ended: what its last line says, from the way its block was left."""

import asyncio

from agent.errors import RunLogError
from agent.events import Outcome

ORDERLY = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, RunLogError)
"""Ways out that are no bug of the program."""


def outcome_of(error: BaseException | None, *, terminated: bool) -> tuple[Outcome, str]:
    """The outcome, and a message, of a block that was left with `error`, or because SIGTERM came."""
    if terminated:
        return Outcome.INTERRUPTED, "stopped by SIGTERM"
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return Outcome.SUCCESS, "done"
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return Outcome.INTERRUPTED, "stopped before it was done"
    if isinstance(error, SystemExit):
        return Outcome.FAILED, f"exit with {error.code}"
    return Outcome.FAILED, f"{type(error).__name__}: {words_of(error)}"


def words_of(error: BaseException) -> str:
    """What the error says of itself; never empty, and never raises."""
    try:
        return str(error) or repr(error)
    except Exception:  # noqa: BLE001 - an error that cannot even be printed is recorded all the same
        return "(its message cannot be printed)"
