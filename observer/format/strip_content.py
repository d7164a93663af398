"""Removes all free text from events: only names, sizes, times and outcomes remain. Pure.

It serves dashboards, and models that monitor runs, for which the text of an agent, a tool or a web page could contain
instructions. So it uses an allowlist: numbers and booleans pass; a string passes only if it is a known word of its
field, or looks like a name in a field of a known type where the writer puts one. Everything else is replaced by its
size.
"""

import re
from typing import Any

from observer.format.event import Event, Record
from observer.format.json import encode
from observer.format.line import Line

_WORD = r"[A-Za-z][A-Za-z0-9_.+-]{0,63}"
_KEY = r"[a-z][a-z0-9_]{0,31}"
_ID = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}"
_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"
WORDS = {
    "status": frozenset({
        "success", "error", "blocked", "completed", "failed", "stopped", "killed", "allowed", "allowed_warning",
        "rejected",
    }),
    "outcome": frozenset({"success", "failed", "interrupted", "budget"}),
    "reason": frozenset({"all_pass", "max_sessions", "max_budget", "max_hours", "idle", "errors", "refused", "signal"}),
    "state": frozenset({
        "starting", "waiting_on_model", "waiting_on_human", "writing", "in_tool", "retrying", "rate_limited", "pausing",
        "idle", "waiting_for_prompt",
    }),
    "trigger": frozenset({"auto", "manual"}),
    "phase": frozenset({"starting", "initializer", "coding", "verifying", "single"}),
    "source": frozenset({"user", "harness", "cli", "subagent", "queued"}),
    "lock": frozenset({"ofd", "flock"}),
    "stop_reason": frozenset({
        "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded",
    }),
    "permission_mode": frozenset({"default", "acceptEdits", "plan", "bypassPermissions", "dontAsk", "auto"}),
    "media_type": frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"}),
}  # fmt: skip
"""The known words of fields, whatever the type: statuses, outcomes, reasons, states, sources."""
_NAMES = frozenset({
    "run_start.model", "run_start.host", "run_start.version", "session_start.model", "session_start.agent_type",
    "tool_use.name", "tool_input.name", "tool_result.name", "tool_result.rule", "heartbeat.in_flight.name",
    "subagent_start.agent_type", "subagent_progress.last_tool", "rate_limit.limit", "info.kind", "error.kind",
    "message.model", "session_end.terminal_reason", "session_start.mcp_servers.name", "info.host",
})  # fmt: skip
"""Fields that contain the name of a tool, a model, a rule or a machine; in another type the key may hold free text."""
_IDS = frozenset({
    "run_start.resumed_from", "session_start.session_id", "session_start.cli_version", "session_end.session_id",
    "message.id", "thought.message", "thought.replaces", "thinking.message",
    "thinking.replaces", "tool_use.id", "tool_input.id", "tool_result.tool_use_id", "heartbeat.in_flight.id",
    "subagent_start.id", "subagent_start.tool_use_id", "subagent_progress.id", "subagent_progress.tool_use_id",
    "subagent_complete.id", "subagent_complete.tool_use_id",
})  # fmt: skip
"""Fields that contain an ID."""
_LISTS = {
    "heartbeat.in_flight": ("id", "name", "elapsed_s"),
    "todo.items": ("text", "status"),
    "session_start.mcp_servers": ("name", "status"),
    "prompt.images": ("media_type", "bytes", "file"),
    "tool_result.images": ("media_type", "bytes", "file"),
}
"""Fields that are lists of objects, of which these keys are shown."""
_ITEM_STATES = {
    "todo.items.status": frozenset({"pending", "in_progress", "completed"}),
    "session_start.mcp_servers.status": frozenset({"connected", "failed", "needs-auth", "pending", "disabled"}),
}
_TOKENS = ("input", "output", "cache_read", "cache_write", "thinking")
_STAMPS = frozenset({"resets_at", "until"})
_TYPE = r"[a-z][a-z_]{0,39}"
_ENVELOPE = ("seq", "timestamp", "run", "type", "phase", "iteration", "parent")


def event_without_content(record: Record) -> Event | None:
    """Return the event of a record with all free text replaced by its size; None if it has no event."""
    return None if record.event is None else without_content(record).event


def without_content(record: Record) -> Record:
    """Return the record with all free text replaced by its size; of a malformed line only the length remains."""
    event = record.event
    if event is None and record.decoded is None and isinstance(record.line, Line):  # a blank line
        return record
    if event is None:
        length = len(record.line.data) if isinstance(record.line, Line) else record.line.length
        return _record({"type": "malformed", "data": {"bytes": length}}, record)
    type_ = _if_matches(_TYPE, event.type) or "unknown"
    data = {key: _strip(f"{type_}.{key}", key, value) for key, value in event.data.items() if re.fullmatch(_KEY, key)}
    values = (
        event.seq,
        _if_matches(_STAMP, event.timestamp),
        _if_matches(_ID, event.run),
        type_,
        event.phase if event.phase in WORDS["phase"] else None,
        event.iteration,
        _if_matches(_ID, event.parent),
    )
    return _record({**dict(zip(_ENVELOPE, values, strict=True)), "data": data}, record)


def _record(fields: dict[str, Any], original: Record) -> Record:
    return Record(Line(encode(fields), original.line.offset), stalled_s=original.stalled_s)


def _if_matches(pattern: str, text: str | None) -> str | None:
    return text if text is not None and re.fullmatch(pattern, text) else None


def _strip(field: str, key: str, value: Any) -> Any:
    """Return what may be shown of a value; `field` is its key after those around it, such as `tool_use.name`."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if not value or _may_pass(field, key, value) else _size(value)
    if field in _LISTS and isinstance(value, list):
        return [
            {part: _strip(f"{field}.{part}", part, item.get(part)) for part in _LISTS[field]}
            for item in value
            if isinstance(item, dict)
        ]
    if key == "tokens" and isinstance(value, dict):
        return {part: count for part in _TOKENS if isinstance(count := value.get(part), int | float)}
    return _size(value)


def _may_pass(field: str, key: str, value: str) -> bool:
    if field in _ITEM_STATES:
        return value in _ITEM_STATES[field]
    if key in WORDS:
        return value in WORDS[key]
    if key in _STAMPS:
        return bool(re.fullmatch(_STAMP, value))
    return bool((field in _NAMES and re.fullmatch(_WORD, value)) or (field in _IDS and re.fullmatch(_ID, value)))


def _size(value: Any) -> str:
    if isinstance(value, list):
        return f"[{len(value)}]"
    length = len(value.encode("utf-8", "replace")) if isinstance(value, str) else len(encode(value))
    return f"[{length} bytes]"
