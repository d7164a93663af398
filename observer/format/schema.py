"""Validates lines against the JSON Schema of run files, compiled once for each type of event.

The complete schema branches on the type; choosing the branch in advance makes validation twice as fast.
"""

import json
from collections.abc import Iterator
from typing import Any

from observer.errors import UsageError, missing_packages

_MAX_MESSAGE = 200
"""Characters of a violation's message that are kept, as it quotes the line."""


class Schema:
    """Validates decoded lines against the published schema, given as JSON text.

    Raises UsageError if the optional dependency `jsonschema-rs` is not installed.
    """

    def __init__(self, text: str) -> None:
        try:
            from jsonschema_rs import validator_for  # noqa: PLC0415 - optional
        except ImportError:
            raise UsageError(missing_packages("check", "jsonschema-rs", "check")) from None
        schema: dict[str, Any] = json.loads(text)
        branches = {branch["if"]["properties"]["type"]["const"]: branch["then"] for branch in schema.pop("allOf")}
        self._envelope = validator_for(schema)
        self._validators = {kind: validator_for({**schema, "allOf": [then]}) for kind, then in branches.items()}

    def knows(self, kind: object) -> bool:
        """Return whether this is a type of version 1 of the format."""
        return isinstance(kind, str) and kind in self._validators

    def accepts(self, line: object) -> bool:
        """Return whether a decoded line is valid; a line of an unknown type needs only the keys common to all lines."""
        return bool(self._validator_for(line).is_valid(line))

    def violations(self, line: object) -> Iterator[str]:
        """Yield where and how a decoded line violates the schema, once for each rule."""
        for error in self._validator_for(line).iter_errors(line):
            where = ".".join(map(str, error.instance_path))
            message = error.message if len(error.message) <= _MAX_MESSAGE else error.message[:_MAX_MESSAGE] + " ..."
            yield f"{where}: {message}" if where else message

    def _validator_for(self, line: object) -> Any:
        kind = line.get("type") if isinstance(line, dict) else None
        return self._validators.get(kind, self._envelope) if isinstance(kind, str) else self._envelope
