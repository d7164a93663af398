"""What a project adds to redaction, and exempts from it, in `.agent/redact.toml`, which its agent cannot write.

[add]
names = ["acme_pin"]                               # what has such a name is a secret, in any syntax
values = ["winter-in-oslo"]                        # these texts are secrets
patterns = { acme_token = 'acme_[a-z0-9]{20}' }    # kinds and expressions in the syntax of RE2

[exempt]
kinds = ["jwt", "BUILD_TOKEN"]                     # as in `[redacted:KIND]`
values = ["AKIAIOSFODNN7EXAMPLE"]                  # these texts stay
patterns = ['pk_test_\\w+']                         # so does what one of these matches as a whole
"""

import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import re2

from agent.errors import RunLogUnusable
from agent.runlog.redaction.expressions import compile_expression
from agent.safety.agent_dir import AGENT_DIR

FILE = "redact.toml"
_MIN_CHARS = 4
_KIND = re.compile(r"\w+", re.ASCII)
_TABLES = {"add": ("names", "values", "patterns"), "exempt": ("kinds", "values", "patterns")}


class RedactSettings(NamedTuple):
    """The settings of a project; `patterns` are compiled, those to add with their kinds."""

    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    patterns: tuple[tuple[str, Any], ...] = ()
    exempt_kinds: frozenset[str] = frozenset()
    exempt_values: frozenset[str] = frozenset()
    exempt_patterns: tuple[Any, ...] = ()

    @property
    def lower_names(self) -> tuple[str, ...]:
        """The names in lower case."""
        return tuple(map(str.lower, self.names))

    def exempts(self, kind: str, secret: str) -> bool:
        """Return whether a secret is to be written as it is."""
        if kind in self.exempt_kinds or secret in self.exempt_values:
            return True
        encoded = secret.encode("utf-8", "surrogatepass")
        return any(pattern.fullmatch(encoded) for pattern in self.exempt_patterns)


def read_redact_settings(project: Path) -> RedactSettings:
    """Return the settings in a project's `.agent/redact.toml`, if there is such a file. Raises RunLogUnusable."""
    path = project / AGENT_DIR / FILE
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return RedactSettings()
    except OSError as error:
        raise RunLogUnusable(f"cannot read {path}: {error.strerror}; fix or delete it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RunLogUnusable(f"{path} is not valid TOML: {error}; fix or delete it") from None
    _check_keys(path, tables)
    add, exempt = tables.get("add", {}), tables.get("exempt", {})
    return RedactSettings(
        names=_texts(path, add, "names"),
        values=_texts(path, add, "values"),
        patterns=tuple((kind, _compiled(path, source)) for kind, source in _table(path, add).items()),
        exempt_kinds=frozenset(_texts(path, exempt, "kinds", shortest=1)),
        exempt_values=frozenset(_texts(path, exempt, "values", shortest=1)),
        exempt_patterns=tuple(_compiled(path, source) for source in _texts(path, exempt, "patterns", shortest=1)),
    )


def _check_keys(path: Path, tables: dict[str, Any]) -> None:
    for name, table in tables.items():
        if name not in _TABLES or not isinstance(table, dict):
            raise RunLogUnusable(f'{path}: unknown key "{name}"; expected the tables [add] and [exempt]')
        for key in table:
            if key not in _TABLES[name]:
                raise RunLogUnusable(f'{path}: unknown key "{key}" in [{name}]; expected {", ".join(_TABLES[name])}')


def _texts(path: Path, table: dict[str, Any], key: str, *, shortest: int = _MIN_CHARS) -> tuple[str, ...]:
    texts = table.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise RunLogUnusable(f'{path}: "{key}" must be a list of strings')
    if short := [text for text in texts if len(text) < shortest]:
        raise RunLogUnusable(f'{path}: "{short[0]}" in "{key}" is too short; give at least {shortest} characters')
    return tuple(texts)


def _table(path: Path, add: dict[str, Any]) -> dict[str, str]:
    patterns = add.get("patterns", {})
    if not isinstance(patterns, dict) or not all(isinstance(source, str) for source in patterns.values()):
        raise RunLogUnusable(
            f"{path}: \"patterns\" in [add] must be a table such as {{ acme_token = 'acme_[a-z]{{20}}' }}"
        )
    for kind in patterns:
        if not _KIND.fullmatch(kind):
            raise RunLogUnusable(f"{path}: invalid kind {kind!a} in [add]; use only letters, digits and underscores")
    return patterns


def _compiled(path: Path, source: str) -> Any:
    try:
        pattern = compile_expression(source)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else "invalid"
        raise RunLogUnusable(f'{path}: invalid pattern "{source}": {reason}') from None
    if pattern.search(b"") is not None:
        raise RunLogUnusable(f'{path}: the pattern "{source}" matches the empty text; make it longer')
    return pattern
