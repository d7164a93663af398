"""Tells the records of Codex from those of other programs. Pure.

What converts them is imported only for a file that has such records: it takes longer than to recognize one.
"""

from collections.abc import Mapping

from observer.dialects.dialect import Converter

_TELLING = frozenset({"session_meta", "turn_context", "compacted", "response_item", "event_msg"})
"""The types of records that no other program writes with a payload."""
_BARE = frozenset({"message", "reasoning", "function_call", "function_call_output", "local_shell_call"})
"""The types of the records of the first versions, which are items of the API without an envelope."""
_ITEM_PHASES = frozenset({"item.started", "item.updated", "item.completed"})
_KINDS = frozenset({"thread.started", "turn.started", "turn.completed", "turn.failed"}) | _ITEM_PHASES


class CodexRollout:
    """The dialect of rollouts."""

    name = "codex-rollout"
    program = "Codex"

    def vote(self, record: Mapping[str, object]) -> int:
        """Return 1 for a record of a rollout, -1 for one that cannot be, 0 for one that says nothing."""
        kind, payload = record.get("type"), record.get("payload")
        if kind is None:
            return 0
        if not isinstance(kind, str):
            return -1
        if isinstance(payload, dict):
            return 1 if kind in _TELLING else 0
        has_envelope = "data" in record or "seq" in record or "timestamp" in record
        return 1 if kind in _BARE and not has_envelope and _is_item(record) else -1

    def converter(self) -> Converter:
        """Return a converter for one session."""
        from observer.dialects.codex.codex_rollout import RolloutConverter  # noqa: PLC0415 - see above

        return RolloutConverter()


class CodexExec:
    """The dialect of the output of `codex exec --json`."""

    name = "codex-exec"
    program = "Codex"

    def vote(self, record: Mapping[str, object]) -> int:
        """Return 1 for a record of such an output, -1 for one that cannot be, 0 for one that says nothing."""
        kind = record.get("type")
        if not isinstance(kind, str) or kind == "error":
            return 0
        return 1 if kind in _KINDS and (kind not in _ITEM_PHASES or isinstance(record.get("item"), dict)) else -1

    def converter(self) -> Converter:
        """Return a converter for one output."""
        from observer.dialects.codex.codex_exec import ExecConverter  # noqa: PLC0415 - see above

        return ExecConverter()


def _is_item(record: Mapping[str, object]) -> bool:
    """Return whether a record without an envelope is an item of the API, by the fields that these always have."""
    match record:
        case {"type": "message", "role": str(), "content": list()}:
            return True
        case {"type": "reasoning", "summary": list()}:
            return True
        case {"type": "function_call" | "function_call_output", "call_id": str()}:
            return True
        case {"type": "local_shell_call", "action": dict()}:
            return True
    return False
