"""The sandbox works, or says why not. What it leaves behind when it is killed goes; what is the project's stays."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.safety.sandbox import SandboxUnavailable, require_sandbox, sweep
from tests.end_to_end.conftest import needs_sandbox


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path, which those of tests do not have."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@needs_sandbox
@pytest.mark.parametrize(
    ("folder", "said"), [("x" * 120, "too long"), ("gone", "No such file"), ("file", "Not a directory")]
)
def test_a_temporary_folder_that_cannot_hold_the_sockets_of_the_sandbox_is_named(
    short: Path, folder: str, said: str
) -> None:
    (short / "file").touch()
    (short / ("x" * 120)).mkdir()
    with pytest.raises(SandboxUnavailable, match=f"sockets in {short / folder} .*{said}.* set TMPDIR"):
        require_sandbox({"TMPDIR": str(short / folder)})


@needs_sandbox
def test_looking_whether_the_sandbox_works_leaves_nothing_behind(short: Path) -> None:
    require_sandbox({"TMPDIR": str(short)})
    assert list(short.iterdir()) == []


def test_placeholders_of_the_sandbox_are_removed(tmp_path: Path) -> None:
    for name in (".bashrc", ".vscode"):
        (tmp_path / name).touch(0o444)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_the_projects_own_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitmodules").touch(0o644)
    (tmp_path / ".mcp.json").write_text("{}")
    (tmp_path / ".mcp.json").chmod(0o444)
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".profile").symlink_to("elsewhere")
    (tmp_path / "other").touch(0o444)
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".gitmodules", ".mcp.json", ".vscode", ".profile", "other"}
