"""Before its first screen, a command imports only what that screen needs: imports are most of the time until then."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = "docs/example.ndjson"
LOOP = {"aiofiles", "asyncio", "ssl", "watchfiles"}
OTHERS = {
    "ctypes", "jq", "nats", "rich", "starlette", "textual", "tomllib", "uvicorn", "zoneinfo",
    "observer.dialects.claude", "observer.dialects.codex", "observer.dialects.gemini_stream", "observer.web",
    "observer.terminal.markdown_text", "observer.terminal.tool_rows", "pyromark",
}  # fmt: skip
"""Packages, and the dialects of other programs, that no first screen in a pipe needs."""
EXPECTED = LOOP | {"json", "jsonschema_rs", "msgspec", "re2", "tempfile"}
"""Packages that take long to import, and that some first screen needs."""

SCRIPT = """
import atexit, sys
sys.argv[:1] = ["observe"]
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from observer.cli.app import run
run()
"""


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["tail", "--help"], {"msgspec"}),
        (["ui", "--help"], {"msgspec"}),
        (["tail", "--no-follow", "-n", "1", EXAMPLE], {"msgspec"}),
        (["tail", "--no-follow", "-o", "json", EXAMPLE], {"msgspec"}),
        (["list", "docs"], {"msgspec"}),
        (["list", "-o", "json", "docs"], {"msgspec"}),
        (["show", EXAMPLE], {"msgspec"}),
        (["check", EXAMPLE], {"msgspec", "json", "jsonschema_rs", "tempfile"}),
        (["report", "--format", "md", EXAMPLE], {"msgspec"}),
        (["report", "--format", "trace", EXAMPLE], {"msgspec"}),
        (["schema"], {"msgspec", "json", "tempfile"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_nothing_is_imported_that_the_first_screen_does_not_need(command: list[str], needed: set[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0
    modules = set(result.stderr.split())
    assert modules & (EXPECTED | OTHERS) == needed


TRANSCRIPT = {"type": "user", "sessionId": "s", "uuid": "u", "message": {"role": "user", "content": "Hi."}}
ROLLOUT = {"type": "session_meta", "payload": {"id": "t", "cwd": "/p"}}
CLAUDE, CODEX = "observer.dialects.claude.transcript", "observer.dialects.codex.codex_rollout"


@pytest.mark.parametrize(("record", "needed"), [(TRANSCRIPT, CLAUDE), (ROLLOUT, CODEX), ({"type": "other"}, None)])
def test_of_other_programs_only_the_one_that_wrote_the_file_is_imported(
    tmp_path: Path, record: dict[str, object], needed: str | None
) -> None:
    (tmp_path / "file.jsonl").write_text(json.dumps(record) + "\n")
    command = [sys.executable, "-c", SCRIPT, "tail", "--no-follow", "-o", "json", str(tmp_path / "file.jsonl")]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    assert set(result.stderr.split()) & {CLAUDE, CODEX} == {needed} - {None}
