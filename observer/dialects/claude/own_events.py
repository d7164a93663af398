"""What the CLI says of itself, as events: a session and its set-up, failed requests, limits, compaction. Pure."""

from typing import Any

from observer.dialects import event_data
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields, compact, number, whole
from observer.format.timestamps import timestamp_text, utc_datetime

_MAX_UNKNOWN_CHARS = 2000
_MAX_QUOTED_CHARS = 200


def run_start(session_id: str, cwd: str, version: str, about: str, model: str | None = None) -> ForeignEvent:
    """Return the first event of a run."""
    name = f"claude-code {version}".rstrip()
    data = event_data.run_start("claude", version=name, project_dir=cwd, model=model, about=about)
    return ForeignEvent("run_start", data | {"session": session_id})


def session_start(data: Fields, iteration: int = 1) -> ForeignEvent:
    """Return the event of the system message `init`, or of fields of the same names."""
    servers = data.items("mcp_servers")
    fields = event_data.session_start(
        data.text("session_id"),
        model=data.optional_text("model"),
        cwd=data.optional_text("cwd"),
        tools=data.texts("tools"),
        cli_version=data.optional_text("claude_code_version"),
        permission_mode=data.optional_text("permissionMode"),
        mcp_servers=[{"name": str(each.value("name")), "status": str(each.value("status"))} for each in servers],
    )
    return ForeignEvent("session_start", fields | {"iteration": iteration})


def api_retry(attempt: Any, max_retries: Any, delay_ms: Any, status: Any, error: Any) -> ForeignEvent:
    """Return the event of a failed request that the CLI makes again."""
    data: dict[str, object] = {
        "attempt": whole(attempt) or 0,
        "max_retries": whole(max_retries) or 0,
        "delay_ms": number(delay_ms) or 0.0,
        "status": whole(status),
        "error": str(error or "unknown"),
    }
    return ForeignEvent("api_retry", data)


def compaction(trigger: str, tokens_before: Any) -> ForeignEvent:
    """Return the event of a conversation that was shortened."""
    data: dict[str, object] = {"trigger": trigger or "unknown", "tokens_before": whole(tokens_before)}
    return ForeignEvent("compaction", data)


def rate_limit(info: Fields) -> ForeignEvent:
    """Return the event of a change of the account's rate limit."""
    resets_at = info.number("resetsAt")
    time = utc_datetime(resets_at) if resets_at else None
    data: dict[str, object] = {
        "status": info.text("status"),
        "resets_at": timestamp_text(time, "auto") if time else None,
        "limit": info.optional_text("rateLimitType"),
        "utilization": info.number("utilization"),
    }
    return ForeignEvent("rate_limit", data)


def error(message: str, kind: str, parent: str | None = None) -> ForeignEvent:
    """Return the event of something that went wrong."""
    return ForeignEvent("error", event_data.error(message, kind), parent=parent)


def malformed_line(line: bytes) -> ForeignEvent:
    """Return the event for a line that is not a record."""
    text = line.decode(errors="replace").rstrip("\r\n")
    quoted = text if len(text) <= _MAX_QUOTED_CHARS else f"{text[:_MAX_QUOTED_CHARS]} [... {len(line)} bytes]"
    return error(f"a line of the input is not an event: {quoted}", "malformed_line")


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
