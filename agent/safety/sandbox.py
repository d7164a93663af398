"""Limits where the agent may write: the CLI's sandbox for commands, permission rules for its file tools."""

import json
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from claude_agent_sdk import SandboxSettings

from agent.errors import CannotStart

_PROGRAMS = ("bwrap", "socat")
"""The programs that the CLI's sandbox needs on Linux."""
_TRIAL = ("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-pid", "--unshare-net", "--proc", "/proc", "true")
_TRIAL_TIMEOUT_S = 10.0
_SYSCTLS = Path("/proc/sys")
_LOOPBACK = ["localhost", "*.localhost", "127.0.0.1", "::1", "0.0.0.0", "::"]  # noqa: S104 - a connection to it is local
"""Hosts that the sandbox's proxies must not connect to: outside, they are this machine. CLI 2.1.332 compares addresses
in their usual form, and denies other names that resolve to one of them by itself."""
_NAMESPACES_OFF = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        1,
        0,
        "AppArmor forbids unprivileged user namespaces",
    ),  # Ubuntu since 23.10
    ("kernel/unprivileged_userns_clone", 0, 1, "this kernel forbids unprivileged user namespaces"),  # Debian's patch
    ("user/max_user_namespaces", 0, 15000, "this kernel forbids unprivileged user namespaces"),
)
"""Settings that forbid unprivileged user namespaces: the file, the value that does, one that does not, the reason."""
_SOCKET_CHARS = len("claude-http-0123456789abcdef.sock")
"""The length of the socket names that CLI 2.1.332 uses for its sandbox, in the directory for temporary files."""

_MASKED = (
    ".bash_profile", ".bashrc", ".claude", ".gitconfig", ".gitmodules", ".idea", ".mcp.json", ".profile",
    ".ripgreprc", ".vscode", ".zprofile", ".zshrc",
)  # fmt: skip
"""Names that the sandbox of CLI 2.1.332 hides in the working directory, behind files on which `git add -A` fails."""
_PLACEHOLDER = (0, 0o444)
"""Size and permissions of the files that bubblewrap creates as mount points."""
_EXCLUDES = "git-excludes"
_ALTERNATIVE = "pass --no-sandbox if nothing outside the project matters"


class SandboxUnavailable(CannotStart):
    """This machine cannot confine commands; the message is one sentence that says what to do."""


class SandboxOptions(TypedDict):
    """The options of the SDK that confine an agent, for `ClaudeAgentOptions(**...)`."""

    sandbox: SandboxSettings | None
    settings: str


class _FilesystemSettings(TypedDict):
    allowWrite: list[str]


class _SandboxSettings(SandboxSettings):
    """The SDK's type with settings that only the CLI knows. Without the first, it runs without a sandbox silently."""

    failIfUnavailable: bool  # noqa: N815 - the CLI's name
    filesystem: _FilesystemSettings


def sandbox_options(protected: list[Path], *, sandbox: bool, writable: Sequence[Path] = ()) -> SandboxOptions:
    """Return the SDK's options that confine an agent to its working directory.

    With `sandbox`, commands can write there, in the directories `writable` and nowhere else. Nothing may write in the
    directories `protected`. The network stays open, but for servers of this machine: building software fetches packages
    from hosts that cannot be listed in advance.
    """
    settings: _SandboxSettings = {
        "enabled": True,
        "autoAllowBashIfSandboxed": False,
        "allowUnsandboxedCommands": False,
        "failIfUnavailable": True,
        "network": {"allowedDomains": ["*"], "deniedDomains": _LOOPBACK},
        "filesystem": {"allowWrite": [str(path) for path in writable]},
    }
    deny = [f"Edit(/{path}/**)" for path in protected]  # in a rule, two leading slashes mean an absolute path
    return {"sandbox": settings if sandbox else None, "settings": json.dumps({"permissions": {"deny": deny}})}


def git_excludes(agent_dir: Path, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return variables that make git ignore `agent_dir` and the files that the sandbox hides.

    Writes the list of names to `agent_dir`. Raises OSError.
    """
    path = agent_dir / _EXCLUDES
    path.write_text("".join(f"/{name}\n" for name in (agent_dir.name, *_MASKED)))
    count = inherited.get("GIT_CONFIG_COUNT", "")
    index = int(count) if count.isdecimal() else 0
    return {
        "GIT_CONFIG_COUNT": str(index + 1),
        f"GIT_CONFIG_KEY_{index}": "core.excludesFile",
        f"GIT_CONFIG_VALUE_{index}": str(path),
    }


def remove_placeholders(project: Path) -> None:
    """Remove the empty read-only files that the sandbox leaves in the project when its CLI is killed.

    They stand where settings belong: an editor could not create its directory there. Call it when no command runs.
    """
    for path in (project / name for name in _MASKED):
        with suppress(OSError):  # usually it does not exist; one that cannot be removed stays
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and (status.st_size, stat.S_IMODE(status.st_mode)) == _PLACEHOLDER:
                path.unlink()


def require_sandbox(inherited: Mapping[str, str] = os.environ, sysctls: Path = _SYSCTLS) -> None:
    """Try whether the sandbox works on this machine for a CLI with these variables. Raises SandboxUnavailable.

    `sysctls` is the directory of the kernel's settings, which say what to change.
    """
    if sys.platform == "linux":  # macOS has a sandbox of its own; elsewhere the CLI says what is missing
        _try_bubblewrap(inherited, sysctls)


def _try_bubblewrap(inherited: Mapping[str, str], sysctls: Path) -> None:
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        raise SandboxUnavailable(
            f"the sandbox requires {' and '.join(missing)}; run: apt install bubblewrap socat, or {_ALTERNATIVE}"
        )
    _try_socket(next(filter(None, map(inherited.get, ("TMPDIR", "TMP", "TEMP"))), "/tmp"))  # noqa: S108 - as the CLI does
    try:
        trial = subprocess.run(_TRIAL, capture_output=True, timeout=_TRIAL_TIMEOUT_S, check=False)  # noqa: S603 - constant
        failed, reason = trial.returncode != 0, trial.stderr.decode("utf-8", "replace").strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        failed, reason = True, str(error)
    if failed:
        raise SandboxUnavailable(
            f"the sandbox does not work on this machine ({reason}){_namespaces_remedy(sysctls)}, or {_ALTERNATIVE}"
        )


def _namespaces_remedy(sysctls: Path) -> str:
    """Return how to allow unprivileged user namespaces, by the first setting that forbids them."""
    for file, forbidding, allowing, reason in _NAMESPACES_OFF:
        try:
            value = (sysctls / file).read_text().strip()
        except OSError:  # this kernel does not have it
            continue
        if value == str(forbidding):
            return f": {reason}; run: sudo sysctl -w {file.replace('/', '.')}={allowing}"
    return "; allow unprivileged user namespaces"


def _try_socket(directory: str) -> None:
    """Bind a socket as the sandbox will. Its path may have 107 bytes (man 7 unix). Raises SandboxUnavailable."""
    path = Path(directory, secrets.token_hex(_SOCKET_CHARS)[:_SOCKET_CHARS])
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(str(path))
        path.unlink()
    except OSError as error:
        raise SandboxUnavailable(
            f"the sandbox cannot create its sockets in {directory} ({error.strerror or error}); set TMPDIR to a "
            f"writable directory with a short path, such as /tmp, or {_ALTERNATIVE}"
        ) from error
