"""What somebody likes as a default: `~/.config/runtail/config.toml`, and variables named RUNTAIL_.

An option that is given counts first, then the variable, then the file, then what is built in.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from observer.errors import UsageError

PREFIX = "RUNTAIL_"
THEME = "theme"
"""The name of the setting, and of the table, that say how things look."""


class Option(Struct, frozen=True):
    """The parameter that takes an option's value, and whether it takes several."""

    parameter: str
    several: bool = False

    def value(self, told: Any) -> str | list[str]:
        """What the parameter takes, as it would be written on the command line; of several, a list.

        Raises ValueError when it could not be written there.
        """
        if not self.several:
            return _written(told)
        return [_written(item) for item in (told if isinstance(told, list) else [told])]


Options = Mapping[str, Mapping[str, Option]]
"""For each command its options by their long names."""


class Settings(Struct, frozen=True):
    """`defaults` are the values of parameters for each command, `theme` a theme's name or styles by role."""

    defaults: dict[str, dict[str, Any]] = {}
    theme: str | dict[str, str] = "default"


def config_file(environment: Mapping[str, str]) -> Path:
    """Return where the settings of the person who runs this are, whether there are any or not."""
    home = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/"), ".config")
    return Path(home, "runtail", "config.toml")


def load(environment: Mapping[str, str], options: Options) -> Settings:
    """Return the settings. Raises UsageError, saying where, when one is wrong."""
    path = config_file(environment)
    told = _read(path)
    theme = told.pop(THEME, "default")
    defaults: dict[str, dict[str, Any]] = {command: {} for command in options}
    for name, value in told.items():
        if name in options and isinstance(value, dict):
            continue
        _for_all(defaults, options, _option(name), value, path)
    for command, table in told.items():
        if command in options and isinstance(table, dict):
            for name, value in table.items():
                option = options[command].get(_option(name))
                if option is None:
                    known = ", ".join(sorted(options[command]))
                    raise UsageError(f"{path}: observe {command} has no option {name!r}; it has {known}")
                _set({command: defaults[command]}, options, _option(name), value, path)
    for name, value in environment.items():
        if name == PREFIX + THEME.upper():
            theme = value
        elif name.startswith(PREFIX) and value:
            _set(defaults, options, _option(name.removeprefix(PREFIX)), value, path)
    if not isinstance(theme, str | dict):
        raise UsageError(f"{path}: {THEME} is the name of a theme, or a table of styles")
    return Settings(defaults, theme)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); mend or remove it") from None
    import tomllib

    try:
        return tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}; mend or remove it") from None


def _option(name: str) -> str:
    return name.lower().replace("_", "-")


def _for_all(defaults: dict[str, dict[str, Any]], options: Options, name: str, value: Any, path: Path) -> None:
    if not _set(defaults, options, name, value, path):
        raise UsageError(f"{path}: no command has an option {name!r}; observe COMMAND --help shows what there is")


def _set(defaults: dict[str, dict[str, Any]], options: Options, name: str, value: Any, path: Path) -> bool:
    """Set an option of those of the commands in `defaults` that have it; return whether any has."""
    found = [(command, options[command][name]) for command in defaults if name in options[command]]
    for command, option in found:
        try:
            defaults[command][option.parameter] = option.value(value)
        except ValueError:
            what = "texts and numbers" if option.several else "a text, a number, true or false"
            raise UsageError(f"{path}: {name} cannot be {value!r}; write {what}") from None
    return bool(found)


def _written(told: Any) -> str:
    if isinstance(told, bool):
        return str(told).lower()
    if isinstance(told, str | int | float):
        return str(told)
    if isinstance(told, date):  # TOML has times of its own
        return told.isoformat()
    raise ValueError


def option_names(parameters: Iterable[tuple[str, Iterable[str], bool]]) -> dict[str, Option]:
    """Return the options of a command by their long names, for (parameter, its options, whether it takes several).

    >>> option_names([("folder", ["--runs"], False), ("run", ["run"], False)])
    {'runs': Option(parameter='folder', several=False)}
    """
    return {
        option.removeprefix("--"): Option(parameter, several)
        for parameter, declared, several in parameters
        for option in declared
        if option.startswith("--")
    }
