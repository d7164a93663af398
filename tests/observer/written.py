"""Run files as an agent writes them, for tests: lines with a contiguous `seq` and rising times."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from observer.format.strip_content import WORDS
from observer.runs.trouble import ALARMING

RUN = "20261123T011230Z-7f3a9c"
BEGIN = datetime(2026, 11, 23, 1, 12, 30, tzinfo=UTC)
RUN_START = {
    "format": 1, "command": "agent build SPEC.md", "project_dir": "/home/me/notes", "pid": 4242, "host": "build-7",
    "version": "0.1.0", "heartbeat_s": 5.0, "about": "A notebook",
}  # fmt: skip
COMPLETE = {
    "outcome": "success",
    "project_dir": "/home/me/notes",
    "cost_usd": 0.5,
    "duration_ms": 9000,
    "message": "ok",
}


class Script:
    """Writes one line after another; `at` is in seconds since the run began, the last one's when not given."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._at = 0.0

    def add(
        self, kind: str, data: dict[str, object], *, at: float | None = None, parent: str | None = None, **other: object
    ) -> "Script":
        self._at = self._at if at is None else at
        stamp = BEGIN + timedelta(seconds=self._at)
        envelope = {
            "seq": len(self.lines) + 1, "timestamp": f"{stamp:%Y-%m-%dT%H:%M:%S.%f}Z", "run": RUN, "type": kind,
            "phase": "coding", "iteration": 3, "parent": parent, "data": data,
        }  # fmt: skip
        self.lines.append(json.dumps({**envelope, **other}, separators=(",", ":"), ensure_ascii=False).encode())
        return self

    def start(self, **changes: object) -> "Script":
        return self.add("run_start", {**RUN_START, **changes})

    def use(self, name: str, key: str, given: dict[str, object], **where: object) -> "Script":
        return self.add("tool_use", {"id": key, "name": name, "input": given}, **where)  # type: ignore[arg-type]

    def result(self, name: str, key: str, output: str = "", *, status: str = "success", ms: int = 40,
               at: float | None = None, parent: str | None = None, **more: object) -> "Script":  # fmt: skip
        data = {"tool_use_id": key, "name": name, "status": status, "duration_ms": ms, "output": output,
                "output_bytes": len(output), **more}  # fmt: skip
        return self.add("tool_result", data, at=at, parent=parent)

    def thought(self, text: str, *, at: float | None = None, **more: object) -> "Script":
        return self.add("thought", {"text": text, "message": "m1", "block": 0, **more}, at=at)

    def complete(self, *, at: float | None = None, **changes: object) -> "Script":
        return self.add("complete", {**COMPLETE, **changes}, at=at)

    @property
    def bytes(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)

    def to(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.bytes)
        return path


def small() -> Script:
    """A good run: a written file, a command, a text, an end."""
    script = Script().start()
    script.add("session_start", {"iteration": 3, "agent_type": "CODING", "session_id": "s1", "tools": []}, at=1)
    script.use("Write", "t1", {"file_path": "/home/me/notes/a.py", "content": "1"}, at=2).result("Write", "t1", at=2.1)
    script.use("Bash", "t2", {"command": "python3 a.py"}, at=3).result("Bash", "t2", "one\ntwo", at=3.5, ms=500)
    script.thought("It ", at=4).thought("works.")
    script.add("session_end", {"outcome": "success", "turns": 3, "duration_ms": 7000, "cost_usd": 0.5}, at=8)
    return script.complete(at=9)


TOKENS = {"input": 12, "output": 41, "cache_read": 9210, "cache_write": 385, "thinking": 8}
TOTAL = {"input": 36, "output": 123, "cache_read": 27630, "cache_write": 1155, "thinking": 16}
IMAGE = {"media_type": "image/png", "bytes": 12_000, "file": f"{RUN}/t3-0.png"}
TODO = (
    {"text": "Look at the page", "status": "completed"},
    {"text": "Ask for the colour", "status": "in_progress"},
    {"text": "Write the style", "status": "pending"},
)


def message(script: Script, id_: str, text: str, *, at: float, parent: str | None = None, **more: object) -> Script:
    """Add the end of a message, whose tokens are `TOKENS` unless given."""
    data = {"id": id_, "model": "claude-x", "stop_reason": "end_turn", "tokens": TOKENS, "text": text, **more}
    return script.add("message", data, at=at, parent=parent)


