"""The whole of an output is read from a file of the CLI, and from no file that something else may have put there."""

import os
from pathlib import Path

import pytest

from agent.events import ToolResult, ToolStatus
from agent.recorder.calls.shortened import SavedResult
from agent.recorder.effects import saved_outputs
from agent.recorder.effects.saved_outputs import complete_output

SECRET = "what no output says"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "s1" / "tool-results").mkdir(parents=True)
    (tmp_path / "secret").write_text(SECRET)
    return tmp_path / "s1" / "tool-results" / "b1.txt"


def result(file: Path, size: int | None = None) -> SavedResult:
    return SavedResult(
        tool_use_id="t1", name="Bash", status=ToolStatus.SUCCESS, output="excerpt", output_bytes=7,
        saved_in=str(file), saved_bytes=size,
    )  # fmt: skip


def test_the_whole_output_takes_the_place_of_the_excerpt(file: Path) -> None:
    file.write_bytes("äöü\n".encode() * 10 + b"\xff")
    whole = complete_output(result(file, 71))
    assert type(whole) is ToolResult
    assert whole.output == "äöü\n" * 10 + "\ufffd"
    assert (whole.output_bytes, whole.truncated) == (73, False)


def test_what_was_lost_leaves_the_excerpt(file: Path) -> None:
    kept = complete_output(result(file))
    assert type(kept) is ToolResult
    assert (kept.output, kept.output_bytes, kept.truncated) == ("excerpt", 7, True)


def test_what_the_cli_did_not_save_completely_or_is_too_much_to_read_is_truncated(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("0123456789")
    partly = complete_output(result(file, 11))
    assert (partly.output, partly.truncated) == ("0123456789", True)
    monkeypatch.setattr(saved_outputs, "MAX_BYTES", 9)
    beginning = complete_output(result(file, 10))
    assert (beginning.output, beginning.truncated) == ("012345678", True)


def link_file(file: Path, secret: Path) -> None:
    file.symlink_to(secret)


def hard_link(file: Path, secret: Path) -> None:
    os.link(secret, file)


def link_directory(file: Path, secret: Path) -> None:
    file.parent.rmdir()
    (secret.parent / "other").mkdir()
    (secret.parent / "other" / file.name).write_text(SECRET)
    file.parent.symlink_to(secret.parent / "other")


def link_session(file: Path, secret: Path) -> None:
    file.parent.rmdir()
    file.parent.parent.rmdir()
    (secret.parent / "other" / file.parent.name).mkdir(parents=True)
    (secret.parent / "other" / file.parent.name / file.name).write_text(SECRET)
    file.parent.parent.symlink_to(secret.parent / "other")


def make_pipe(file: Path, _secret: Path) -> None:
    os.mkfifo(file)


def make_directory(file: Path, _secret: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("plant", [link_file, hard_link, link_directory, link_session, make_pipe, make_directory])
def test_a_link_or_something_else_in_its_place_is_not_read(file: Path, plant: object) -> None:
    assert callable(plant)
    plant(file, file.parents[2] / "secret")
    kept = complete_output(result(file))
    assert (kept.output, kept.truncated) == ("excerpt", True)
