"""What the sandbox leaves behind when its CLI is killed goes; what is the project's stays."""

from pathlib import Path

from agent.confinement import sweep


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
