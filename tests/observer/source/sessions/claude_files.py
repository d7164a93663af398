"""Sessions of Claude Code as that program writes them, for tests."""

import json
import os
from pathlib import Path

SESSION = "204aeb98-f6d2-4417-895b-28ce20e840c7"
CWD = "/home/me/thing"
_BASE = {"sessionId": SESSION, "cwd": CWD, "version": "2.1.332", "isSidechain": False, "userType": "external"}


def record(kind: str, second: int, message: dict[str, object], **more: object) -> bytes:
    """Return a line of a transcript, written some seconds after noon."""
    data = {
        "parentUuid": None, **_BASE, "type": kind, "message": message, "uuid": f"u{second}-{kind}",
        "timestamp": f"2026-11-29T12:00:{second:02}.000Z", **more,
    }  # fmt: skip
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


def prompt(second: int, text: str = "Count the lines.", **more: object) -> bytes:
    return record("user", second, {"role": "user", "content": text}, **more)


def text(second: int, words: str, stop: str | None = "end_turn", **more: object) -> bytes:
    return answer(second, {"type": "text", "text": words}, stop, **more)


def call(second: int, key: str, name: str = "Bash", given: dict[str, object] | None = None, **more: object) -> bytes:
    block = {"type": "tool_use", "id": key, "name": name, "input": given or {"command": "wc -l a.txt"}}
    return answer(second, block, "tool_use", **more)


def answer(second: int, block: dict[str, object], stop: str | None, **more: object) -> bytes:
    message = {
        "id": f"msg_{second}", "role": "assistant", "type": "message", "model": "claude-opus-5-5", "content": [block],
        "stop_reason": stop, "usage": {"input_tokens": 10, "output_tokens": 2},
    }  # fmt: skip
    return record("assistant", second, message, **more)


def result(second: int, key: str, output: str, **more: object) -> bytes:
    block = {"type": "tool_result", "tool_use_id": key, "content": output, "is_error": False}
    return record("user", second, {"role": "user", "content": [block]}, **more)


WHOLE = prompt(1) + call(2, "t1") + result(3, "t1", "7 a.txt") + text(4, "It has seven lines.")
"""A session whose only turn has ended."""


def write_session(home: Path, data: bytes = WHOLE, *, session: str = SESSION, project: str = CWD) -> Path:
    """Write a session into Claude Code's directory."""
    directory = home / "projects" / "".join(letter if letter.isalnum() else "-" for letter in project)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{session}.jsonl"
    path.write_bytes(data.replace(SESSION.encode(), session.encode()))
    return path


def register(home: Path, pid: int, /, *, session: str = SESSION, **more: object) -> Path:
    """Write what a process registers of itself; `procStart` is that of the process, unless given."""
    (home / "sessions").mkdir(parents=True, exist_ok=True)
    path = home / "sessions" / f"{pid}.json"
    started = ""
    if os.path.exists(f"/proc/{pid}/stat"):
        started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    path.write_text(json.dumps({"pid": pid, "sessionId": session, "procStart": started, "status": "busy", **more}))
    return path
