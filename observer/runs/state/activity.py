"""What the main agent is doing, from the types of events and what heartbeats state, and its progress. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.runs.state.in_flight import seconds_since
from observer.runs.state.verdict import Status, Verdict

_SIGNS_OF_PROGRESS = frozenset({
    "run_start", "session_start", "prompt", "thought", "thinking", "message", "todo", "tool_use", "tool_input",
    "tool_result", "subagent_start", "subagent_progress", "subagent_complete", "progress", "compaction", "session_end",
})  # fmt: skip
"""Types of events that show that the run gets on."""
_AFTER = {
    "session_start": Verdict.WAITING_ON_MODEL,
    "prompt": Verdict.WAITING_ON_MODEL,
    "tool_result": Verdict.WAITING_ON_MODEL,
    "compaction": Verdict.WAITING_ON_MODEL,
    "thought": Verdict.WORKING,
    "thinking": Verdict.WORKING,
    "tool_use": Verdict.WORKING,
    "tool_input": Verdict.WORKING,
    "session_end": Verdict.WORKING,
    "api_retry": Verdict.RETRYING,
}
"""What the main agent does after an event of a type."""
_BEATING = {
    "waiting_on_model": Verdict.WAITING_ON_MODEL,
    "retrying": Verdict.RETRYING,
    "rate_limited": Verdict.RATE_LIMITED,
    "waiting_for_prompt": Verdict.IDLE,
}
"""What it does if a heartbeat states this; else it works."""


class Activity(Struct):
    """What the main agent is doing after the events so far, until when if it waits, and the last sign of progress."""

    _doing: Verdict = Verdict.WORKING
    _until: str | None = None
    _limit: str = ""
    _progress_stamp: str | None = None
    _idle_since: float | None = None

    def take(self, event: Event, stamp: str | None) -> None:
        """Add the next event of any type; `stamp` is the last timestamp of the run."""
        kind = event.type
        if kind in _SIGNS_OF_PROGRESS:
            self._progress_stamp, self._idle_since = stamp, None
        if event.parent is None and kind in _AFTER and event.text("source") != "queued":
            self._doing, self._until = _AFTER[kind], None

    def heartbeat(self, event: Event, now: float | None) -> None:
        """Take over what a heartbeat, written at `now`, states."""
        self._doing = _BEATING.get(event.text("state"), Verdict.WORKING)
        self._until = event.text("until") or None
        if now is not None and (idle_s := event.number("idle_s")) is not None:
            self._idle_since = now - idle_s

    def rate_limit(self, event: Event) -> None:
        """Take over the state of a limit: another limit than the one that is waited for does not end the wait."""
        if event.text("status") == "rejected":
            self._doing, self._until = Verdict.RATE_LIMITED, event.text("resets_at") or None
            self._limit = event.text("limit")
        elif self._doing is Verdict.RATE_LIMITED and event.text("limit") in {"", self._limit}:
            self._doing, self._until = Verdict.WORKING, None

    def is_pausing(self, now: float) -> bool:
        """Return whether the run waits until a time that is known, and has not come."""
        until = parse_timestamp(self._until)
        return until is not None and until >= now

    def status_at(self, now: float, stall_after_s: float | None) -> Status:
        """Return the status at `now` of a run in which no tool runs; with `stall_after_s`, it may have stalled."""
        doing, until = self._doing, parse_timestamp(self._until)
        if until is not None and until < now:
            doing, until = Verdict.WORKING, None  # the wait is over, but no event has followed yet
        waits = until is not None or doing is Verdict.RATE_LIMITED
        idle_s = self._idle_s(now)
        if not waits and stall_after_s is not None and idle_s is not None and idle_s > stall_after_s:
            return Status(Verdict.STALLED, seconds=idle_s)
        return Status(doing, until=None if until is None else self._until)

    def _idle_s(self, now: float) -> float | None:
        since = self._idle_since if self._idle_since is not None else parse_timestamp(self._progress_stamp)
        return seconds_since(since, now)
