"""The caches of a project are private, and commands use them instead of those in the user's home."""

import os
import re
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.safety.caches import caches_env, create_caches
from agent.safety.sandbox import SandboxUnavailable


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "it's a project"
    (directory / ".agent").mkdir(parents=True)
    return directory


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


def in_a_command(project: Path, caches: Path, inherited: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the environment of a command, as a shell prints it that has read the file first."""
    file = caches_env(caches, project, project / ".agent", inherited)["CLAUDE_ENV_FILE"]
    output = subprocess.run(
        ["sh", "-c", '. "$1" && env -0', "sh", file],
        env={"PATH": os.environ["PATH"], **inherited}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return dict(variable.split("=", 1) for variable in output.rstrip("\0").split("\0"))


def test_each_project_has_a_private_directory_that_it_keeps(project: Path, home: Path) -> None:
    variables = {"HOME": str(home)}
    caches = create_caches(project, variables)
    (home / "link").symlink_to(project)
    other = create_caches(home, variables)

    assert caches.parent == other.parent == home / ".cache" / "runtail"
    assert caches.name.startswith("it_s_a_project-")
    assert caches != other
    assert create_caches(home / "link", variables) == caches
    assert [stat.S_IMODE(path.stat().st_mode) for path in (caches, caches.parent)] == [0o700, 0o700]


@pytest.mark.parametrize("name", ["x" * 255, "[a]*", os.fsdecode(b"\xff"), "-"])
def test_any_name_of_a_project_will_do(home: Path, tmp_path: Path, name: str) -> None:
    caches = create_caches(tmp_path / name, {"HOME": str(home)})
    assert re.fullmatch(r"[A-Za-z0-9._-]{,40}-[0-9a-f]{12}", caches.name)
    assert caches.is_dir()


def test_the_directory_for_caches_that_the_user_has_chosen_is_used(project: Path, tmp_path: Path) -> None:
    variables = {"HOME": "/nonexistent", "XDG_CACHE_HOME": str(tmp_path / "chosen")}
    assert create_caches(project, variables).parent == tmp_path / "chosen" / "runtail"


def test_others_lose_the_right_to_enter_it(project: Path, home: Path) -> None:
    caches = create_caches(project, {"HOME": str(home)})
    caches.chmod(0o777)
    create_caches(project, {"HOME": str(home)})
    assert stat.S_IMODE(caches.stat().st_mode) == 0o700


@pytest.mark.parametrize("what", ["a link", "a file", "no home"])
def test_where_the_home_cannot_be_used_the_directory_for_temporary_files_is(
    project: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(temporary))
    (home / ".cache").mkdir()
    if what == "a link":
        (home / ".cache" / "runtail").symlink_to(tmp_path)
    elif what == "a file":
        (home / ".cache" / "runtail").touch()
    variables = {"HOME": str(home) if what != "no home" else "/dev/null/home"}

    assert create_caches(project, variables).parent == temporary / f"runtail-cache-{os.geteuid()}"


def test_without_a_variable_the_home_is_that_of_the_user(
    project: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path.replace("~", str(home)))  # it asks the user database
    assert create_caches(project, {}).is_relative_to(home / ".cache")


def test_a_machine_without_any_place_for_caches_is_told_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/dev/null/tmp")
    with pytest.raises(SandboxUnavailable, match=r"Not a directory: /dev/null/\.cache/runtail.*; set XDG_CACHE_HOME"):
        create_caches(project, {"HOME": "/dev/null"})


def test_a_command_finds_every_cache_in_the_directory_of_its_project(project: Path, tmp_path: Path) -> None:
    caches = tmp_path / "the user's caches"
    env = in_a_command(project, caches)
    named = (
        "PIP_CACHE_DIR",
        "UV_CACHE_DIR",
        "npm_config_cache",
        "npm_config_prefix",
        "PIPX_MAN_DIR",
        "CARGO_HOME",
        "GOMODCACHE",
        "GOCACHE",
        "XDG_CACHE_HOME",
    )
    assert {name: Path(env[name]).is_relative_to(caches) for name in named} == dict.fromkeys(named, True)
    assert env["PLAYWRIGHT_BROWSERS_PATH"] == f"{caches}/ms-playwright"
    assert env["MAVEN_OPTS"] == f" -Dmaven.repo.local={caches}/maven"
    assert f"{caches}/python/bin" in env["PATH"].split(":")
    assert env["PATH"].startswith(os.environ["PATH"])


def test_what_the_user_has_set_is_kept_as_far_as_it_works(project: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.sh").write_text("export MINE=1 PIP_CACHE_DIR=/elsewhere\n")
    inherited = {
        "CLAUDE_ENV_FILE": str(tmp_path / "mine.sh"),
        "CARGO_HOME": str(project / ".cargo"),
        "GOPATH": "/root/go",
        "MAVEN_OPTS": "-Xmx1g",
    }
    env = in_a_command(project, tmp_path / "caches", inherited)
    assert env["MINE"] == "1"
    assert env["PIP_CACHE_DIR"] == f"{tmp_path}/caches/pip"
    assert env["CARGO_HOME"] == str(project / ".cargo")
    assert env["GOPATH"] == f"{tmp_path}/caches/go"
    assert env["MAVEN_OPTS"].startswith("-Xmx1g -D")


def test_a_file_of_the_users_that_is_missing_does_not_matter(project: Path, tmp_path: Path) -> None:
    env = in_a_command(project, tmp_path / "caches", {"CLAUDE_ENV_FILE": "/nonexistent"})
    assert env["PIP_CACHE_DIR"] == f"{tmp_path}/caches/pip"


def test_settings_and_browsers_beside_the_users_own_caches_stay_readable(project: Path, home: Path) -> None:
    (home / ".cargo").mkdir()
    (home / ".cargo" / "config.toml").write_text("[net]")
    (home / "browsers" / "chromium-1255").mkdir(parents=True)
    site = home / ".local" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    caches = create_caches(project, {"HOME": str(home), "PLAYWRIGHT_BROWSERS_PATH": str(home / "browsers")})

    assert (caches / "cargo" / "config.toml").read_text() == "[net]"
    assert (caches / "ms-playwright" / "chromium-1255").samefile(home / "browsers" / "chromium-1255")
    (pth,) = (caches / "python" / site.relative_to(home / ".local")).iterdir()
    assert (pth.name, pth.read_text()) == ("runtail.pth", f"{site}\n")


def test_nothing_is_written_through_a_link_that_a_command_has_left(project: Path, home: Path) -> None:
    caches = create_caches(project, {"HOME": str(home)})
    (home / "victim").mkdir()
    (caches / "cargo").symlink_to(home / "victim")
    (home / ".cargo").mkdir()
    (home / ".cargo" / "config.toml").touch()
    create_caches(project, {"HOME": str(home)})
    assert list((home / "victim").iterdir()) == []
