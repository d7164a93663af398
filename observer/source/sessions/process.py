"""What this machine knows of the process that writes a session, and what its heartbeats would say."""

import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from observer.dialects.dialect import ForeignEvent
from observer.format.timestamps import parse_timestamp

BEAT_S = 5.0
"""Seconds between two heartbeats."""


BUSY = "busy"
"""The state of a process that is working, no matter what the last event was."""
_RESTING = "waiting_for_prompt"
_WITHIN_TURN = frozenset({"prompt", "thought", "thinking", "tool_use"})
"""Types of events after which the turn has not ended."""


class Process(Struct, frozen=True):
    """Whether the process of a session is alive, None if that is not known, and what it states about itself.

    `state` is that of a heartbeat, such as `waiting_on_human`, or `BUSY`, `waiting_for` what it waits for in words;
    both are empty if the program does not say. `since` is when that began, in seconds since 1970.
    """

    alive: bool | None = None
    state: str = ""
    waiting_for: str = ""
    since: float | None = None


_Moment = str | float
"""A timestamp, of which most are never asked for, or the time in seconds since 1970."""
NOT_KNOWN = Process()
ProcessOf = Callable[[Path], Process]
"""Returns what is known now about the process that writes the session at a path; may read files."""


class Heartbeats:
    """Makes the heartbeats that the program does not write: every five seconds, and when its state changes."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._calls: dict[str, tuple[str, _Moment]] = {}
        self._began: _Moment | None = None
        self._progress: _Moment = clock()
        self._is_resting = False
        """Whether a turn has ended, and none has begun since."""
        self._beat_at = 0.0
        self._last = NOT_KNOWN, False

    def take(self, events: list[ForeignEvent]) -> None:
        """Take the events that were just written: they begin and end calls, and are signs of progress.

        What they say of the time counts, as a session may have been at work for long when it is opened.
        """
        now = self._clock()
        for event in events:
            self._progress = event.timestamp or now
            self._began = self._began or self._progress
            if event.parent is None and event.type in _WITHIN_TURN:
                self._is_resting = False
            elif event.parent is None and event.data.get("kind") == "turn_end":
                self._is_resting = True
            if event.type == "tool_use":
                self._calls[str(event.data.get("id"))] = str(event.data.get("name")), self._progress
            elif event.type == "tool_result":
                self._calls.pop(str(event.data.get("tool_use_id")), None)
            elif event.type in {"session_end", "complete"}:
                self._calls.clear()

    def due(self, process: Process) -> list[ForeignEvent]:
        """Return a heartbeat of a living process if it is time for one, else nothing."""
        now = self._clock()
        current = process, self._is_resting
        changed = current != self._last
        self._last = current
        if not process.alive or not (changed or now - self._beat_at >= BEAT_S):
            return []
        self._beat_at = now
        in_flight = [
            {"id": id_, "name": name, "elapsed_s": _seconds(_time(since), now)}
            for id_, (name, since) in self._calls.items()
        ]
        state = process.state
        if state in {"", BUSY}:
            is_resting = self._is_resting and not state
            state = "in_tool" if in_flight else _RESTING if is_resting else "waiting_on_model"
        data: dict[str, object] = {
            "elapsed_s": _seconds(_time(self._began), now),
            "idle_s": 0.0 if state == _RESTING else _seconds(self._latest(process.since), now),
            "state": state, "in_flight": in_flight, "dropped": 0, "until": None,
        }  # fmt: skip
        if process.waiting_for:
            data["waiting_for"] = process.waiting_for
        return [ForeignEvent("heartbeat", data)]

    def _latest(self, since: float | None) -> float | None:
        """Return when the last sign of progress was, in seconds since 1970: an event, or another state."""
        return max(filter(None, (_time(self._progress), since)), default=None)


def _seconds(since: float | None, now: float) -> float:
    """Return the seconds from a time to `now`; 0 if it is not known, or after it."""
    return 0.0 if since is None else max(0.0, round(now - since, 3))


def _time(moment: _Moment | None) -> float | None:
    """Return a moment in seconds since 1970; None if it is not known."""
    return parse_timestamp(moment) if isinstance(moment, str) else moment
