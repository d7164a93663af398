"""Gives the fields of the SDK's messages the types that they are declared with. The SDK takes over what the CLI sends.

A field of another type is treated as if it were missing, so that one odd message costs the record one field, and
nothing behind it fails.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    RateLimitEvent,
    RateLimitInfo,
    ResultMessage,
    ServerToolResultBlock,
    ServerToolUseBlock,
    StreamEvent,
    SystemMessage,
    TaskNotificationMessage,
    TaskProgressMessage,
    TaskStartedMessage,
    TaskUpdatedMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.recorder.sdk.field_values import (
    count_of,
    dict_of,
    int_or_none,
    list_of,
    number_or_none,
    text_of,
    text_or_none,
    texts,
)

Read = Callable[[Any], Any]


def well_typed(message: Any) -> Any:
    """Return the message or the block itself, or one with other values for the fields that have another type."""
    changed = {}
    for name, read in _FIELDS.get(type(message), {}).items():
        received = getattr(message, name)
        value = read(received)
        if value is not received and (type(value) is not type(received) or value != received):
            changed[name] = value
    return replace(message, **changed) if changed else message


def _dict_or_none(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _input(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"malformed": value}


def _blocks(value: Any) -> list[Any]:
    return [well_typed(block) for block in value] if isinstance(value, list | tuple) else []


def _content(value: Any) -> str | list[Any]:
    return value if isinstance(value, str) else _blocks(value)


def _origin(value: Any) -> Any:
    return value if isinstance(value, dict) and isinstance(value.get("kind"), str) else None


def _models(value: Any) -> dict[str, Any] | None:
    """Return the usage of each model."""
    if not isinstance(value, dict):
        return None
    return {model: usage for model, usage in value.items() if isinstance(usage, dict)}


def _task_usage(value: Any) -> dict[str, int]:
    return {name: number for name, each in dict_of(value).items() if (number := int_or_none(each)) is not None}


def _rate_limit(value: Any) -> RateLimitInfo:
    return well_typed(value) if isinstance(value, RateLimitInfo) else RateLimitInfo("unknown")  # type: ignore[arg-type]


_CALL: dict[str, Read] = {"id": text_of, "name": text_of, "input": _input}
_SYSTEM: dict[str, Read] = {"subtype": text_of, "data": dict_of}
_TASK: dict[str, Read] = {**_SYSTEM, "task_id": text_of}
_FIELDS: dict[type, dict[str, Read]] = {
    StreamEvent: {"event": dict_of, "parent_tool_use_id": text_or_none},
    AssistantMessage: {
        "content": _blocks,
        "model": text_of,
        "usage": _dict_or_none,
        **dict.fromkeys(("parent_tool_use_id", "error", "message_id", "stop_reason", "uuid"), text_or_none),
    },
    UserMessage: {"content": _content, "parent_tool_use_id": text_or_none, "origin": _origin},
    SystemMessage: _SYSTEM,
    TaskStartedMessage: {**_TASK, "description": text_of, "tool_use_id": text_or_none, "task_type": text_or_none},
    TaskProgressMessage: {
        **_TASK,
        "usage": _task_usage,
        "tool_use_id": text_or_none,
        "last_tool_name": text_or_none,
    },
    TaskUpdatedMessage: {**_TASK, "patch": dict_of},
    TaskNotificationMessage: {
        **_TASK,
        "tool_use_id": text_or_none,
        "status": text_of,
        "summary": text_of,
        "usage": _task_usage,
    },
    RateLimitEvent: {"rate_limit_info": _rate_limit},
    RateLimitInfo: {
        "status": text_of,
        "resets_at": number_or_none,
        "rate_limit_type": text_or_none,
        "utilization": number_or_none,
    },
    ResultMessage: {
        "subtype": text_of,
        "is_error": bool,
        "num_turns": count_of,
        "total_cost_usd": number_or_none,
        "usage": _dict_or_none,
        "model_usage": _models,
        "permission_denials": list_of,
        "errors": texts,
        **dict.fromkeys(("result", "stop_reason", "terminal_reason"), text_or_none),
    },
    TextBlock: {"text": text_of},
    ThinkingBlock: {"thinking": text_of},
    ToolUseBlock: _CALL,
    ServerToolUseBlock: _CALL,
    ToolResultBlock: {"tool_use_id": text_of},
    ServerToolResultBlock: {"tool_use_id": text_of},
}
"""How each field that is recorded is read."""
