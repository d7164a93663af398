"""The model, tools and safety of an agent as options of the SDK."""

import json
from pathlib import Path

import pytest

from agent import RunLogUnusable
from agent.rehearsal.environment import isolated_env
from agent.safety.caches import create_caches
from agent.safety.commands.denial import ToolCall
from agent.session.sdk_options import Model, Safety, about, agent_options, command_env, make_guard


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for the caches of the sandbox."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return tmp_path / "home"


def test_a_project_inside_the_runs_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunLogUnusable, match="inside the runs directory"):
        agent_options(tmp_path / "runs" / "project", tmp_path / "runs", Model(), Safety(), ())


def test_the_agent_may_not_write_its_own_directory_or_the_run_files(tmp_path: Path) -> None:
    options = agent_options(tmp_path / "project", tmp_path / "runs", Model(), Safety(), ("Read",))
    denied = json.dumps(json.loads(options.settings or "{}")["permissions"]["deny"])
    assert str(tmp_path / "project" / ".agent") in denied
    assert str(tmp_path / "runs") in denied


def test_tools_that_need_a_user_are_disallowed(tmp_path: Path) -> None:
    options = agent_options(tmp_path / "project", tmp_path / "runs", Model("m", {"A": "b"}), Safety(), ("Read",))
    assert {"EnterPlanMode", "EnterWorktree"} <= set(options.disallowed_tools)
    assert (options.model, options.env, options.allowed_tools) == ("m", {"A": "b"}, ["Read"])


@pytest.mark.parametrize("sandbox", [True, False])
def test_the_sandbox_is_an_option(tmp_path: Path, home: Path, sandbox: bool) -> None:
    safety, agent_dir = Safety(sandbox=sandbox), tmp_path / "project" / ".agent"
    agent_dir.mkdir(parents=True)
    options = agent_options(agent_dir.parent, tmp_path / "runs", Model(), safety, ())
    env = command_env(agent_dir.parent, agent_dir, Model(), safety)
    assert bool(options.sandbox) is sandbox
    assert ("CLAUDE_ENV_FILE" in env, (home / ".cache" / "runtail").exists()) == (sandbox, sandbox)
    assert ("sandbox" in str(options.system_prompt)) is sandbox
    if sandbox:
        (caches,) = (home / ".cache" / "runtail").iterdir()
        assert str(caches) in json.dumps(options.sandbox)
        assert str(caches) in Path(env["CLAUDE_ENV_FILE"]).read_text()


def test_a_rehearsal_has_caches_of_its_own(tmp_path: Path, home: Path) -> None:
    model = Model(env=isolated_env("http://127.0.0.1:1", tmp_path / "rehearsal"))
    agent_options(tmp_path / "project", tmp_path / "runs", model, Safety(), ())
    assert not home.exists()
    assert (tmp_path / "rehearsal" / ".cache" / "runtail").is_dir()


def test_each_restriction_that_is_off_has_a_warning() -> None:
    assert Safety().warnings() == []
    messages = [warning.message for warning in Safety(unsafe=True, sandbox=False).warnings()]
    assert [message.partition(":")[0] for message in messages] == ["unsafe", "no sandbox"]


def test_an_unsafe_run_has_no_guard(tmp_path: Path) -> None:
    assert make_guard(Safety(unsafe=True), tmp_path) is None
    assert make_guard(Safety(), tmp_path) is not None


def test_programs_that_were_installed_in_the_caches_may_run(tmp_path: Path) -> None:
    variables = {"HOME": str(tmp_path / "home")}
    for name in ("pycowsay", "docker"):
        program = create_caches(tmp_path, variables) / "uv-bin" / name
        program.parent.mkdir(exist_ok=True)
        program.touch(0o755)
    guard = make_guard(Safety(), tmp_path, variables)
    assert guard is not None
    denials = {
        command: guard(ToolCall("Bash", {"command": command}, tmp_path))
        for command in ("pycowsay hi", "benchstat", "docker ps")
    }
    assert [command for command, denial in denials.items() if denial is None] == ["pycowsay hi"]


def test_about_is_the_beginning_of_the_text_on_one_line() -> None:
    assert about("  Build\n\ta  thing ") == "Build a thing"
    assert len(about("word " * 100)) == 120
