"""Whether there is a way to reach a model: asked before a run begins, so that it need not begin in vain."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

_VARIABLES = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
)
_LOGIN = ".credentials.json"
"""What the CLI leaves behind when somebody logs in."""
_PROFILE = ".claude.json"
"""Written by the CLI of whoever has used it. On macOS that is all that is seen: the login is in the keychain."""
_HELPER = "apiKeyHelper"
_MANAGED = {
    "linux": Path("/etc/claude-code/managed-settings.json"),
    "darwin": Path("/Library/Application Support/ClaudeCode/managed-settings.json"),
}

MISSING = (
    "no way to reach a model: set ANTHROPIC_API_KEY, or log in once with the CLI (run `claude`, then `/login`); "
    "or try `agent demo`, which needs neither"
)


def has_credentials(project: Path) -> bool:
    """Whether the environment, a login of the CLI, or settings that the agent reads name a way to reach a model.

    Which one it is, and whether it works, the SDK will see. Of a login only its file is asked for; it is not opened.
    """
    settings = [project / ".claude" / "settings.json", *([_MANAGED[sys.platform]] if sys.platform in _MANAGED else [])]
    return _is_named(os.environ) or _is_logged_in() or any(map(_names_one, settings))


def _is_named(variables: Mapping[str, object]) -> bool:
    return any(variables.get(name) for name in _VARIABLES)


def _is_logged_in() -> bool:
    chosen = os.environ.get("CLAUDE_CONFIG_DIR")
    home = os.path.expanduser("~")
    folder = Path(chosen) if chosen else Path(home, ".claude")
    profile = Path(chosen or home) / _PROFILE
    return os.path.exists(folder / _LOGIN) or (sys.platform == "darwin" and os.path.exists(profile))


def _names_one(settings: Path) -> bool:
    """Whether a file of settings names a program that gives a key, or a variable that is one."""
    try:
        found = json.loads(settings.read_text("utf-8"))
    except (OSError, ValueError):  # not there, or nothing that the CLI could read either, and it will say so
        return False
    if not isinstance(found, dict):
        return False
    variables = found.get("env")
    return bool(found.get(_HELPER)) or (isinstance(variables, dict) and _is_named(variables))
