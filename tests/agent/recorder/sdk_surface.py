"""Lists what the installed SDK can hand to the recorder: types with their fields, hooks, and values it branches on."""

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

from claude_agent_sdk import SystemMessage, ToolPermissionContext, types


def sdk_fields() -> dict[str, frozenset[str]]:
    """Return the fields of every message, content block, hook input and callback argument, and of the types in them."""
    roots = [types.Message, types.ContentBlock, types.HookInput, ToolPermissionContext, types.SystemInitData]
    fields: dict[str, frozenset[str]] = {}
    pending = [*roots, *_subclasses_of(SystemMessage)]
    while pending:
        kind = pending.pop()
        if not (dataclasses.is_dataclass(kind) or typing.is_typeddict(kind)):
            pending.extend(typing.get_args(kind))
        elif kind.__name__ not in fields:
            hints = typing.get_type_hints(kind, vars(types))
            fields[kind.__name__] = frozenset(hints)
            pending.extend(hints.values())
    return fields


def _subclasses_of(kind: type) -> Iterator[type]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses_of(subclass)


def sdk_values() -> dict[str, frozenset[str]]:
    """Return the hooks that can be registered, those that only the CLI has, and the statuses the recorder acts on."""
    outputs = {str(value) for output in typing.get_args(types.HookSpecificOutput) for value in _event_of(output)}
    hooks = frozenset(_literals(types.HookEvent))
    return {
        "HookEvent": hooks,
        "HookSpecificOutput": frozenset(outputs) - hooks,
        "TaskNotificationStatus": frozenset(_literals(types.TaskNotificationStatus)),
        "TaskUpdatedStatus": frozenset(_literals(types.TaskUpdatedStatus)),
        "RateLimitStatus": frozenset(_literals(types.RateLimitStatus)),
    }


def _event_of(output: Any) -> Iterator[Any]:
    yield from typing.get_args(typing.get_type_hints(output)["hookEventName"])


def _literals(kind: Any) -> Iterator[str]:
    """Yield the strings of a Literal, or of a union of several."""
    for argument in typing.get_args(kind):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)
