"""Defaults of options from `~/.config/runtail/config.toml` and from variables named RUNTAIL_*.

An option on the command line takes precedence over a variable, a variable over the file, the file over built-in values.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from msgspec import Struct

from observer.errors import UsageError

PREFIX = "RUNTAIL_"
THEME = "theme"
"""The name of the setting, and of the table, that select colours."""
PAGER = "pager"
"""The name of the setting for the pager: a command, or true or false like an option."""


_REPLACED = {"tz": "utc"}
"""Options that replace another one: of both, the one that is set later counts."""


class Option(Struct, frozen=True):
    """The parameter that takes an option's value, and whether the option can be repeated."""

    parameter: str
    multiple: bool = False

    def value(self, setting: Any) -> str | list[str]:
        """Return a setting as it would be written on the command line; for a repeatable option, a list.

        Raises ValueError when it could not be written there.
        """
        if not self.multiple:
            return _as_argument(setting)
        return [_as_argument(item) for item in (setting if isinstance(setting, list) else [setting])]


Options = Mapping[str, Option]
"""The options of a command by their long names."""


class Settings(Struct, frozen=True):
    """Values of parameters of the command that runs, a theme (its name, or styles by role), and a command for a pager.

    `origins` names where each of the defaults was set, a file or a variable. `warning` says why the settings file could
    not be read; empty if it was, or if there is none.
    """

    defaults: dict[str, Any] = {}
    theme: str | dict[str, str] = "default"
    pager: str | None = None
    warning: str = ""
    origins: dict[str, str] = {}


def config_file(environment: Mapping[str, str]) -> Path | None:
    """Return the path of the user's settings file, which need not exist; None for a user without a home directory.

    A relative directory is ignored, as the XDG specification demands: the file would belong to whoever wrote the
    current directory.
    """
    if os.path.isabs(directory := environment.get("XDG_CONFIG_HOME", "")):
        return Path(directory, "runtail", "config.toml")
    home = environment.get("HOME", "")
    return Path(home, ".config", "runtail", "config.toml") if os.path.isabs(home) else None


def load_settings(
    environment: Mapping[str, str], command: str, commands: Collection[str], options_of: Callable[[str], Options]
) -> Settings:
    """Return the settings of `command`, one of `commands`; `options_of` returns the options of any of them.

    Raises UsageError, naming the file, when a setting is invalid. Options are looked up only for settings that exist.
    """
    path = config_file(environment)
    loader = _Loader(path, command, commands, options_of)
    config, warning = _read(path)
    theme = config.pop(THEME, "default")
    pager = config.pop(PAGER) if isinstance(config.get(PAGER), str) else None
    tables = {name: value for name, value in config.items() if name in commands and isinstance(value, dict)}
    for name, value in config.items():
        if name not in tables:
            loader.set_for_all(_option_name(name), value)
    for name, table in tables.items():
        loader.set_for_one(name, table)
    for name, value in environment.items():
        if name == PREFIX + THEME.upper():
            theme = value
        elif name == PREFIX + PAGER.upper():
            pager = value
        elif name.startswith(PREFIX) and value:
            loader.origin = name
            loader.set(_option_name(name.removeprefix(PREFIX)), value)
    if not isinstance(theme, str | dict):
        raise UsageError(f"{path}: {THEME} must be the name of a theme or a table of styles")
    return Settings(loader.defaults, theme, pager, warning, loader.origins)


class _Loader:
    """Collects the defaults of one command and rejects settings that no command has."""

    def __init__(
        self, path: Path | None, command: str, commands: Collection[str], options_of: Callable[[str], Options]
    ) -> None:
        self.defaults: dict[str, Any] = {}
        self.origins: dict[str, str] = {}
        self.origin = str(path)
        """Where the settings stand that are set now."""
        self._path = path
        self._command = command
        self._commands = commands
        self._options_of = options_of

    def set(self, name: str, value: Any) -> bool:
        """Set an option of the command; return whether the command has it."""
        option = self._options_of(self._command).get(name) if self._command in self._commands else None
        if option is not None:
            self._keep(option, name, value)
        return option is not None

    def set_for_all(self, name: str, value: Any) -> None:
        """Set an option that is not in the table of a command."""
        if self.set(name, value):
            return
        option = next((match for each in self._commands if (match := self._options_of(each).get(name))), None)
        if option is None:
            raise UsageError(f"{self._path}: no command has an option {name!r} (try: observe COMMAND --help)")
        self._checked(option, name, value)

    def set_for_one(self, command: str, table: Mapping[str, Any]) -> None:
        """Set the options of a command's table; of another command's table, only check them."""
        options = self._options_of(command)
        for name, value in table.items():
            option = options.get(_option_name(name))
            if option is None:
                known = ", ".join(sorted(options))
                raise UsageError(f"{self._path}: observe {command} has no option {name!r}; its options are {known}")
            if command == self._command:
                self._keep(option, _option_name(name), value)
            else:
                self._checked(option, _option_name(name), value)

    def _keep(self, option: Option, name: str, value: Any) -> None:
        self.defaults[option.parameter] = self._checked(option, name, value)
        self.origins[option.parameter] = self.origin
        self.defaults.pop(_REPLACED.get(name, ""), None)

    def _checked(self, option: Option, name: str, value: Any) -> str | list[str]:
        try:
            return option.value(value)
        except ValueError as error:
            types = "strings and numbers" if option.multiple else "a string, a number, true or false"
            hint = str(error) or f"use {types}"
            raise UsageError(f"{self._path}: invalid value for {name}: {value!r}; {hint}") from None


def _read(path: Path | None) -> tuple[dict[str, Any], str]:
    """Return the content of the settings file, and a warning if it cannot be read: no command depends on it."""
    if path is None:
        return {}, ""
    try:
        is_other = os.path.exists(path) and not os.path.isfile(path)  # a FIFO would block
        reason = "it is not a regular file" if is_other else ""
        text = "" if reason else path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}, ""
    except UnicodeDecodeError:
        reason, text = "it is not UTF-8", ""
    except OSError as error:
        reason, text = error.strerror or str(error), ""
    if reason:
        return {}, f"cannot read the settings in {path} ({reason}); going on without them"
    import tomllib

    try:
        return tomllib.loads(text), ""
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}; fix or delete it") from None


def _option_name(setting: str) -> str:
    return setting.lower().replace("_", "-")


def _as_argument(setting: Any) -> str:
    if isinstance(setting, bool):
        return str(setting).lower()
    if isinstance(setting, str | int | float):
        if "\0" in str(setting):  # no argument of a command has one, and no name of a file
            raise ValueError("remove the NUL character")
        return str(setting)
    if isinstance(setting, date | time):  # TOML has types for times
        return setting.isoformat()
    raise ValueError


def option_names(parameters: Iterable[tuple[str, Iterable[str], bool]]) -> dict[str, Option]:
    """Return options by their long names, for (parameter, names of its option, whether it can be repeated).

    >>> option_names([("directory", ["--runs"], False), ("full", ["--full"], False)])
    {'runs': Option(parameter='directory', multiple=False), 'full': Option(parameter='full', multiple=False)}
    """
    return {
        name.removeprefix("--"): Option(parameter, multiple)
        for parameter, names, multiple in parameters
        for name in names
        if name.startswith("--")
    }
