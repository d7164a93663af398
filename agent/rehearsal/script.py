"""The script of a rehearsal as typed values: conversations of turns, turns of blocks and faults, and files.

The terms are those of the Messages API where it has one. `docs/rehearsal.md` explains every key.
"""

import binascii
import re
from base64 import b64decode
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any

from msgspec import Meta

from agent.rehearsal.blocks import Block, StreamDelays, call_ids
from agent.rehearsal.faults import Fault
from agent.rehearsal.tables import Count, Seconds, Table


class StopReason(StrEnum):
    """Why the model ends a message."""

    END_TURN = "end_turn"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"
    STOP_SEQUENCE = "stop_sequence"
    PAUSE_TURN = "pause_turn"
    REFUSAL = "refusal"
    CONTEXT_FULL = "model_context_window_exceeded"


class Usage(Table, frozen=True, kw_only=True):
    """Token counts of a turn; those omitted are derived from the lengths. `thinking_tokens` are output tokens, too."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    thinking_tokens: Count | None = None


class _Matching(Table, frozen=True, kw_only=True):
    """Base of what is selected by a text: `match` or `match_regex` is found in it."""

    match: str | None = None
    match_regex: str | None = None

    def __post_init__(self) -> None:
        if self.match is not None and self.match_regex is not None:
            raise ValueError("give `match` or `match_regex`, not both")
        try:
            re.compile(self.match_regex or "")
        except re.error as error:
            raise ValueError(f"`match_regex` is not a valid regular expression ({error})") from error

    @property
    def matches_any(self) -> bool:
        """Whether it is used where nothing else matches."""
        return self.match is None and self.match_regex is None

    def matches(self, text: str) -> bool:
        """Return whether `match` or `match_regex` is found in `text`."""
        if self.match_regex is not None:
            return re.search(self.match_regex, text) is not None
        return self.match is not None and self.match in text


class Turn(_Matching, frozen=True, kw_only=True):
    """One message of the model: its blocks, after `delay_s` seconds and after its faults.

    With `match` or `match_regex` it answers when that is found in the last message of the user. `stop_reason` is
    derived from the blocks if omitted, and `model` is that of the request.
    """

    block: tuple[Block, ...] = ()
    fault: tuple[Fault, ...] = ()
    delay_s: Seconds = 0
    usage: Usage = Usage()
    model: str | None = None
    stop_reason: StopReason | None = None
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.block and not self.fault and self.stop_reason is None:
            raise ValueError("a turn requires a `block`, a `fault` or a `stop_reason`")
        if (self.stop_sequence is not None) != (self.stop_reason is StopReason.STOP_SEQUENCE):
            raise ValueError('give `stop_sequence` together with `stop_reason = "stop_sequence"`')
        call_ids(self.block)

    def fault_of(self, attempt: int) -> Fault | None:
        """Return the fault of an attempt, numbered from 1; None if it succeeds."""
        attempts = 0.0
        for fault in self.fault:
            attempts += fault.times
            if attempt <= attempts:
                return fault
        return None


class Conversation(_Matching, frozen=True, kw_only=True):
    """The turns of one conversation. It is used if `match` or `match_regex` is found in the first prompt."""

    name: str
    turn: Annotated[tuple[Turn, ...], Meta(min_length=1)]


class File(Table, frozen=True, kw_only=True):
    """A file that is put into the project before the first prompt: its `text`, or its bytes in Base64."""

    path: str
    text: str | None = None
    base64: str | None = None

    def __post_init__(self) -> None:
        path = PurePosixPath(self.path)
        if not path.name or path.is_absolute() or ".." in path.parts:
            raise ValueError(f"`path` must be inside the project and relative to it, not `{self.path}`")
        if (self.text is None) == (self.base64 is None):
            raise ValueError("a file requires either `text` or `base64`")
        try:
            b64decode(self.base64 or "", validate=True)
        except binascii.Error as error:
            raise ValueError(f"`base64` is not valid Base64 ({error})") from error

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return b64decode(self.base64) if self.base64 is not None else (self.text or "").encode()


class Account(StrEnum):
    """The billing mode. With a key, the CLI retries every 429; with a subscription, a usage limit ends the session."""

    KEY = "key"
    SUBSCRIPTION = "subscription"


class Script(Table, frozen=True, kw_only=True):
    """A script."""

    account: Account = Account.KEY
    pace: StreamDelays = StreamDelays()
    file: tuple[File, ...] = ()
    conversation: Annotated[tuple[Conversation, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        names = [conversation.name for conversation in self.conversation]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two conversations are named `{name}`; rename one of them")
