"""The sandbox works, or the message says why not; its leftovers are removed, and files of the project are not."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.safety import sandbox as sandbox_module
from agent.safety.sandbox import SandboxUnavailable, git_excludes, remove_placeholders, require_sandbox, sandbox_options


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory with a short path, unlike those of tests."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:  # not in TMPDIR, whose path may be long
        yield Path(directory)


@pytest.mark.needs("sandbox")
@pytest.mark.parametrize(
    ("name", "reason"), [("x" * 120, "too long"), ("gone", "No such file"), ("file", "Not a directory")]
)
def test_a_temporary_directory_that_cannot_hold_the_sockets_of_the_sandbox_is_named(
    short: Path, name: str, reason: str
) -> None:
    (short / "file").touch()
    (short / ("x" * 120)).mkdir()
    with pytest.raises(SandboxUnavailable, match=f"sockets in {short / name} .*{reason}.* set TMPDIR"):
        require_sandbox({"TMPDIR": str(short / name)})


@pytest.mark.needs("sandbox")
def test_trying_the_sandbox_leaves_nothing_behind(short: Path) -> None:
    require_sandbox({"TMPDIR": str(short)})
    assert list(short.iterdir()) == []


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not use bubblewrap")


@on_linux
def test_a_missing_program_of_the_sandbox_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", {"bwrap": "/usr/bin/bwrap"}.get)
    with pytest.raises(SandboxUnavailable, match="requires socat; run: apt install"):
        require_sandbox()


@on_linux
@pytest.mark.parametrize(
    ("trial", "reason"),
    [
        (("sh", "-c", "echo no user namespaces >&2; exit 1"), "no user namespaces"),
        (("sleep", "60"), "timed out"),
        (("./no-such-program",), "No such file"),
    ],
)
def test_a_sandbox_that_does_not_work_is_reported_with_the_reason(
    short: Path, monkeypatch: pytest.MonkeyPatch, trial: tuple[str, ...], reason: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sandbox_module, "_TRIAL", trial)
    if trial[0] == "sleep":
        monkeypatch.setattr(sandbox_module, "_TRIAL_TIMEOUT_S", 0.01)
    with pytest.raises(SandboxUnavailable, match=f"does not work on this machine .*{reason}"):
        require_sandbox({"TMPDIR": str(short)})


@on_linux
@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", ": AppArmor forbids unprivileged user namespaces; run: "
         "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or pass --no-sandbox"),
        ("kernel/unprivileged_userns_clone", "0", "run: sudo sysctl -w kernel.unprivileged_userns_clone=1, or"),
        ("user/max_user_namespaces", "0", "run: sudo sysctl -w user.max_user_namespaces=15000, or"),
        ("kernel/apparmor_restrict_unprivileged_userns", "0", "; allow unprivileged user namespaces, or"),
        ("kernel/another", "1", "; allow unprivileged user namespaces, or"),
    ],
)  # fmt: skip
def test_a_setting_of_the_kernel_that_forbids_the_sandbox_is_named_with_the_remedy(
    short: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sandbox_module, "_TRIAL", ("sh", "-c", "echo bwrap: denied >&2; exit 1"))
    file = short / "sys" / setting
    file.parent.mkdir(parents=True)
    file.write_text(f"{value}\n")
    with pytest.raises(SandboxUnavailable) as raised:
        require_sandbox({"TMPDIR": str(short)}, short / "sys")
    assert f"(bwrap: denied){said}" in str(raised.value).replace(
        ": this kernel forbids unprivileged user namespaces; ", ""
    )


@on_linux
def test_a_setting_that_forbids_namespaces_does_not_matter_where_the_sandbox_works(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sandbox_module, "_TRIAL", ("true",))  # as for root
    (short / "kernel").mkdir()
    (short / "kernel" / "apparmor_restrict_unprivileged_userns").write_text("1\n")
    require_sandbox({"TMPDIR": str(short)}, short)


def test_placeholders_of_the_sandbox_are_removed(tmp_path: Path) -> None:
    for name in (".bashrc", ".vscode"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o444)  # whatever the umask
    remove_placeholders(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_of_the_project_are_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitmodules").touch(0o644)
    (tmp_path / ".mcp.json").write_text("{}")
    (tmp_path / ".mcp.json").chmod(0o444)
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".profile").symlink_to("other")
    (tmp_path / "other").touch(0o444)
    remove_placeholders(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".gitmodules", ".mcp.json", ".vscode", ".profile", "other"}


def test_commands_are_confined_and_never_run_without_the_sandbox() -> None:
    options = sandbox_options([Path("/project/.agent")], sandbox=True, writable=[Path("/caches")])
    assert options["sandbox"] == {
        "enabled": True,
        "autoAllowBashIfSandboxed": False,
        "allowUnsandboxedCommands": False,
        "failIfUnavailable": True,
        "network": {
            "allowedDomains": ["*"],
            "deniedDomains": ["localhost", "*.localhost", "127.0.0.1", "::1", "0.0.0.0", "::"],
        },
        "filesystem": {"allowWrite": ["/caches"]},
    }
    assert sandbox_options([], sandbox=False)["sandbox"] is None


@pytest.mark.parametrize("sandbox", [True, False])
def test_file_tools_may_not_write_in_protected_directories(sandbox: bool) -> None:
    settings = json.loads(sandbox_options([Path("/project/.agent"), Path("/runs")], sandbox=sandbox)["settings"])
    assert settings["permissions"]["deny"] == ["Edit(//project/.agent/**)", "Edit(//runs/**)"]


@pytest.mark.needs("git")
def test_git_ignores_what_the_sandbox_hides_beside_the_users_own_settings(tmp_path: Path) -> None:
    (tmp_path / ".agent").mkdir()
    inherited = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "N"}
    env = {"PATH": "/usr/bin:/bin", **inherited, **git_excludes(tmp_path / ".agent", inherited)}
    for name in (".bashrc", ".agent/holder.json", "app.py"):
        (tmp_path / name).touch()

    def git(*args: str) -> str:
        return subprocess.run(["git", *args], cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout

    git("init", "-q")
    assert git("status", "--porcelain", "-uall") == "?? app.py\n"
    assert git("config", "user.name") == "N\n"
