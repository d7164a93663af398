"""The verdict on a run: what it is doing, or how it ended. Pure."""

from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """The activity of a run, or how it ended: `ended` if it does not say how."""

    WORKING = "working"
    IN_TOOL = "in tool"
    WAITING_ON_MODEL = "waiting on model"
    RETRYING = "retrying"
    RATE_LIMITED = "rate limited"
    WAITING_ON_HUMAN = "waiting on human"
    IDLE = "idle"
    STALLED = "stalled"
    UNKNOWN = "unknown"
    COMPLETE = "complete"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ENDED = "ended"
    CRASHED = "crashed"

    @property
    def final(self) -> bool:
        """Whether the run is over."""
        return self in _FINAL


_FINAL = frozenset({Verdict.COMPLETE, Verdict.FAILED, Verdict.INTERRUPTED, Verdict.ENDED, Verdict.CRASHED})


class Status(Struct, frozen=True, repr_omit_defaults=True):
    """A verdict with its details: the running tool and for how many seconds, or when a wait ends (RFC 3339).

    For a stalled run, `seconds` is the time without an event, or without progress; for an unknown one, the time without
    an event. `missing` says in words what an unknown run lacks, such as `no event yet`, and is None for all others.
    `waiting_for` says in words what a person is asked for, such as `permission prompt`; None if that is not said.
    """

    verdict: Verdict
    tool: str | None = None
    seconds: float | None = None
    until: str | None = None
    missing: str | None = None
    waiting_for: str | None = None
