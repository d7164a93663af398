"""Writes the records of rollouts of Codex, as its versions do."""

import json
from typing import Any

Record = dict[str, Any]

SESSION = "01a22ad9-25ab-7fc2-a4a1-a80cdbd8c56b"
TURN = "01a22ad9-3bcb-7c52-a798-a259a94949b2"
"""A turn that began after the session, as the IDs of both say."""
EARLIER_TURN = "01a22ad0-0000-7c52-a798-a259a94949b2"
EARLIER_SESSION = "01a22ad0-0000-7000-a798-a259a94949b1"
USAGE = {
    "input_tokens": 500, "cached_input_tokens": 400, "cache_write_input_tokens": 0, "output_tokens": 50,
    "reasoning_output_tokens": 20, "total_tokens": 550,
}  # fmt: skip
TOKENS = {"input": 100, "output": 50, "cache_read": 400, "cache_write": 0, "thinking": 20}
"""The same in a run file's words."""


def at(second: float, kind: str, payload: Record) -> Record:
    """Return a record with a time, which is the second of a minute."""
    return {"timestamp": f"2026-11-23T01:12:{second:06.3f}Z", "type": kind, "payload": payload}


def meta(second: float = 0, **more: Any) -> Record:
    """Return the first record of a rollout."""
    known = {"id": SESSION, "cwd": "/p", "originator": "codex_exec", "cli_version": "0.171.0", "source": "exec"}
    return at(second, "session_meta", known | more)


def context(second: float = 0, **more: Any) -> Record:
    """Return the record that names the model."""
    return at(second, "turn_context", {"cwd": "/p", "approval_policy": "never", "model": "gpt-5.5-codex", **more})


def item(second: float, kind: str, /, **payload: Any) -> Record:
    """Return an item of the API."""
    return at(second, "response_item", {"type": kind, **payload})


def event(second: float, kind: str, /, **payload: Any) -> Record:
    """Return an event of the program."""
    return at(second, "event_msg", {"type": kind, **payload})


def completed(second: float, kind: str, /, **item_fields: Any) -> Record:
    """Return the event that an item of the program is complete."""
    return event(second, "item_completed", turn_id=TURN, item={"type": kind, **item_fields})


def asks(second: float, text: str, kinds: list[str] | None = None) -> Record:
    """Return a message in the user's name."""
    metadata = {"internal_chat_message_metadata_passthrough": {"content_item_kinds": kinds}} if kinds else {}
    return item(second, "message", role="user", content=[{"type": "input_text", "text": text}], **metadata)


def says(second: float, text: str) -> Record:
    """Return a message of the model."""
    return item(second, "message", role="assistant", content=[{"type": "output_text", "text": text}])


def thinks(second: float, *texts: str) -> Record:
    """Return the summary of the model's reasoning."""
    summary = [{"type": "summary_text", "text": text} for text in texts]
    return item(second, "reasoning", summary=summary, content=None, encrypted_content="gAAA")


def calls(second: float, name: str, call_id: str, /, **arguments: Any) -> Record:
    """Return a call of a function."""
    return item(second, "function_call", name=name, call_id=call_id, arguments=json.dumps(arguments))


def answers(second: float, call_id: str, output: Any) -> Record:
    """Return the output of a call."""
    return item(second, "function_call_output", call_id=call_id, output=output)


def used(second: float, response: str = "resp_1", usage: Record = USAGE) -> Record:
    """Return the tokens of a response, as new versions record them."""
    return at(second, "token_usage_record", {"response_id": response, "usage": usage})


def counted(second: float, last: Record | None, total: Record | None) -> Record:
    """Return the event that counts tokens, which comes repeatedly."""
    stated = None if last is None else {"last_token_usage": last, "total_token_usage": total}
    return event(second, "token_count", info=stated)


def times(usage: Record, factor: int) -> Record:
    """Return several times the tokens."""
    return {key: value * factor for key, value in usage.items()}


def begins(second: float, turn: str = TURN) -> Record:
    """Return the beginning of a turn."""
    return event(second, "task_started", turn_id=turn)


def ends(second: float, **more: Any) -> Record:
    """Return the end of a turn."""
    return event(second, "task_complete", turn_id=TURN, duration_ms=1500, **more)


PATCH = "*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+TWO\n*** Delete File: b.txt\n*** End Patch\n"
NEW_SESSION: list[Record] = [
    meta(), begins(0), context(0), asks(1, "<environment_context/>", ["environments.environment_context"]),
    asks(1, "Do it", ["user.text"]), completed(1, "UserMessage", id="u", content=[{"type": "text", "text": "Do it"}]),
    completed(2, "Reasoning", id="rs_1", summary_text=["**Look**"], raw_content=[]), thinks(2, "**Look**"),
    completed(2, "AgentMessage", id="msg_1", content=[{"type": "Text", "text": "Looking."}]), says(2, "Looking."),
    calls(3, "exec_command", "c1", cmd="ls"), used(3),
    completed(4, "CommandExecution", id="c1", status="completed", exit_code=0, aggregated_output="a.txt\n",
              duration={"secs": 0, "nanos": 7_000_000}),
    answers(4, "c1", "Wall time: 0.01 seconds\nProcess exited with code 0\nOutput:\na.txt\n"), counted(4, USAGE, USAGE),
    item(5, "custom_tool_call", name="apply_patch", call_id="c2", input=PATCH), used(5, "resp_2"),
    completed(6, "FileChange", id="c2", status="completed", changes={}, stdout="Success", stderr=""),
    item(6, "custom_tool_call_output", call_id="c2", output="Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess"),
    counted(6, USAGE, times(USAGE, 2)), says(7, "Done."), used(7, "resp_3"), counted(7, USAGE, times(USAGE, 3)),
    ends(8),
]  # fmt: skip
"""A session of version 0.171."""
OLD_SESSION: list[Record] = [
    meta(originator="codex_cli_rs", cli_version="0.66.0", source="cli"), asks(0, "<environment_context/>"),
    asks(1, "Do it"), event(1, "user_message", message="Do it", images=[]), context(1),
    item(1, "ghost_snapshot", ghost_commit={}), counted(1, None, None), event(2, "agent_reasoning", text="**Look**"),
    thinks(2, "**Look**"), calls(3, "shell_command", "c1", command="ls", workdir="/p"), counted(3, USAGE, USAGE),
    answers(4, "c1", "Exit code: 1\nWall time: 0.1 seconds\nOutput:\nno"), counted(4, USAGE, USAGE),
    event(5, "agent_message", message="Done."), says(5, "Done."), counted(5, USAGE, times(USAGE, 2)),
]  # fmt: skip
"""A session of version 0.66, which does not say when turns begin or end."""
BARE_SESSION: list[Record] = [
    {"id": SESSION, "timestamp": "2026-11-23T01:12:00.000Z", "instructions": None},
    {"record_type": "state"},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Do it"}]},
    {"type": "function_call", "name": "shell", "call_id": "c1", "arguments": '{"command":["bash","-lc","ls"]}'},
    {"type": "function_call_output", "call_id": "c1", "output": '{"output":"a","metadata":{"exit_code":0}}'},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]},
]
"""A session of the first versions, whose records have no envelope."""