def every_type() -> Script:
    """A valid run with every type of event, and every field whose value a view has to show."""
    script = Script().start(pid_start=188211, lock="ofd", recorded_from="ci:/runs/a.ndjson", heartbeat_s=60.0)
    servers = [{"name": "git", "status": "connected"}, {"name": "tickets", "status": "failed"}]
    script.add("session_start", {
        "iteration": 3, "agent_type": "CODING", "session_id": "s1", "model": "claude-x", "tools": ["Read"],
        "cli_version": "2.1.332", "permission_mode": "acceptEdits", "mcp_servers": servers, "cwd": "/home/me/other",
    }, at=1)  # fmt: skip
    prompt = "Make the page blue.\nNot too blue."
    script.add("prompt", {"text": prompt, "source": "harness", "images": [IMAGE | {"file": None}]}, at=1.5)
    script.add("thinking", {"text": "Look first.", "message": "m1", "block": 0}, at=2)
    script.add("thinking", {"text": "", "message": "m1", "block": 1, "redacted": True})
    script.add("thought", {"text": "I look at ", "message": "m1", "block": 2}, at=3)
    script.add("thought", {"text": "the page.", "message": "m1", "block": 2})
    message(script, "m1", "I look at the page.", at=3.1, stop_reason="tool_use")
    script.use("Read", "t1", {"file_path": "/home/me/notes/page.png"}, at=4)
    script.result("Read", "t1", "first\nlast", at=4.1, truncated=True, images=[IMAGE])
    script.add("todo", {"items": list(TODO)}, at=5)
    script.add("tool_input", {"id": "t2", "name": "Agent", "bytes": 70}, at=5.5)
    script.use("Agent", "t2", {"description": "Pick a blue", "prompt": "Pick one"}, at=6)
    start = {"id": "a1", "tool_use_id": "t2", "agent_type": "Explore", "description": "Pick a blue"}
    script.add("subagent_start", start)
    script.add("prompt", {"text": "Pick one", "source": "subagent", "images": []}, parent="t2")
    message(script, "m2", "Navy is a fine blue.", at=7, parent="t2", model="claude-y")
    progress = {"id": "a1", "tool_use_id": "t2", "tool_uses": 1, "tokens": 900, "last_tool": "Read", "duration_ms": 900}
    script.add("subagent_progress", progress)
    script.add("subagent_complete", {
        "id": "a1", "tool_use_id": "t2", "status": "completed", "duration_ms": 1000, "tool_uses": 1, "tokens": 900,
        "summary": "Navy",
    }, at=8)  # fmt: skip
    script.result("Agent", "t2", "Navy", at=8)
    script.add("prompt", {"text": "<system-reminder>Be brief.</system-reminder>", "source": "cli"}, at=8.5)
    script.use("Bash", "t3", {"command": "git push"}, at=9)
    waiting = [{"id": "t3", "name": "Bash", "elapsed_s": 1.0}]
    script.add("heartbeat", {
        "elapsed_s": 10.0, "idle_s": 1.0, "state": "waiting_on_human", "in_flight": waiting, "cost_usd": 0.3,
        "tokens": TOKENS,
    }, at=10)  # fmt: skip
    script.result(
        "Bash", "t3", "no", status="blocked", duration_ms=None, at=70, reason="the user refused", rule="human"
    )
    script.use("Nosuch", "t4", {"x": 1}, at=71)
    never = "the call never ran: there is no such tool"
    script.result("Nosuch", "t4", "No such tool: Nosuch", status="error", at=71, duration_ms=None, reason=never)
    script.add("prompt", {"text": "Blue, please.", "source": "queued", "images": []}, at=72)
    script.add("progress", {"passing": 1, "total": 2, "changed": [{"name": "It is blue", "passes": True}]}, at=73)
    script.add("api_retry", {"attempt": 1, "max_retries": 10, "delay_ms": 551.0, "status": 529, "error": "overloaded"})
    script.add("rate_limit", {"status": "allowed_warning", "resets_at": None, "limit": "five_hour", "utilization": 0.9})
    script.add("compaction", {"trigger": "auto", "tokens_before": 162384})
    script.add("info", {"message": "a remark", "kind": None})
    script.add("error", {"message": "the model refused", "kind": "refusal", "traceback": None}, at=74)
    message(script, "m3", "", at=75, stop_reason="refusal", tokens={**TOKENS, "thinking": None})
    script.add("session_end", {
        "outcome": "failed", "turns": 3, "duration_ms": 7000, "cost_usd": 0.5, "tokens": TOTAL, "result": None,
        "terminal_reason": "api_error", "errors": ["the API refused"],
    }, at=76)  # fmt: skip
    return script.complete(at=77, outcome="failed", message="the model refused", tokens=TOTAL)


def every_status() -> list[dict[str, Any]]:
    """Return events of every type, with every status, outcome, state and kind, alarming or not."""
    words = {**WORDS, "kind": ALARMING | {"stopping", "resumed"}}
    events: list[dict[str, Any]] = [json.loads(line) for line in every_type().lines]
    for event in list(events):
        for key, values in words.items():
            events += [{**event, "data": {**event["data"], key: value}} for value in {*values, "", "unheard_of"}]
    heartbeat = {"elapsed_s": 700, "idle_s": 650, "in_flight": []}
    events += [{"type": "heartbeat", "data": {**heartbeat, "state": state}} for state in WORDS["state"]]
    events += [{"type": "progress", "data": {"changed": [{"name": "a", "passes": value}]}} for value in (True, False)]
    events += [{"type": "thought", "data": {"text": "a", "message": "m2", "block": 0, "replaces": "m1"}}]
    blocked = [{"command": "rm -rf /", "rule": "rm"}]
    events += [{"type": "complete", "data": {"outcome": "success", "blocked": blocked}}]
    return events
