"""The environment in which the real CLI connects to a rehearsal, and to nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path

from agent.platform import home_directory
from agent.rehearsal.script import Account

_CLI_PREFIXES = ("ANTHROPIC_", "CLAUDE_")
"""Prefixes of variables that redirect the CLI: keys and hosts, cloud back ends, custom headers, telemetry, profiles."""
_RETAINED = frozenset({"CLAUDE_CODE_ENTRYPOINT"})
"""Set by the SDK itself; an empty value would override it."""
_COMMITTER = {"NAME": "Rehearsal", "EMAIL": "rehearsal@localhost"}
"""The new home has no git settings, and git does not commit without a name."""
_CREDENTIALS = {Account.KEY: "ANTHROPIC_API_KEY", Account.SUBSCRIPTION: "CLAUDE_CODE_OAUTH_TOKEN"}
_TOOLCHAINS = "RUSTUP_HOME"
"""Where `cargo` looks for the real one: by default in the home, which is new and empty here."""
_LOOPBACK = ("127.0.0.1", "localhost")


def isolated_env(
    base_url: str, home: Path, inherited: Mapping[str, str] = os.environ, *, account: Account = Account.KEY
) -> dict[str, str]:
    """Return variables for `ClaudeAgentOptions(env=...)` that connect the CLI to the rehearsal at `base_url`.

    `home` is a new directory for its settings and histories; `account` is the billing mode that the CLI assumes.
    The SDK adds these to the `inherited` environment and cannot remove any variable. So those that could lead elsewhere
    are set to the empty string, which the CLI treats as unset. Pass `setting_sources=[]` as well, to ignore the
    settings in the project directory.
    """
    emptied = {name: "" for name in inherited if name.startswith(_CLI_PREFIXES) and name not in _RETAINED}
    git = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _COMMITTER.items()}
    return (
        emptied
        | git
        | {
            "ANTHROPIC_BASE_URL": base_url,
            _CREDENTIALS[account]: "rehearsal",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_TMPDIR": str(home / "tmp"),
            "CLAUDE_CONFIG_DIR": str(home / ".claude"),
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "DISABLE_TELEMETRY": "1",
            "HOME": str(home),
            _TOOLCHAINS: inherited.get(_TOOLCHAINS) or os.path.join(home_directory(), ".rustup"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "NO_PROXY": _exclude_loopback(inherited, "NO_PROXY"),
            "no_proxy": _exclude_loopback(inherited, "no_proxy"),
        }
    )


def _exclude_loopback(inherited: Mapping[str, str], name: str) -> str:
    """Return the variable's value with loopback added. Tools may use a proxy, requests to the rehearsal must not."""
    return ",".join(filter(None, [inherited.get(name, ""), *_LOOPBACK]))
