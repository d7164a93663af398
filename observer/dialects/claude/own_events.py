"""What the CLI says of itself, as events: a session and its set-up, failed requests, limits, compaction. Pure."""

from typing import Any

from observer.dialects import event_data
from observer.dialects.claude.values import (
    compact,
    count_of,
    dicts_of,
    int_or_none,
    number_or_none,
    text_of,
    text_or_none,
    texts,
)
from observer.dialects.dialect import ForeignEvent
from observer.format.timestamps import timestamp_text, utc_datetime

_MAX_UNKNOWN_CHARS = 2000


def run_start(session_id: str, cwd: str, version: str, about: str, model: str | None = None) -> ForeignEvent:
    """Return the first event of a run."""
    name = f"claude-code {version}".rstrip()
    data = event_data.run_start("claude", version=name, project_dir=cwd, model=model, about=about)
    return ForeignEvent("run_start", data | {"session": session_id})


def session_start(data: dict[str, Any], iteration: int = 1) -> ForeignEvent:
    """Return the event of the system message `init`, or of fields of the same names."""
    servers = dicts_of(data.get("mcp_servers"))
    fields = event_data.session_start(
        text_of(data.get("session_id")),
        model=text_or_none(data.get("model")),
        cwd=text_or_none(data.get("cwd")),
        tools=texts(data.get("tools")),
        cli_version=text_or_none(data.get("claude_code_version")),
        permission_mode=text_or_none(data.get("permissionMode")),
        mcp_servers=[{"name": str(each.get("name")), "status": str(each.get("status"))} for each in servers],
    )
    return ForeignEvent("session_start", fields | {"iteration": iteration})


def api_retry(attempt: Any, max_retries: Any, delay_ms: Any, status: Any, error: Any) -> ForeignEvent:
    """Return the event of a failed request that the CLI makes again."""
    data: dict[str, object] = {
        "attempt": count_of(attempt),
        "max_retries": count_of(max_retries),
        "delay_ms": number_or_none(delay_ms) or 0.0,
        "status": int_or_none(status),
        "error": str(error or "unknown"),
    }
    return ForeignEvent("api_retry", data)


def compaction(trigger: Any, tokens_before: Any) -> ForeignEvent:
    """Return the event of a conversation that was shortened."""
    data: dict[str, object] = {"trigger": text_of(trigger) or "unknown", "tokens_before": int_or_none(tokens_before)}
    return ForeignEvent("compaction", data)


def rate_limit(info: dict[str, Any]) -> ForeignEvent:
    """Return the event of a change of the account's rate limit."""
    resets_at = number_or_none(info.get("resetsAt"))
    time = utc_datetime(resets_at) if resets_at else None
    data: dict[str, object] = {
        "status": text_of(info.get("status")),
        "resets_at": timestamp_text(time, "auto") if time else None,
        "limit": text_or_none(info.get("rateLimitType")),
        "utilization": number_or_none(info.get("utilization")),
    }
    return ForeignEvent("rate_limit", data)


def error(message: str, kind: str, parent: str | None = None) -> ForeignEvent:
    """Return the event of something that went wrong."""
    return ForeignEvent("error", event_data.error(message, kind), parent=parent)


def info(message: str, kind: str, parent: str | None = None, **more: object) -> ForeignEvent:
    """Return the event of something worth knowing."""
    return ForeignEvent("info", event_data.info(message, kind, **more), parent=parent)


def prompt(
    text: str, source: str, parent: str | None = None, images: list[dict[str, object]] | None = None
) -> ForeignEvent:
    """Return the event of a text that was sent to the model."""
    return ForeignEvent("prompt", event_data.prompt(text, source, images or ()), parent=parent)


def turn_end(outcome: event_data.Outcome, duration_ms: int | None) -> ForeignEvent:
    """Return the event of a turn that is over, so that the next one is the person's."""
    return info(f"the turn ended: {outcome}", "turn_end", duration_ms=duration_ms, outcome=outcome)


def unknown(value: Any, kind: str) -> ForeignEvent:
    """Return an event with what a message of an unknown kind contains."""
    text = compact(value)
    if len(text) > _MAX_UNKNOWN_CHARS:
        text = f"{text[:_MAX_UNKNOWN_CHARS]} [... {len(text) - _MAX_UNKNOWN_CHARS} characters omitted]"
    return info(text, kind)
