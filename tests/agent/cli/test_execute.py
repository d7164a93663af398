"""A run that cannot start says so in one sentence, and before it there is no warning."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.safety import sandbox
from agent.safety.project_lock import lock_project

UNSAFE = ("--unsafe", "--no-sandbox")
"""Each causes a warning."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a project and a specification, which is the current one; there are credentials."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "placeholder")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")  # nothing is asked, and if so, not a real API
    (tmp_path / "project").mkdir()
    (tmp_path / "SPEC.md").write_text("# A program")
    return tmp_path


@pytest.fixture
def until_the_end() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def agent(command: str, *arguments: str) -> Result:
    """Run a command that must not get as far as starting an agent."""
    task = {"run": "Do it.", "build": "SPEC.md"}[command]
    return CliRunner().invoke(app, [command, task, *arguments], prog_name="agent")


def refused(result: Result, code: int = 2) -> str:
    """Return the one line that the command printed."""
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("agent: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
@pytest.mark.parametrize("command", ["run", "build"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rehearsal", "missing.toml"), "cannot read missing.toml"),
        (("--rehearsal", "SPEC.md"), "conversation"),
        (("--runs", "SPEC.md"), "SPEC.md"),
        (("--runs", "project"), "is inside the runs directory"),
    ],
)
def test_no_warning_comes_before_a_refusal(
    place: Path, command: str, arguments: tuple[str, ...], said: str, quiet: tuple[str, ...]
) -> None:
    assert said in refused(agent(command, "--project", "project", *UNSAFE, *arguments, *quiet))


@pytest.mark.parametrize("command", ["run", "build"])
def test_no_warning_comes_before_the_refusal_of_an_invalid_allowlist(place: Path, command: str) -> None:
    result = agent(command, "--project", "project", "--no-sandbox", "--allow", "docker run")
    assert "is not a command name" in refused(result)


@pytest.mark.parametrize("command", ["run", "build"])
def test_no_warning_comes_before_the_refusal_of_a_run_without_credentials(
    place: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.cli.exits.has_credentials", lambda project: False)
    assert "no credentials for a model" in refused(agent(command, "--project", "project", *UNSAFE))


@pytest.mark.parametrize("command", ["run", "build"])
def test_no_warning_comes_before_the_refusal_of_a_second_agent(
    place: Path, until_the_end: ExitStack, command: str
) -> None:
    lock = until_the_end.enter_context(lock_project(place / "project"))
    lock.record_run("20261123T011230Z-7f3a9c", place / "first.ndjson")
    result = agent(command, "--project", "project", *UNSAFE)
    assert "another agent is working in" in refused(result, code=3)


@pytest.mark.parametrize("command", ["run", "build"])
def test_no_warning_comes_before_the_refusal_of_a_project_that_is_not_writable(place: Path, command: str) -> None:
    (place / "project" / ".agent").touch()
    assert "cannot write to" in refused(agent(command, "--project", "project", *UNSAFE))


@pytest.mark.parametrize("command", ["run", "build"])
def test_no_warning_comes_before_the_refusal_of_a_machine_without_the_sandbox(
    place: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise sandbox.SandboxUnavailable("the sandbox does not work here")

    monkeypatch.setattr("agent.cli.execute.require_sandbox", fail)
    assert "does not work here" in refused(agent(command, "--project", "project", "--unsafe"))


@pytest.mark.parametrize(
    ("arrange", "arguments", "said"),
    [
        (lambda place: (place / "SPEC.md").unlink(), (), "cannot read the specification"),
        (lambda place: (place / "SPEC.md").write_bytes(b"\xff"), (), "is not text"),
        (lambda place: (place / "SPEC.md").write_text(" "), (), "is empty"),
        (lambda place: None, ("--project", "SPEC.md"), "cannot create the directory"),
        (lambda place: None, ("--prompts", "nowhere"), "contains neither"),
    ],
)
def test_no_warning_comes_before_a_refusal_of_a_build(
    place: Path, arrange: Callable[[Path], object], arguments: tuple[str, ...], said: str
) -> None:
    arrange(place)
    assert said in refused(agent("build", "--project", "project", *UNSAFE, *arguments))


def test_no_warning_comes_before_the_refusal_of_a_missing_project(place: Path) -> None:
    assert "is not a directory" in refused(agent("run", "--project", "nowhere", *UNSAFE))


@pytest.mark.parametrize("option", ["--max-budget-usd=inf", "--no-such-option", "--pause=-1"])
def test_no_warning_comes_before_a_usage_error(place: Path, option: str) -> None:
    result = agent("build", *UNSAFE, option)
    assert result.exit_code == 2
    assert option.partition("=")[0] in result.stderr
    assert "sandbox" not in result.stderr
    assert "unsafe" not in result.stderr
