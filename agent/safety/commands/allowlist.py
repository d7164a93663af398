"""The names of the commands that may run: those of everyday development, and what the user added."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from agent.errors import CannotStart
from agent.safety.agent_dir import AGENT_DIR
from agent.safety.commands.profiles import EVERYDAY, PROFILES

_VERSIONED = re.compile(
    r"(python|pip|node|ruby|php|lua|perl|gcc|g\+\+|clang|clang\+\+|clang-format|clang-tidy|lld)-?\d[\d.]*"
)
_NAME = re.compile(r"[\w.+:\[@-]+")
_FILE = "allow.toml"
_EXAMPLES = {"allow": 'allow = ["terraform"]', "profiles": 'profiles = ["web", "data"]'}
"""The keys of the file, each with a line for error messages."""


class AllowlistError(CannotStart):
    """The allowlist cannot be used; the message is one sentence for the user."""


class Allowlist:
    """Names of commands. A versioned name such as `python3.12` counts as the plain one."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    @classmethod
    def load(cls, project: Path, extra: Iterable[str] = ()) -> Self:
        """Return the everyday commands with `extra` names, and the names and profiles in `.agent/allow.toml`.

        Raises AllowlistError.
        """
        names = list(extra)
        for name in names:
            _check_name(name, "--allow")
        return cls(EVERYDAY.union(names, _read_names(project / AGENT_DIR / _FILE)))

    def with_default_profiles(self) -> "Allowlist":
        """Return this list with the profiles that are on in the sandbox."""
        return Allowlist(self._names.union(*(profile.names for profile in PROFILES.values() if profile.default)))

    def __contains__(self, name: str) -> bool:
        versioned = _VERSIONED.fullmatch(name)
        return name in self._names or bool(versioned and versioned[1] in self._names)


def _read_names(path: Path) -> frozenset[str]:
    """Return the commands that a project's file allows, by their names or in profiles."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise AllowlistError(f"cannot read {path}: {error.strerror}; fix or delete it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AllowlistError(f"{path} is not valid TOML: {error}; fix or delete it") from None
    for key, value in table.items():
        if key not in _EXAMPLES:
            expected = " and ".join(_EXAMPLES.values())
            raise AllowlistError(f'{path}: unknown key "{key}"; expected lines such as {expected}')
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise AllowlistError(f'{path}: "{key}" must be a list of names, such as {_EXAMPLES[key]}')
    for name in table.get("allow", []):
        _check_name(name, str(path))
    profiles = table.get("profiles", [])
    if unknown := [name for name in profiles if name not in PROFILES]:
        raise AllowlistError(f'{path}: unknown profile "{unknown[0]}"; the profiles are {", ".join(sorted(PROFILES))}')
    return frozenset(table.get("allow", [])).union(*(PROFILES[name].names for name in profiles))


def _check_name(name: str, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise AllowlistError(f'{where}: "{name}" is not a command name; give the name alone, such as docker')
