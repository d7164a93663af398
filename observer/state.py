"""What is the run doing? A pure fold over its events, and a verdict on the outcome."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from observer.event import Event

TELLING_TYPES = frozenset({"run_start", "complete"})
"""The types that change the state. Any event at all after `complete` changes it too: the run was resumed."""


class Verdict(StrEnum):
    """What a run is doing, in a word."""

    WORKING = "working"
    COMPLETE = "complete"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CRASHED = "crashed"


class State(Struct, frozen=True):
    """What the events so far say of the run."""

    run: str | None = None
    host: str | None = None
    """Where the writer lives, from `run_start`; None when nobody said."""
    outcome: str | None = None
    """From `complete`; None while the run goes on."""


def fold(state: State, event: Event) -> State:
    """Return the state after one more event."""
    if event.type == "run_start":
        return State(run=event.run, host=event.text("host") or None)
    if event.type == "complete":
        return replace(state, outcome=event.text("outcome") or "unknown")
    return replace(state, outcome=None) if state.outcome is not None else state


def verdict(state: State, *, hostname: str, locked: bool | None) -> Verdict:
    """Return the verdict on a run all of whose events so far are folded into `state`.

    `hostname` is this machine's name, `locked` whether a writer holds the file's lock: a lock that nobody holds
    tells of a crash only on the writer's own machine. A file without `run_start` has no known writer.
    """
    if state.outcome == "success":
        return Verdict.COMPLETE
    if state.outcome == "interrupted":
        return Verdict.INTERRUPTED
    if state.outcome is not None:
        return Verdict.FAILED
    if state.host == hostname and locked is False:
        return Verdict.CRASHED
    return Verdict.WORKING
