"""What the CLI says of itself, as events: a session and its set-up, failed requests, limits, compaction. Pure."""

import json
from datetime import UTC, datetime
from typing import Any

from claude_agent_sdk import RateLimitInfo

from agent.events import AgentType, ApiRetry, Compaction, Info, McpServer, RateLimit, SessionStart
from agent.recorder.sdk.field_values import count_of, dict_of, int_or_none, list_of, number_or_none, text_or_none, texts

_MAX_UNKNOWN_CHARS = 2000


def session_start(data: dict[str, Any], agent_type: AgentType, iteration: int) -> SessionStart:
    """Return the event of the system message `init`."""
    servers = [server for server in list_of(data.get("mcp_servers")) if isinstance(server, dict)]
    return SessionStart(
        iteration=iteration,
        agent_type=agent_type,
        session_id=str(data.get("session_id")),
        model=text_or_none(data.get("model")),
        tools=texts(data.get("tools")),
        cli_version=text_or_none(data.get("claude_code_version")),
        permission_mode=text_or_none(data.get("permissionMode")),
        mcp_servers=[McpServer(name=str(each.get("name")), status=str(each.get("status"))) for each in servers],
        cwd=text_or_none(data.get("cwd")),
    )


def api_retry(data: dict[str, Any]) -> ApiRetry:
    """Return the event of the system message `api_retry`."""
    return ApiRetry(
        attempt=count_of(data.get("attempt")),
        max_retries=count_of(data.get("max_retries")),
        delay_ms=number_or_none(data.get("retry_delay_ms")) or 0.0,
        status=int_or_none(data.get("error_status")),
        error=str(data.get("error") or "unknown"),
    )


def compaction(data: dict[str, Any]) -> Compaction:
    """Return the event of the system message `compact_boundary`."""
    metadata = dict_of(data.get("compact_metadata"))
    return Compaction(
        trigger=str(metadata.get("trigger", "unknown")), tokens_before=int_or_none(metadata.get("pre_tokens"))
    )


def rate_limit(info: RateLimitInfo) -> RateLimit:
    """Return the event of a change of the account's rate limit."""
    resets_at = reset_time(info)
    return RateLimit(
        status=info.status,
        resets_at=resets_at.isoformat().replace("+00:00", "Z") if resets_at else None,
        limit=info.rate_limit_type,
        utilization=info.utilization,
    )


def reset_time(info: RateLimitInfo) -> datetime | None:
    """Return when the rate limit is reset; None if that is missing or invalid."""
    try:
        return datetime.fromtimestamp(info.resets_at, UTC) if info.resets_at else None
    except (ValueError, OverflowError, OSError):
        return None


def unknown(value: Any, kind: str) -> Info:
    """Return an event with what a message of an unknown kind contains."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > _MAX_UNKNOWN_CHARS:
        text = f"{text[:_MAX_UNKNOWN_CHARS]} [... {len(text) - _MAX_UNKNOWN_CHARS} characters omitted]"
    return Info(message=text, kind=kind)
