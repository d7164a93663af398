"""Does a line hold what its type promises? The run file's JSON Schema, compiled once for each type of event.

The whole schema branches on the type; with the branch taken beforehand a line is validated twice as fast.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from observer.errors import UsageError

_LONGEST = 200
"""Characters of a violation's own words that are repeated: they quote the line."""


def schema_text() -> str:
    """Return the JSON Schema of a run file's lines, as it was published."""
    return (files("observer.format") / "run-file.schema.json").read_text("utf-8")


class Schema:
    """The rules for the lines of a run file. Raises UsageError when the extra `check` is not installed."""

    def __init__(self) -> None:
        try:
            from jsonschema_rs import validator_for  # noqa: PLC0415 - an extra
        except ImportError:
            raise UsageError("check needs jsonschema-rs; run: pip install 'runtail[check]'") from None
        whole: dict[str, Any] = json.loads(schema_text())
        branches = {branch["if"]["properties"]["type"]["const"]: branch["then"] for branch in whole.pop("allOf")}
        self._envelope = validator_for(whole)
        self._validators = {kind: validator_for({**whole, "allOf": [then]}) for kind, then in branches.items()}

    def knows(self, kind: object) -> bool:
        """Tell whether this is a type of version 1 of the format."""
        return kind in self._validators

    def accepts(self, line: object) -> bool:
        """Tell whether a decoded line is valid; one of an unknown type needs only the keys that every line has."""
        return bool(self._of(line).is_valid(line))

    def violations(self, line: object) -> Iterator[str]:
        """Yield, for each rule that a decoded line breaks, where and how."""
        for error in self._of(line).iter_errors(line):
            where = ".".join(map(str, error.instance_path))
            words = error.message if len(error.message) <= _LONGEST else error.message[:_LONGEST] + " ..."
            yield f"{where}: {words}" if where else words

    def _of(self, line: object) -> Any:
        kind = line.get("type") if isinstance(line, dict) else None
        return self._validators.get(kind, self._envelope) if isinstance(kind, str) else self._envelope
