"""Run files as an agent writes them, for tests: lines with a contiguous `seq` and rising times."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
