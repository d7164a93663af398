"""The environment of the CLI in a rehearsal connects it to the rehearsal, and to nothing else."""

from pathlib import Path

import pytest

from agent.rehearsal.environment import isolated_env


def test_variables_that_lead_elsewhere_are_emptied_and_others_kept(tmp_path: Path):
    inherited = {
        "ANTHROPIC_API_KEY": "real",
        "ANTHROPIC_AUTH_TOKEN": "real",
        "ANTHROPIC_CUSTOM_HEADERS": "x: y",
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "CLAUDE_CODE_ENTRYPOINT": "cli",
        "PATH": "/bin",
    }

    env = isolated_env("http://127.0.0.1:1", tmp_path, inherited)

    assert env["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1"
    assert env["ANTHROPIC_API_KEY"] not in {"", "real"}
    assert env["ANTHROPIC_AUTH_TOKEN"] == env["ANTHROPIC_CUSTOM_HEADERS"] == env["CLAUDE_CODE_USE_BEDROCK"] == ""
    assert not {"CLAUDE_CODE_ENTRYPOINT", "PATH"} & env.keys()


def test_everything_the_cli_writes_is_in_the_home(tmp_path: Path):
    env = isolated_env("http://127.0.0.1:1", tmp_path, {})

    names = ("HOME", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
    directories = [env[name] for name in names]
    assert all(Path(directory).is_relative_to(tmp_path) for directory in directories)


def test_cargo_finds_its_toolchain_in_the_real_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/user")
    assert isolated_env("http://127.0.0.1:1", tmp_path, {})["RUSTUP_HOME"] == "/home/user/.rustup"
    assert isolated_env("http://127.0.0.1:1", tmp_path, {"RUSTUP_HOME": "/opt/rust"})["RUSTUP_HOME"] == "/opt/rust"


def test_loopback_is_excluded_from_proxies(tmp_path: Path):
    env = isolated_env("http://127.0.0.1:1", tmp_path, {"NO_PROXY": "intranet", "HTTPS_PROXY": "http://proxy"})

    assert env["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert env["no_proxy"] == "127.0.0.1,localhost"
    assert "HTTPS_PROXY" not in env
