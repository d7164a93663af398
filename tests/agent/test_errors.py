"""Whatever keeps a run from starting is a CannotStart, which a command answers with one sentence and an exit code."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import agent
from agent.cli.execute import exit_on_error
from agent.errors import CannotStart, RunLogError, RunLogFull, RunLogUnusable
from agent.safety.project_lock import ProjectLocked, ProjectUnusable


def kinds_of(error: type[Exception]) -> Iterator[type[Exception]]:
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def exit_code(error: Exception) -> int:
    with pytest.raises(typer.Exit) as raised, exit_on_error():
        raise error
    return raised.value.exit_code


def test_each_reason_not_to_start_is_of_one_family() -> None:
    assert all(getattr(agent, name) for name in agent.__all__)  # imports the modules that define them
    assert {kind.__name__ for kind in kinds_of(CannotStart)} >= {
        "AllowlistError", "ProjectLocked", "ProjectUnusable", "PromptsError", "RunLogUnusable", "SandboxUnavailable",
        "ScriptError",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProjectUnusable("cannot write to it"), 2),
        (RunLogUnusable("no such directory"), 2),
        (ProjectLocked(Path("project"), None), 3),
        (RunLogFull("the disk is full"), 5),
        (RunLogError("the file is gone"), 5),
    ],
)
def test_a_command_ends_with_the_sentence_and_the_code_of_an_error(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(error) == code
    assert capsys.readouterr().err == f"agent: {error}\n"


def test_any_other_error_is_not_caught() -> None:
    with pytest.raises(ZeroDivisionError), exit_on_error():
        _ = 1 / 0
