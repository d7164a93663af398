"""The environment in which the real CLI talks to a rehearsal, and to nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path

from agent.rehearsal.script import Account

_OURS = ("ANTHROPIC_", "CLAUDE_")
"""Whose variables redirect the CLI: other keys and hosts, cloud back ends, custom headers, telemetry, profiles."""
_KEPT = frozenset({"CLAUDE_CODE_ENTRYPOINT"})
"""Set by the SDK itself; an empty one would win over it."""
_COMMITTER = {"NAME": "Rehearsal", "EMAIL": "rehearsal@localhost"}
"""The fresh home has no settings for git, which will not commit without a name."""
_CREDENTIALS = {Account.KEY: "ANTHROPIC_API_KEY", Account.SUBSCRIPTION: "CLAUDE_CODE_OAUTH_TOKEN"}
_LOOPBACK = ("127.0.0.1", "localhost")


def isolated_env(
    base_url: str, home: Path, inherited: Mapping[str, str] = os.environ, *, account: Account = Account.KEY
) -> dict[str, str]:
    """Variables for `ClaudeAgentOptions(env=...)` that tie the CLI to the rehearsal at `base_url`.

    `home` is a fresh folder for its settings and histories. The SDK adds these to the `inherited` environment and
    cannot take one away, so whatever there could lead elsewhere is made empty, which the CLI reads as not set.
    `account` is how the CLI believes to pay. Use `setting_sources=[]` as well, to leave out the settings in the
    project folder.
    """
    emptied = {name: "" for name in inherited if name.startswith(_OURS) and name not in _KEPT}
    git = {f"GIT_{role}_{what}": who for role in ("AUTHOR", "COMMITTER") for what, who in _COMMITTER.items()}
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
            "XDG_CONFIG_HOME": str(home / ".config"),
            "NO_PROXY": _no_proxy(inherited, "NO_PROXY"),
            "no_proxy": _no_proxy(inherited, "no_proxy"),
        }
    )


def _no_proxy(inherited: Mapping[str, str], name: str) -> str:
    """A proxy stays in force for what tools fetch, but loopback never goes through it."""
    return ",".join(filter(None, [inherited.get(name, ""), *_LOOPBACK]))
