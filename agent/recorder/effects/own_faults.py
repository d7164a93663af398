"""Reports a fault of the recorder itself, which must not end the program that it observes, nor a run of our own."""

import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress

from agent.errors import RunLogError
from agent.events import Error, Event
from agent.runlog.runlog import RunLog

FAULT = "recorder_fault"
"""The kind of the `error` events that report a fault."""


class Faults:
    """The faults of the recorder in one session: each place that fails is reported once, by an `error` event with its
    traceback. The first one in a run is also shown as a warning."""

    def __init__(self, log: RunLog, emit: Callable[[Event], Awaitable[None]]) -> None:
        self._log = log
        self._emit = emit
        self._reported: set[tuple[type, str, int | None]] = set()

    async def report(self, error: Exception) -> None:
        """Report a fault. A log that fails as well is left to its next event."""
        if (event := self.event(error)) is not None:
            with suppress(RunLogError):
                await self._emit(event)

    def event(self, error: Exception) -> Error | None:
        """Return the event of a fault, after the warning; None if its place has been reported before."""
        (*_, frame) = traceback.extract_tb(error.__traceback__)
        place = type(error), frame.filename, frame.lineno
        if place in self._reported:
            return None
        self._reported.add(place)
        self._log.writer.warn_of_fault(error)
        message = f"the recorder failed, and the record lacks something here: {type(error).__name__}: {error}"
        return Error(message=message, kind=FAULT, traceback="".join(traceback.format_exception(error)))
