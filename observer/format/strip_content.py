"""Removes all free text from events: only names, sizes, times and outcomes remain. Pure.

For dashboards, and for models that monitor runs: what an agent, a tool or a web page wrote could be instructions to
them. So this is an allowlist: numbers and booleans pass; a string passes only if it is a known word of its field, or
looks like a name in a field where the writer puts one. Everything else is replaced by its size.
"""

import re
from typing import Any

from observer.format.event import Record
from observer.format.json import encode
from observer.format.lines import Line

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]{0,63}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_WORDS = {
    "status": frozenset({
        "success", "error", "blocked", "completed", "failed", "stopped", "killed", "allowed", "allowed_warning",
        "rejected",
    }),
    "outcome": frozenset({"success", "failed", "interrupted", "budget"}),
    "reason": frozenset({"all_pass", "max_sessions", "max_budget", "max_hours", "idle", "errors", "signal"}),
    "state": frozenset({
        "starting", "waiting_on_model", "waiting_on_human", "writing", "in_tool", "retrying", "rate_limited", "pausing",
        "idle",
    }),
    "trigger": frozenset({"auto", "manual"}),
}  # fmt: skip
_NAMED = frozenset({"name", "agent_type", "last_tool", "model", "kind", "version", "rule", "limit", "host"})
"""Fields that contain the name of a tool, a model, a rule or a machine."""
_IDS = frozenset({"id", "tool_use_id", "session_id", "message", "resumed_from", "replaces"})
_STAMPS = frozenset({"resets_at", "until"})
_TYPE = re.compile(r"[a-z][a-z_]{0,39}")
_ENVELOPE = ("seq", "timestamp", "run", "type", "phase", "iteration", "parent")
_TYPES_WITH_MESSAGE_TEXT = frozenset({"info", "error", "complete"})
"""Types whose `message` is free text; in other types it is an ID."""


def without_content(record: Record) -> Record:
    """Return the record with all free text replaced by its size; of a malformed line only the length."""
    event = record.event
    if event is None:
        length = len(record.line.data) if isinstance(record.line, Line) else record.line.length
        return _record({"type": "malformed", "data": {"bytes": length}}, record)
    data = {key: _strip(event.type, key, value) for key, value in event.data.items() if _KEY.fullmatch(key)}
    values = (
        event.seq,
        _if_matches(_STAMP, event.timestamp),
        _if_matches(_ID, event.run),
        _if_matches(_TYPE, event.type) or "unknown",
        _if_matches(_TYPE, event.phase),
        event.iteration,
        _if_matches(_ID, event.parent),
    )
    return _record({**dict(zip(_ENVELOPE, values, strict=True)), "data": data}, record)


def _record(fields: dict[str, Any], original: Record) -> Record:
    return Record(Line(encode(fields), original.line.offset))


def _if_matches(pattern: re.Pattern[str], text: str | None) -> str | None:
    return text if text is not None and pattern.fullmatch(text) else None


def _strip(kind: str, key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if _may_pass(kind, key, value) else _size(value)
    if key == "in_flight" and isinstance(value, list):
        return [
            {part: _strip(kind, part, tool.get(part)) for part in ("id", "name", "elapsed_s")}
            for tool in value
            if isinstance(tool, dict)
        ]
    return _size(value)


def _may_pass(kind: str, key: str, value: str) -> bool:
    if key in _WORDS:
        return value in _WORDS[key]
    if key in _STAMPS:
        return bool(_STAMP.fullmatch(value))
    if key in _NAMED:
        return bool(_WORD.fullmatch(value))
    if key == "message" and kind in _TYPES_WITH_MESSAGE_TEXT:
        return False
    return key in _IDS and bool(_ID.fullmatch(value))


def _size(value: Any) -> str:
    if isinstance(value, list):
        return f"[{len(value)}]"
    length = len(value.encode("utf-8", "replace")) if isinstance(value, str) else len(encode(value))
    return f"[{length} bytes]"
