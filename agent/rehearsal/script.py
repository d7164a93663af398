"""The script of a rehearsal as typed values: conversations of turns, turns of blocks, and what goes wrong on the way.

The words are the Messages API's where it has one. `docs/rehearsal.md` explains every key.
"""

import math
import re
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
"""A time in seconds; TOML's `inf` is forever."""
MAX_RESET_S = 10 * 365 * 86400
"""Ten years; a time has to come out of it."""
Times = Annotated[float, Meta(ge=1)]
"""How often: a whole number, or TOML's `inf` for always."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every table of a script is: fixed once read, and without keys that nobody knows."""


class StreamDelays(_Part, frozen=True, kw_only=True):
    """How fast a block is written: `chars` characters a piece, one piece every `ms` milliseconds."""

    chars: Positive = 40
    ms: Annotated[float, Meta(ge=0)] = 0


class _Block(_Part, frozen=True, kw_only=True, tag_field="type"):
    """`delay_s` is the silence before the block; a `pace` of its own wins over the script's."""

    delay_s: Seconds = 0
    pace: StreamDelays | None = None


class Text(_Block, frozen=True, kw_only=True, tag="text"):
    """What the model says."""

    text: str


class Thinking(_Block, frozen=True, kw_only=True, tag="thinking"):
    """What the model thinks."""

    thinking: str


class ToolUse(_Block, frozen=True, kw_only=True, tag="tool_use"):
    """A tool call; `Agent` with a `prompt` spawns a subagent."""

    name: str
    input: dict[str, Any] = {}


Block = Text | Thinking | ToolUse


class _Fault(_Part, frozen=True, kw_only=True, tag_field="type"):
    """Something that goes wrong with one attempt at a turn, or with `times` attempts in a row."""

    times: Times = 1

    def __post_init__(self) -> None:
        if math.isfinite(self.times) and self.times != int(self.times):
            raise ValueError("`times` must be a whole number, or inf for always")


class HttpError(_Fault, frozen=True, kw_only=True, tag="http"):
    """The API refuses. `error` is the API's name for it and follows from `status` when left out.

    `resets_in_s` makes it the refusal of a subscription whose limit is used up until then.
    """

    status: Annotated[int, Meta(ge=400, le=599)]
    error: str | None = None
    message: str = "the script says so"
    retry_after_s: Seconds | None = None
    resets_in_s: Annotated[float, Meta(ge=0, le=MAX_RESET_S)] | None = None


class _Break(_Fault, frozen=True, kw_only=True):
    """Happens inside the message: after so many characters, or after so many whole blocks."""

    after_chars: Count | None = None
    after_blocks: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.after_chars is not None and self.after_blocks is not None:
            raise ValueError("give `after_chars` or `after_blocks`, not both")


class Cut(_Break, frozen=True, kw_only=True, tag="cut"):
    """The connection is dropped in the middle of the message."""


class Stall(_Break, frozen=True, kw_only=True, tag="stall"):
    """Silence in the middle of the message, for `silence_s` seconds; then it goes on."""

    silence_s: Seconds = math.inf


Fault = HttpError | Cut | Stall


class Usage(_Part, frozen=True, kw_only=True):
    """Token counts of a turn; those left out are derived from the lengths."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0


class Turn(_Part, frozen=True, kw_only=True):
    """One message of the model: after `delay_s` and after its faults, its blocks."""

    block: tuple[Block, ...] = ()
    fault: tuple[Fault, ...] = ()
    delay_s: Seconds = 0
    usage: Usage = Usage()

    def __post_init__(self) -> None:
        if not self.block and not self.fault:
            raise ValueError("a turn needs a `block` to say or a `fault` to fail with")

    def fault_of(self, attempt: int) -> Fault | None:
        """What goes wrong with the attempt of this number, counted from 1."""
        used = 0.0
        for fault in self.fault:
            used += fault.times
            if attempt <= used:
                return fault
        return None


class Conversation(_Part, frozen=True, kw_only=True):
    """The turns of one conversation, and which one it is: `match` or `match_regex` is found in its first prompt."""

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
            raise ValueError(f"`match_regex` is not a regular expression ({error})") from error

    @property
    def open_to_any(self) -> bool:
        """Whether it takes the next conversation that no other asked for."""
        return self.match is None and self.match_regex is None

    def matches(self, prompt: str) -> bool:
        """Whether it asks for the conversation that begins with `prompt`."""
        if self.match_regex is not None:
            return re.search(self.match_regex, prompt) is not None
        return self.match is not None and self.match in prompt


class Account(StrEnum):
    """How the CLI pays: by key it waits out every 429 itself, with a subscription a used-up limit ends the session."""

    KEY = "key"
    SUBSCRIPTION = "subscription"


class Script(_Part, frozen=True, kw_only=True):
    """A whole script."""

    account: Account = Account.KEY
    pace: StreamDelays = StreamDelays()
    conversation: Annotated[tuple[Conversation, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        names = [conversation.name for conversation in self.conversation]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two conversations are named `{name}`; give each a name of its own")
