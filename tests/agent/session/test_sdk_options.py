"""The model, tools and safety of an agent as options of the SDK."""

import json
from pathlib import Path

import pytest

from agent import RunLogUnusable
from agent.session.sdk_options import Model, Safety, about, agent_options, make_guard


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
def test_the_sandbox_is_an_option(tmp_path: Path, sandbox: bool) -> None:
    options = agent_options(tmp_path / "project", tmp_path / "runs", Model(), Safety(sandbox=sandbox), ())
    assert bool(options.sandbox) is sandbox


def test_each_restriction_that_is_off_has_a_warning() -> None:
    assert Safety().warnings() == []
    messages = [warning.message for warning in Safety(unsafe=True, sandbox=False).warnings()]
    assert [message.partition(":")[0] for message in messages] == ["unsafe", "no sandbox"]


def test_an_unsafe_run_has_no_guard(tmp_path: Path) -> None:
    assert make_guard(Safety(unsafe=True), tmp_path) is None
    assert make_guard(Safety(), tmp_path) is not None


def test_about_is_the_beginning_of_the_text_on_one_line() -> None:
    assert about("  Build\n\ta  thing ") == "Build a thing"
    assert len(about("word " * 100)) == 120
