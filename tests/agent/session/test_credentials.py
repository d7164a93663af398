"""Credentials for a model: a variable, a login of the CLI, or settings that name a key."""

import os
import sys
from pathlib import Path

import pytest

from agent.session.credentials import has_credentials


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("ANTHROPIC_", "CLAUDE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def project(home: Path, settings: str = "") -> Path:
    folder = home / "project" / ".claude"
    folder.mkdir(parents=True)
    if settings:
        (folder / "settings.json").write_text(settings)
    return folder.parent


def log_in(folder: Path) -> None:
    """The file of a login, of a kind that would never let go of who opened it."""
    folder.mkdir()
    os.mkfifo(folder / ".credentials.json")


def test_without_any_sign_there_are_no_credentials(home: Path) -> None:
    assert not has_credentials(project(home))


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK"])
def test_a_variable_is_enough_unless_it_is_empty(home: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "")
    assert not has_credentials(home)
    monkeypatch.setenv(name, "placeholder")
    assert has_credentials(home)


def test_a_login_of_the_cli_is_enough_and_its_file_is_never_opened(home: Path) -> None:
    log_in(home / ".claude")
    assert has_credentials(project(home))


def test_a_login_is_found_in_the_directory_configured_for_the_cli(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(home / ".claude")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / "elsewhere"))
    assert not has_credentials(project(home))
    log_in(home / "elsewhere")
    assert has_credentials(home)


def test_on_macos_where_logins_are_in_the_keychain_the_profile_is_enough(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".claude.json").write_text("{}")
    monkeypatch.setattr(sys, "platform", "linux")
    assert not has_credentials(home)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert has_credentials(home)


@pytest.mark.parametrize(
    ("settings", "enough"),
    [
        ('{"apiKeyHelper": "bin/key.sh"}', True),
        ('{"env": {"ANTHROPIC_API_KEY": "placeholder"}}', True),
        ('{"apiKeyHelper": "", "env": {"PORT": "3000"}}', False),
        ('{"env": "ANTHROPIC_API_KEY"}', False),
        ('["apiKeyHelper"]', False),
        ("{", False),
    ],
)
def test_settings_of_the_project_may_name_a_key(home: Path, settings: str, enough: bool) -> None:
    assert has_credentials(project(home, settings)) is enough


def test_settings_that_the_agent_does_not_read_do_not_count(home: Path) -> None:
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text('{"apiKeyHelper": "key.sh"}')
    assert not has_credentials(project(home))
