"""All of one entry: whole inputs and outputs, wherever these are."""

import json
from pathlib import Path

import pytest

from observer.cli.addresses.mirrors import MIRRORS
from observer.source.mirror import CopyRequest, local_run
from tests.helpers import RUN, line
from tests.observer.dialects.codex import rollouts
from tests.observer.source.sessions import claude_files
from tests.observer.terminal.ui.showing import Shown, showing

START = line(1, "run_start", about="Add a parser", project_dir="/home/me/p", pid=1, host="elsewhere", format=1)
CALL = line(2, "tool_use", id="t1", name="Bash", input={"command": "make test"})


def run_of(folder: Path, *lines: bytes) -> Path:
    path = folder / f"{RUN}.ndjson"
    path.write_bytes(b"".join(lines))
    return path


def result(**data: object) -> bytes:
    return line(3, "tool_result", tool_use_id="t1", name="Bash", status="success", **data)


def detail(shown: Shown) -> str:
    return "\n".join(line.strip(" ┃│") for line in shown.lines("#detail"))


async def opened(shown: Shown, words: str) -> str:
    """Open the selected entry, and return all of its detail once that has some words on the screen."""
    await shown.press("enter")
    await shown.until(lambda: words in detail(shown))
    return "\n".join(strip.text for item in shown.app.screen.active_view.items for strip in item.strips(10_000))


async def test_it_shows_all_of_an_event_and_the_line_itself(tmp_path: Path) -> None:
    output = "\n".join(f"row {number}" for number in range(100))
    async with showing(run_of(tmp_path, START, CALL, result(output=output)), size=(120, 30)) as shown:
        await opened(shown, "event 2")
        await shown.press("G")
        assert "row 99" in detail(shown)
        await shown.press("J")
        await shown.until(lambda: '"seq": 2' in detail(shown))
        await shown.press("q")
        assert not shown.app.screen.query_one("#detail").display


async def test_an_output_in_a_file_beside_the_run_is_shown_whole_and_once(tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir()
    middle = "\n".join(f"row {number}" for number in range(60_000))
    (tmp_path / RUN / "t1.txt").write_text(f"head\n{middle}\ntail")
    spilled = result(output="head\n...\ntail", output_file=f"{RUN}/t1.txt")
    async with showing(run_of(tmp_path, START, CALL, spilled)) as shown:
        assert f"head\n{middle}\ntail" in (text := await opened(shown, "row 2"))
        assert (text.count("head"), text.count(f"{RUN}/t1.txt"), "more characters" in text) == (1, 0, False)


async def test_why_an_output_is_not_there_is_said(tmp_path: Path) -> None:
    spilled = result(output="head\n...\ntail", output_file=f"{RUN}/t1.txt")
    async with showing(run_of(tmp_path, START, CALL, spilled)) as shown:
        assert "head" in await opened(shown, f"cannot read {RUN}/t1.txt (No such file or directory)")


async def test_without_content_no_file_is_read(tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir()
    (tmp_path / RUN / "t1.txt").write_text("a secret")
    spilled = result(output="head\n...\ntail", output_file=f"{RUN}/t1.txt")
    async with showing(run_of(tmp_path, START, CALL, spilled), content=False) as shown:
        text = await opened(shown, "event 2")
        assert ("secret" in text, "cannot read" in text) == (False, False)


async def test_all_of_a_large_input_and_of_a_large_value_is_shown(tmp_path: Path) -> None:
    content = "\n".join(f"row {number}" for number in range(9000))
    write = line(2, "tool_use", id="t1", name="Write", input={"file_path": "a.txt", "content": content})
    async with showing(run_of(tmp_path, START, write, result(output=json.dumps(list(range(5000)))))) as shown:
        text = await opened(shown, "row 1")
        assert ("row 8999" in text, "4999" in text, " more " in text) == (True, True, False)


def claude_session(home: Path, output: str) -> str:
    """Write a session whose program has put an output into a file of its own; return its address."""
    named = f"/elsewhere/projects/-p/{claude_files.SESSION}/tool-results/b1.txt"
    path = claude_files.write_session(
        home, claude_files.prompt(1) + claude_files.call(2, "t1")
        + claude_files.result(3, "t1", output[:500], toolUseResult={"stdout": output[:500], "stderr": "",
                                                                    "persistedOutputPath": named}),
    )  # fmt: skip
    saved = path.with_suffix("") / "tool-results" / "b1.txt"
    saved.parent.mkdir(parents=True)
    saved.write_text(output)
    return f"claude:{claude_files.SESSION}"


def codex_session(home: Path, output: str) -> str:
    """Write a session of which the model got only a part of an output; return its address."""
    path = home / "sessions" / "2026" / "11" / "23" / f"rollout-2026-11-23T01-12-00-{rollouts.SESSION}.jsonl"
    path.parent.mkdir(parents=True)
    ran = {"id": "c1", "status": "completed", "exit_code": 0, "aggregated_output": output}
    records = [
        rollouts.meta(), rollouts.begins(0), rollouts.context(0), rollouts.asks(1, "Do it"),
        rollouts.calls(3, "exec_command", "c1", cmd="ls"), rollouts.completed(4, "CommandExecution", **ran),
        rollouts.answers(4, "c1", f"Process exited with code 0\nOutput:\n{output[:500]}…900 tokens truncated…"),
    ]  # fmt: skip
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return f"codex:{rollouts.SESSION}"


@pytest.mark.parametrize(("program", "rows"), [("claude", 60_000), ("codex", 5000)])
async def test_the_whole_output_of_a_session_of_another_program_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, rows: int
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR" if program == "claude" else "CODEX_HOME", str(tmp_path / program))
    output = "\n".join(f"row {number}" for number in range(rows))
    address = (claude_session if program == "claude" else codex_session)(tmp_path / program, output)
    with local_run(address, CopyRequest(), MIRRORS) as local:
        async with showing(Path(local.name), names=local.display_names, size=(80, 30)) as shown:
            await shown.press("slash", *"row", "enter")
            await shown.until(lambda: shown.bottom.startswith("hit"))
            assert output in (text := await opened(shown, "row 2"))
            assert ("omitted" in text, "more characters" in text) == (False, False)
