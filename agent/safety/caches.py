"""Gives package managers in the sandbox caches that they may write; those in the user's home are read-only there.

Each project has a directory of its own, `~/.cache/runtail/NAME-HASH`: hardly any cache is verified when it is read, and
what a command of one project leaves there must not run in another one, or outside the sandbox. For the same reason only
commands get the variables that name the caches, not the CLI with its hooks and servers.
"""

import hashlib
import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.platform import user_id
from agent.safety.private_directory import NAME, make_private, user_home
from agent.safety.sandbox import SandboxUnavailable

_ENV_VARIABLE = "CLAUDE_ENV_FILE"
"""Names a file that the CLI's shell reads before each command, in the sandbox."""
_ENV_FILE = "environment.sh"

_PLACES = {
    "XDG_CACHE_HOME": "",  # for everything that follows this convention; the next four do so on Linux only
    "GOCACHE": "go-build",
    "PIP_CACHE_DIR": "pip",
    "PLAYWRIGHT_BROWSERS_PATH": "ms-playwright",
    "UV_CACHE_DIR": "uv",
    "BUN_INSTALL_CACHE_DIR": "bun",
    "CARGO_HOME": "cargo",
    "DENO_DIR": "deno",
    "DOTNET_CLI_HOME": "dotnet",
    "GOMODCACHE": "go/pkg/mod",
    "GOPATH": "go",
    "GRADLE_USER_HOME": "gradle",
    "NPM_CONFIG_CACHE": "npm",
    "NPM_CONFIG_PREFIX": "npm-global",
    "npm_config_cache": "npm",  # npm knows both spellings
    "npm_config_prefix": "npm-global",
    "NUGET_PACKAGES": "nuget",
    "PIPX_BIN_DIR": "pipx/bin",
    "PIPX_HOME": "pipx",
    "PIPX_MAN_DIR": "pipx/man",
    "PNPM_HOME": "pnpm",
    "PUPPETEER_CACHE_DIR": "puppeteer",
    "PYTHONUSERBASE": "python",  # where pip installs if it can write neither into an environment nor into the system
    "UV_PYTHON_INSTALL_DIR": "uv-python",
    "UV_TOOL_BIN_DIR": "uv-bin",
    "UV_TOOL_DIR": "uv-tools",
    "YARN_GLOBAL_FOLDER": "yarn",
}
"""Variables that name a cache, and its place in the project's directory."""
_PROGRAMS = ("cargo/bin", "go/bin", "npm-global/bin", "pipx/bin", "python/bin", "uv-bin")
"""Where `cargo install`, `go install`, `npm install -g` and their like then write programs."""
_LINKS = {
    "CARGO_HOME": ("~/.cargo", ("config", "config.toml", "credentials", "credentials.toml")),
    "GRADLE_USER_HOME": ("~/.gradle", ("gradle.properties", "init.d", "init.gradle")),
    "PLAYWRIGHT_BROWSERS_PATH": ("~/.cache/ms-playwright", ("*-*",)),
}
"""Where the user's own is, and what of it stays readable through symbolic links, as it is more than a cache."""
_UNUSUAL, _MAX_NAME = re.compile(r"[^A-Za-z0-9._-]"), 40
"""Characters of a project's name that the name of its directory does without (the CLI takes some for patterns), and the
number of those that are kept."""
_USER_SITE = "lib/python3.*/site-packages"


def create_caches(project: Path, variables: Mapping[str, str] = os.environ) -> Path:
    """Return the directory for the caches of `project`. It exists, and nobody but this user can enter it.

    Raises SandboxUnavailable when it can be created nowhere.
    """
    real = os.path.realpath(project)
    readable = _UNUSUAL.sub("_", os.path.basename(real))[:_MAX_NAME]
    name = f"{readable}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:12]}"
    problems = []
    for directory in _candidates(variables):
        try:
            directory.parent.mkdir(parents=True, exist_ok=True)
            make_private(directory)
            if make_private(directory / name):
                _link_settings(directory / name, variables)
            return (directory / name).resolve()
        except OSError as error:
            problems.append(f"{error.strerror or error}: {directory}")
    raise SandboxUnavailable(
        f"the sandbox cannot create a directory for package caches ({'; '.join(problems)}); set XDG_CACHE_HOME to a "
        "writable directory"
    )


def caches_env(
    caches: Path, project: Path, agent_dir: Path, variables: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the variable that makes commands use `caches`; writes the file that it names to `agent_dir`.

    A variable that the user has set to a place in `project` stays. Raises OSError.
    """
    lines = []
    if own_file := variables.get(_ENV_VARIABLE):
        quoted = shlex.quote(os.path.abspath(own_file))
        lines.append(f"if [ -r {quoted} ]; then . {quoted}; fi")
    for name, place in _PLACES.items():
        if not _is_inside(project, variables.get(name, "")):
            lines.append(f"export {name}={shlex.quote(str(caches / place))}")
    lines.append("export UV_LINK_MODE=copy")  # no file can be linked from one mount of the sandbox to another
    lines.append(f'export MAVEN_OPTS="${{MAVEN_OPTS-}} -Dmaven.repo.local="{shlex.quote(str(caches / "maven"))}')
    lines.append(f'export PATH="$PATH":{shlex.quote(":".join(map(str, program_directories(caches))))}')
    path = agent_dir / _ENV_FILE
    path.write_text("".join(f"{line}\n" for line in lines))
    return {_ENV_VARIABLE: str(path)}


def program_directories(caches: Path) -> list[Path]:
    """Return where package managers that use `caches` install programs."""
    return [caches / place for place in _PROGRAMS]


def _candidates(variables: Mapping[str, str]) -> Iterator[Path]:
    """Yield where the directories of all projects may be, the best place first. A home may be missing or read-only."""
    if os.path.isabs(configured := variables.get("XDG_CACHE_HOME", "")):
        yield Path(configured, NAME)
    yield user_home(variables) / ".cache" / NAME
    yield Path(tempfile.gettempdir(), f"{NAME}-cache-{user_id()}")


def _link_settings(caches: Path, variables: Mapping[str, str]) -> None:
    """Make what `_LINKS` lists readable in a new directory. In an old one a command may have left links elsewhere."""
    home = user_home(variables)
    for name, (default, patterns) in _LINKS.items():
        own = Path(variables.get(name) or default.replace("~", str(home)))
        for path in [path for pattern in patterns for path in own.glob(pattern)]:
            place = caches / _PLACES[name]
            place.mkdir(exist_ok=True)
            (place / path.name).symlink_to(path.absolute())
    user_base = Path(variables.get("PYTHONUSERBASE") or home / ".local")
    for own in user_base.glob(_USER_SITE):
        site = caches / _PLACES["PYTHONUSERBASE"] / own.relative_to(user_base)
        site.mkdir(parents=True)
        (site / f"{NAME}.pth").write_text(f"{own.absolute()}\n")


def _is_inside(project: Path, value: str) -> bool:
    return bool(value) and Path(os.path.realpath(project / value)).is_relative_to(os.path.realpath(project))
