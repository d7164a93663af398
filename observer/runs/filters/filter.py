"""Defines filters: conditions on the events of a run. `observer.runs.filters.matcher` applies them. Pure."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from observer.runs.filters.pattern import Pattern

PIECE_TYPES = frozenset({"thought", "thinking"})
"""Types that hold a piece of a text."""
TEXT_TYPES = PIECE_TYPES | {"message"}
"""Types with text of the model, which `--no-thoughts` excludes."""
LIVENESS_TYPES = frozenset({"heartbeat", "tool_input", "subagent_progress"})
"""Types that only show that a run is alive."""
KNOWN_TYPES = frozenset({
    "run_start", "session_start", "prompt", "thought", "thinking", "message", "todo", "tool_use", "tool_input",
    "tool_result", "subagent_start", "subagent_progress", "subagent_complete", "progress", "heartbeat", "api_retry",
    "rate_limit", "compaction", "info", "error", "session_end", "complete",
})  # fmt: skip
"""The types of version 1 of the format. Others are allowed, but one in a filter may be a misspelling."""
KNOWN_STATUSES = frozenset({
    "success", "error", "blocked", "budget", "failed", "interrupted", "completed", "stopped", "killed", "allowed",
    "allowed_warning", "rejected",
})  # fmt: skip
"""The statuses and outcomes of results, sessions, runs, subagents and rate limits."""


class Filter(Struct, frozen=True, kw_only=True):
    """Conditions on an event, all of which must hold. The default matches everything.

    `types`, `exclude`, `tools` (in any case) and `statuses` are names, `agent` is `main` or a subagent's type,
    description or ID, `grep` must match a text of the event, `where` is a predicate over the JSON of lines,
    `since` and `until` are seconds since 1970, and `from_seq` is the lowest sequence number.
    """

    types: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    agent: str | None = None
    iterations: frozenset[int] = frozenset()
    errors: bool = False
    grep: "Pattern | None" = None
    where: Callable[[Sequence[bytes]], list[bool]] | None = None
    since: float | None = None
    until: float | None = None
    from_seq: int | None = None

    @property
    def matches_all(self) -> bool:
        """Whether the filter lets everything pass."""
        return self == Filter()
