"""The names of the commands that may run: those of everyday development, and what the user added."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

_EVERYDAY = {
    "inspecting": "ls cat head tail less more wc file stat du df tree pwd basename dirname realpath readlink which "
    "type whereis date uname hostname whoami id printenv ps pgrep lsof ss netstat uptime free nproc getconf cal",
    "searching": "find fd grep egrep fgrep rg ag ack locate",
    "text": "sort uniq cut tr sed awk gawk diff cmp comm paste column fold fmt nl rev tac tee xargs jq yq xxd od "
    "hexdump base64 md5sum sha1sum sha256sum sha512sum cksum iconv strings envsubst patch join csplit shuf "
    "numfmt uuidgen zgrep xmllint",
    "files": "mkdir rmdir touch cp mv rm ln chmod mktemp install truncate rsync tar gzip gunzip zcat zip unzip xz "
    "bzip2 zstd unlink mkfifo",
    "shell": "cd pushd popd dirs echo printf test [ [[ true false : sleep seq env export set unset declare local "
    "typeset readonly shift return exit break continue read getopts source . deactivate eval exec trap wait jobs fg "
    "bg command builtin hash umask ulimit shopt let time timeout nohup nice stdbuf setsid disown kill pkill "
    "killall watch yes expr bc clear tput stty sh bash dash shellcheck",
    "version control": "git git-lfs",
    "python": "python python3 pip pip3 pipx uv uvx poetry pdm hatch tox nox pytest coverage ruff black isort mypy "
    "pyright flake8 pylint pre-commit virtualenv alembic flask django-admin uvicorn gunicorn streamlit "
    "ipython jupyter",
    "javascript": "node npm npx pnpm yarn bun bunx deno tsc ts-node tsx eslint prettier jest vitest mocha vite next "
    "webpack rollup esbuild playwright corepack",
    "other languages": "go gofmt cargo rustc rustfmt rustup clippy-driver gcc g++ cc c++ clang clang++ clang-format "
    "clang-tidy ld ar nm objdump gdb valgrind java javac jar kotlinc mvn gradle scala sbt ruby gem bundle "
    "bundler rake rails rspec rubocop php composer phpunit perl dotnet swift zig ghc cabal stack elixir "
    "mix lua luajit R Rscript",
    "building": "make gmake cmake ctest ninja meson bazel just task autoconf automake pkg-config configure",
    "data": "sqlite3 protoc",
}
DEFAULT = frozenset(name for names in _EVERYDAY.values() for name in names.split())
"""The commands that may always run. None of them exists to reach other machines, become root or change this machine."""
NETWORK_CLIENTS = frozenset({"curl", "wget", "nc"})
"""May run in the sandbox as well, whose network is open and where nothing downloaded can leave the project."""

_VERSIONED = re.compile(r"(python|pip|node|ruby|php|lua|perl|gcc|g\+\+|clang|clang\+\+)-?\d[\d.]*")
_NAME = re.compile(r"[\w.+:\[@-]+")
_FILE = "allow.toml"
_KEY = "allow"


class AllowlistError(Exception):
    """The allowlist cannot be used; the message is one sentence for the user."""


class Allowlist:
    """Names of commands. A versioned name such as `python3.12` counts as the plain one."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    @classmethod
    def load(cls, project: Path, extra: Iterable[str] = ()) -> Self:
        """Return the default list with `extra` names and those of the project's `.agent/allow.toml`.

        An element of `extra` may hold several names, separated by commas. Raises AllowlistError.
        """
        names = [name.strip() for element in extra for name in element.split(",")]
        for name in names:
            _check_name(name, "--allow")
        return cls(DEFAULT.union(names, _read_names(project / ".agent" / _FILE)))

    def with_network_clients(self) -> "Allowlist":
        """Return this list with NETWORK_CLIENTS."""
        return Allowlist(self._names | NETWORK_CLIENTS)

    def __contains__(self, name: str) -> bool:
        versioned = _VERSIONED.fullmatch(name)
        return name in self._names or bool(versioned and versioned[1] in self._names)


def _read_names(path: Path) -> list[str]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AllowlistError(f"cannot read {path}: {error.strerror}; fix or delete it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AllowlistError(f"{path} is not valid TOML: {error}; fix or delete it") from None
    if unknown := next((key for key in table if key != _KEY), None):
        raise AllowlistError(f'{path}: unknown key "{unknown}"; expected one line such as allow = ["docker", "psql"]')
    names = table.get(_KEY, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise AllowlistError(f'{path}: "{_KEY}" must be a list of names, such as allow = ["docker", "psql"]')
    for name in names:
        _check_name(name, str(path))
    return names


def _check_name(name: str, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise AllowlistError(f'{where}: "{name}" is not a command name; give the name alone, such as docker')
