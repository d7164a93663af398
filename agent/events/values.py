"""The base of all events, and the values that events of several kinds share."""

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct


class Phase(StrEnum):
    """The phase of the run: before its first session, or in a session of one of four kinds."""

    STARTING = "starting"
    INITIALIZER = "initializer"
    CODING = "coding"
    VERIFYING = "verifying"
    SINGLE = "single"


class AgentType(StrEnum):
    """The kind of a session. `SINGLE` is one prompt; the others are the parts of a build."""

    INITIALIZER = "INITIALIZER"
    CODING = "CODING"
    VERIFYING = "VERIFYING"
    SINGLE = "SINGLE"


class Outcome(StrEnum):
    """The outcome of a run."""

    SUCCESS = "success"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    BUDGET = "budget"


class StopReason(StrEnum):
    """The reason for which a build ended."""

    ALL_PASS = "all_pass"  # noqa: S105 - not a password
    MAX_SESSIONS = "max_sessions"
    MAX_BUDGET = "max_budget"
    MAX_HOURS = "max_hours"
    IDLE = "idle"
    ERRORS = "errors"
    REFUSED = "refused"
    SIGNAL = "signal"


class ToolStatus(StrEnum):
    """The result of a tool call; `blocked` means that it never ran."""

    SUCCESS = "success"
    ERROR = "error"
    BLOCKED = "blocked"


class Tokens(Struct, frozen=True, kw_only=True):
    """Numbers of tokens. `input` is what was neither read from the prompt cache (`cache_read`) nor written to it
    (`cache_write`). `output` is null if the SDK does not say, as for a single message of a subagent; `thinking` is a
    part of it, null if the API does not say."""

    input: int = 0
    output: int | None = 0
    cache_read: int = 0
    cache_write: int = 0
    thinking: int | None = None

    def __add__(self, other: "Tokens") -> "Tokens":
        """Return the sum, in which a number that is unknown counts as nothing, unless both are."""
        return Tokens(
            input=self.input + other.input,
            output=_add(self.output, other.output),
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            thinking=_add(self.thinking, other.thinking),
        )

    def __sub__(self, other: "Tokens") -> "Tokens":
        """Return the difference; what is unknown of the first stays so."""
        return Tokens(
            input=self.input - other.input,
            output=None if self.output is None else self.output - (other.output or 0),
            cache_read=self.cache_read - other.cache_read,
            cache_write=self.cache_write - other.cache_write,
            thinking=None if self.thinking is None else self.thinking - (other.thinking or 0),
        )


def _add(one: int | None, other: int | None) -> int | None:
    return one if other is None else (one or 0) + other


class Image(Struct, kw_only=True):
    """An image, kept in `file`, relative to the runs directory; null if it could not be kept. `bytes` is its size."""

    media_type: str
    bytes: int
    file: str | None = None


class Event(Struct):
    """The `data` of one line. `type` is the line's `type`."""

    type: ClassVar[str]
