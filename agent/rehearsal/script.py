"""The script of a rehearsal as typed values: conversations of turns, turns of blocks and faults.

The terms are those of the Messages API where it has one. `docs/rehearsal.md` explains every key.
"""

import math
import re
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
"""A time in seconds; `inf` in TOML means forever."""
MAX_RESET_S = 10 * 365 * 86400
"""Ten years: the reset time must be a valid date."""
Times = Annotated[float, Meta(ge=1)]
"""A number of times: an integer, or `inf` in TOML for always."""


class _Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all tables of a script: immutable, and without unknown keys."""


class StreamDelays(_Table, frozen=True, kw_only=True):
    """The speed at which a block is streamed: `chars` characters per event, one event every `ms` milliseconds."""

    chars: Positive = 40
    ms: Annotated[float, Meta(ge=0)] = 0


class _Block(_Table, frozen=True, kw_only=True, tag_field="type"):
    """Base of blocks. `delay_s` is the delay before the block; `pace` overrides that of the script."""

    delay_s: Seconds = 0
    pace: StreamDelays | None = None


class Text(_Block, frozen=True, kw_only=True, tag="text"):
    """Text that the model writes."""

    text: str


class Thinking(_Block, frozen=True, kw_only=True, tag="thinking"):
    """Thinking of the model."""

    thinking: str


class ToolUse(_Block, frozen=True, kw_only=True, tag="tool_use"):
    """A tool call; `Agent` with a `prompt` starts a subagent."""

    name: str
    input: dict[str, Any] = {}


Block = Text | Thinking | ToolUse


class _Fault(_Table, frozen=True, kw_only=True, tag_field="type"):
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
    retry_after_s: Seconds | None = None
    resets_in_s: Annotated[float, Meta(ge=0, le=MAX_RESET_S)] | None = None


class _StreamFault(_Fault, frozen=True, kw_only=True):
    """Base of faults within the message: after a number of characters, or of complete blocks."""

    after_chars: Count | None = None
    after_blocks: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.after_chars is not None and self.after_blocks is not None:
            raise ValueError("give `after_chars` or `after_blocks`, not both")


class Cut(_StreamFault, frozen=True, kw_only=True, tag="cut"):
    """The connection is dropped in the middle of the message."""


class Stall(_StreamFault, frozen=True, kw_only=True, tag="stall"):
    """The message pauses for `silence_s` seconds, and then continues."""

    silence_s: Seconds = math.inf


Fault = HttpError | Cut | Stall


class Usage(_Table, frozen=True, kw_only=True):
    """Token counts of a turn; those omitted are derived from the lengths."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0


class Turn(_Table, frozen=True, kw_only=True):
    """One message of the model: its blocks, after `delay_s` seconds and after its faults."""

    block: tuple[Block, ...] = ()
    fault: tuple[Fault, ...] = ()
    delay_s: Seconds = 0
    usage: Usage = Usage()

    def __post_init__(self) -> None:
        if not self.block and not self.fault:
            raise ValueError("a turn requires a `block` or a `fault`")

    def fault_of(self, attempt: int) -> Fault | None:
        """Return the fault of an attempt, numbered from 1; None if it succeeds."""
        attempts = 0.0
        for fault in self.fault:
            attempts += fault.times
            if attempt <= attempts:
                return fault
        return None


class Conversation(_Table, frozen=True, kw_only=True):
    """The turns of one conversation. It is used if `match` or `match_regex` is found in the first prompt."""

    name: str
    match: str | None = None
    match_regex: str | None = None
    turn: Annotated[tuple[Turn, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        if self.match is not None and self.match_regex is not None:
            raise ValueError("give `match` or `match_regex`, not both")
        try:
            re.compile(self.match_regex or "")
        except re.error as error:
            raise ValueError(f"`match_regex` is not a valid regular expression ({error})") from error

    @property
    def matches_any(self) -> bool:
        """Whether it is used for any prompt that no other conversation matches."""
        return self.match is None and self.match_regex is None

    def matches(self, prompt: str) -> bool:
        """Return whether it matches a conversation with this first prompt."""
        if self.match_regex is not None:
            return re.search(self.match_regex, prompt) is not None
        return self.match is not None and self.match in prompt


class Account(StrEnum):
    """The billing mode. With a key, the CLI retries every 429; with a subscription, a usage limit ends the session."""

    KEY = "key"
    SUBSCRIPTION = "subscription"


class Script(_Table, frozen=True, kw_only=True):
    """A script."""

    account: Account = Account.KEY
    pace: StreamDelays = StreamDelays()
    conversation: Annotated[tuple[Conversation, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        names = [conversation.name for conversation in self.conversation]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two conversations are named `{name}`; rename one of them")
