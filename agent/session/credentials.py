"""Checks that there are credentials for a model before a run starts, because it would fail without them."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from agent.platform import home_directory

_VARIABLES = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
)
_LOGIN = ".credentials.json"
"""The file that the CLI writes at login."""
_PROFILE = ".claude.json"
"""The file that the CLI writes when it is used. On macOS there is no other sign: the login is in the keychain."""
_HELPER = "apiKeyHelper"
_MANAGED = {
    "linux": Path("/etc/claude-code/managed-settings.json"),
    "darwin": Path("/Library/Application Support/ClaudeCode/managed-settings.json"),
}

MISSING = (
    "no credentials for a model: set ANTHROPIC_API_KEY, or log in once with the CLI (run `claude`, then `/login`); "
    "or try `agent demo`, which needs neither"
)


def has_credentials(project: Path) -> bool:
    """Return whether the environment, a login of the CLI, or settings that the agent reads contain credentials.

    Does not check whether they work, and never opens the file of a login.
    """
    settings = [project / ".claude" / "settings.json", *([_MANAGED[sys.platform]] if sys.platform in _MANAGED else [])]
    return _has_variable(os.environ) or _is_logged_in() or any(map(_settings_have_credentials, settings))


def _has_variable(variables: Mapping[str, object]) -> bool:
    return any(variables.get(name) for name in _VARIABLES)


def _is_logged_in() -> bool:
    config_dir = os.environ.get("CLAUDE_CONFIG_DIR")
    home = home_directory()
    directory = Path(config_dir) if config_dir else Path(home, ".claude")
    profile = Path(config_dir or home) / _PROFILE
    return os.path.exists(directory / _LOGIN) or (sys.platform == "darwin" and os.path.exists(profile))


def _settings_have_credentials(path: Path) -> bool:
    """Return whether a settings file names a program that prints a key, or sets a variable that holds one."""
    try:
        settings = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # missing, or invalid, which the CLI will report itself
        return False
    if not isinstance(settings, dict):
        return False
    variables = settings.get("env")
    return bool(settings.get(_HELPER)) or (isinstance(variables, dict) and _has_variable(variables))
