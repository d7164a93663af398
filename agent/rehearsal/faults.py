"""The faults of a turn as tables of the script: an error of the API, or a stream that is not as it should be."""

import math
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from agent.rehearsal.tables import Count, Seconds, Table

MAX_RESET_S = 10 * 365 * 86400
"""Ten years: the reset time must be a valid date."""
_MIN_PING_S = 0.01
Times = Annotated[float, Meta(ge=1)]
"""A number of times: an integer, or `inf` in TOML for always."""


class EventName(StrEnum):
    """The events of a message in a stream, in their order."""

    MESSAGE_START = "message_start"
    BLOCK_START = "content_block_start"
    BLOCK_DELTA = "content_block_delta"
    BLOCK_STOP = "content_block_stop"
    MESSAGE_DELTA = "message_delta"
    MESSAGE_STOP = "message_stop"


class _Fault(Table, frozen=True, kw_only=True, tag_field="type"):
    """Base of faults: what goes wrong in one attempt at a turn, or in `times` consecutive attempts."""

    times: Times = 1

    def __post_init__(self) -> None:
        if math.isfinite(self.times) and self.times != int(self.times):
            raise ValueError("`times` must be an integer, or inf for always")


class HttpError(_Fault, frozen=True, kw_only=True, tag="http"):
    """The API answers with an error. `error` is the API's name for it, derived from `status` if omitted.

    With `resets_in_s` it is the answer to a subscriber whose usage limit is reached, and resets after that time.
    """

    status: Annotated[int, Meta(ge=400, le=599)]
    error: str | None = None
    message: str = "the script says so"
    headers: dict[str, str] = {}
    retry_after_s: Seconds | None = None
    resets_in_s: Annotated[float, Meta(ge=0, le=MAX_RESET_S)] | None = None


class StreamFault(_Fault, frozen=True, kw_only=True):
    """Base of faults at a place in the message: after a number of characters or of blocks, or before an event."""

    after_chars: Count | None = None
    after_blocks: Count | None = None
    before: EventName | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if sum(place is not None for place in (self.after_chars, self.after_blocks, self.before)) > 1:
            raise ValueError("give one of `after_chars`, `after_blocks` and `before`")


class Cut(StreamFault, frozen=True, kw_only=True, tag="cut"):
    """The connection is dropped in the middle of the message."""


class End(StreamFault, frozen=True, kw_only=True, tag="end"):
    """The stream ends there as if it were complete."""


class Stall(StreamFault, frozen=True, kw_only=True, tag="stall"):
    """The message pauses for `silence_s` seconds, and then continues; with `ping_s` it is not silent but pings."""

    silence_s: Seconds = math.inf
    ping_s: Annotated[float, Meta(ge=_MIN_PING_S)] | None = None


class ErrorEvent(StreamFault, frozen=True, kw_only=True, tag="error"):
    """The API reports an error in the middle of the stream, which ends with it."""

    error: str = "overloaded_error"
    message: str = "the script says so"


class Insert(StreamFault, frozen=True, kw_only=True, tag="insert"):
    """An event named `event` with the characters `data`, whatever they are, is sent in addition."""

    event: str
    data: str


class Omit(_Fault, frozen=True, kw_only=True, tag="omit"):
    """The events named `event` are missing from the stream."""

    event: EventName


Fault = HttpError | Cut | End | Stall | ErrorEvent | Insert | Omit
