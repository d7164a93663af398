"""Completion in shells: what options take, and what the run at hand holds; never a message, whatever a run holds."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import warm
from tests.helpers import LIMIT_S, RUN, line

START = line(1, "session_start", tools=["Read", "Bash", "mcp__shop__buy"])
USES = b"".join(line(seq, "tool_use", id=f"t{seq}", name=name) for seq, name in enumerate(["Write", "Bash", "Bash"], 2))
SUBAGENT = line(5, "subagent_start", id="s", tool_use_id="t", agent_type="explorer", description="Look around")
Complete = Callable[..., list[str]]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / f"{RUN}.ndjson").write_bytes(START + USES + SUBAGENT)
    return folder


@pytest.fixture
def complete(runs: Path) -> Complete:
    """Return a function that returns what bash offers for the last of some words."""

    def completions(*words: str, **environment: str) -> list[str]:
        command = {"COMP_WORDS": " ".join(["observe", *words]), "COMP_CWORD": str(len(words))}
        return answer("bash", runs.parent, **command, **environment).split("\n")[:-1]

    return completions


def answer(shell: str, folder: Path, **environment: str) -> str:
    process = warm.run(
        "observer", cwd=folder, env={**os.environ, "_OBSERVE_COMPLETE": f"complete_{shell}", **environment},
        text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (0, "")
    return str(process.stdout)


def test_options_offer_what_they_take(complete: Complete) -> None:
    assert complete("tail", "--type", "tool_") == ["tool_input", "tool_result", "tool_use"]
    assert complete("tail", "--exclude", "error,hea") == ["error,heartbeat"]
    assert "blocked" in complete("tail", "--status", "b")
    assert complete("wait", "--until", "complete,cra") == ["complete,crashed"]
    assert complete("wait", "--until", "type=rate") == ["type=rate_limit"]
    assert complete("list", "--verdict", "waiting") == ["waiting-on-model", "waiting-on-human"]
    assert complete("schema", "li") == ["lines", "list"]


def test_tools_and_agents_are_those_of_the_run_that_was_typed_or_of_the_latest(complete: Complete, runs: Path) -> None:
    assert complete("tail", "--tool", "") == ["Bash", "Write", "Read", "mcp__shop__buy"]
    assert complete("tail", "--agent", "") == ["main", "explorer"]
    packed = runs / "20251123T011230Z-7f3a9c.ndjson.gz"
    packed.write_bytes(gzip.compress(line(1, "tool_use", id="t", name="Edit")))
    for name in ("2025", str(packed)):
        assert complete("tail", name, "--tool", "") == ["Edit"]
    assert complete("tail", "2025", "--tool", "Edit,") == [""]
    assert complete("tail", "nosuch", "--agent", "m") == ["main"]


def test_runs_are_offered_with_packed_ones_and_those_of_the_settings(complete: Complete, runs: Path) -> None:
    (runs / "20251123T011230Z-7f3a9c.ndjson.gz").write_bytes(gzip.compress(START))
    assert complete("show", "") == ["latest", RUN, "20251123T011230Z-7f3a9c"]
    assert complete("show", "runs/2025") == ["runs/20251123T011230Z-7f3a9c.ndjson.gz"]
    assert complete("show", "--runs", "nowhere", "") == ["latest"]
    (runs.parent / "other").mkdir()
    assert complete("show", "", RUNTAIL_RUNS="other") == ["latest"]


def test_projects_are_those_of_the_runs(complete: Complete, runs: Path) -> None:
    (runs / "x.ndjson").write_bytes(line(1, "run_start", project_dir="/home/me/shop"))
    assert complete("list", "--project", "s") == complete("list", "runs", "--project", "s") == ["shop"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_offered_the_same(shell: str, runs: Path) -> None:
    offered = answer(
        shell, runs.parent, _TYPER_COMPLETE_ARGS="observe tail --tool B", _TYPER_COMPLETE_FISH_ACTION="get-args"
    )
    assert "Bash" in offered
    assert "Write" not in offered


def test_a_name_that_a_shell_could_evaluate_is_not_offered(complete: Complete, runs: Path) -> None:
    for seq, name in enumerate(["$(touch pwned)", "a b", "\\$(x)", "`x`", "\x1b[2J", "a\nb", "'", 'x"y', "tür"], 1):
        with (runs / f"{RUN}.ndjson").open("ab") as file:
            file.write(line(seq, "tool_use", id="t", name=name))
    (runs / "$(touch pwned).ndjson").write_bytes(START)
    assert complete("tail", "--tool", "") == ["Bash", "Write", "Read", "mcp__shop__buy"]
    assert complete("tail", "") == ["latest", RUN]


def test_only_the_beginning_and_the_end_of_a_run_are_read(complete: Complete, runs: Path) -> None:
    with (runs / f"{RUN}.ndjson").open("r+b") as file:
        file.truncate(20 * 1024**3)  # a hole, of which reading all would take many seconds
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + line(9, "tool_use", id="t", name="Grep"))
    assert complete("tail", "--tool", "") == ["Bash", "Write", "Grep", "Read", "mcp__shop__buy"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"{" * 5000, b'{"type":"session_start","data":{"tools":{"a":[]}}}\n"tool_use"\n']
)
def test_nothing_is_said_about_a_run_that_holds_no_events(complete: Complete, runs: Path, content: bytes) -> None:
    (runs / f"{RUN}.ndjson").write_bytes(content)
    assert complete("tail", "--tool", "") == [""]
    assert complete("list", "--project", "") == [""]


@pytest.mark.parametrize(
    "words", [("tail", "--no-such-option", "x", "--type", ""), ("nosuch", ""), ("wait", "--timeout", ""), ("tail", "-")]
)
def test_nothing_is_said_about_a_command_that_is_wrong(complete: Complete, words: tuple[str, ...]) -> None:
    complete(*words)


def test_nothing_is_said_to_a_shell_that_asks_wrongly(runs: Path) -> None:
    assert answer("bash", runs.parent, COMP_WORDS="observe", COMP_CWORD="x") == ""


def test_nothing_is_said_about_settings_that_are_wrong(complete: Complete, tmp_path: Path) -> None:
    config = tmp_path / "runtail" / "config.toml"
    config.parent.mkdir()
    config.write_text("runs = ")
    assert complete("show", "lat", XDG_CONFIG_HOME=str(tmp_path)) == ["latest"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("wait --until type = rate", ["rate_limit"]),
        ("wait --until = type = rate", ["rate_limit"]),
        ("wait --until = compl", ["complete"]),
        ("tail --tool = Ba", ["Bash"]),
        ("tail --tool = Bash --agent m", ["main"]),
    ],
)
def test_bash_splits_words_at_an_equals_sign(runs: Path, words: str, offered: list[str]) -> None:
    asked = {"COMP_WORDS": "\n".join(["observe", *words.split()]), "COMP_CWORD": str(len(words.split()))}
    assert answer("bash", runs.parent, **asked).split("\n")[:-1] == offered
    if words.endswith("type = rate"):
        asked = {"COMP_WORDS": asked["COMP_WORDS"].removesuffix("\nrate"), "COMP_CWORD": str(len(words.split()) - 1)}
        assert "tool_use" in answer("bash", runs.parent, **asked).split("\n")


@pytest.mark.needs("bash")
def test_bash_completes_with_its_script(runs: Path) -> None:
    script = """
        source <(_OBSERVE_COMPLETE=source_bash observe)
        COMP_WORDS=(observe tail --tool B) COMP_CWORD=3
        $(complete -p observe | sed 's/.*-F \\([^ ]*\\).*/\\1/') observe
        echo "${COMPREPLY[@]}"
    """
    bin_directory = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{bin_directory}:{os.environ['PATH']}"}
    process = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=runs.parent, env=environment, capture_output=True, text=True,
        timeout=LIMIT_S, check=True,
    )  # fmt: skip
    assert (process.stdout, process.stderr) == ("Bash\n", "")
