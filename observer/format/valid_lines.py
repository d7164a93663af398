"""Decodes blocks of lines that conform to the JSON Schema of run files, several times faster than other lines. Pure.

The types are built from the schema, so that it remains the only description of the format. They are stricter than it: a
line with a key that the schema does not name, or with a number written in an unusual way, is left to the decoders that
take any line.
"""

import json
import re
from collections.abc import Mapping
from functools import reduce
from io import BytesIO
from operator import or_
from typing import Annotated, Any, Literal, Protocol

from msgspec import UNSET, Meta, UnsetType, defstruct
from msgspec.json import Decoder

from observer.format.tolerant_json import REFUSED

_SCALARS: Mapping[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "null": None}


class ValidLine(Protocol):
    """A line that conforms to the schema. The fields of `data` are attributes; `UNSET` if the line lacks one."""

    seq: int
    timestamp: str
    run: str
    type: str
    phase: str
    iteration: int
    parent: str | None
    data: Any


class ValidLines:
    """Decodes lines that conform to a schema, given as JSON text."""

    def __init__(self, schema_text: str) -> None:
        schema: dict[str, Any] = json.loads(schema_text)
        types = _Types(schema["$defs"])
        envelope = {key: value for key, value in schema["properties"].items() if key not in {"type", "data"}}
        # A pattern that msgspec checks takes as long as half a line: they are checked for all lines together.
        self._patterns = {key: _lines_of(value.pop("pattern")) for key, value in envelope.items() if "pattern" in value}
        fields = [(key, types.of(value)) for key, value in envelope.items()]
        lines = []
        for branch in schema["allOf"]:
            name = branch["if"]["properties"]["type"]["const"]
            data = types.of(branch["then"]["properties"]["data"])
            lines.append(
                defstruct(
                    name, [*fields, ("data", data)], namespace={"type": name}, tag_field="type", tag=name,
                    forbid_unknown_fields=True, gc=False,
                )
            )  # fmt: skip
        self._decode = Decoder(reduce(or_, lines)).decode

    def decode(self, block: bytes) -> list[ValidLine] | None:
        r"""Return the lines of a block, which ends with `\n`; None unless all of them conform."""
        if not block.endswith(b"\n"):
            return None
        try:
            valid: list[Any] = list(map(self._decode, BytesIO(block)))
        except REFUSED:
            return None
        return valid if all(_match(valid, key, lines) for key, lines in self._patterns.items()) else None


def _match(valid: list[Any], key: str, lines: re.Pattern[str]) -> bool:
    """Return whether each value of a key matches the pattern of `lines`."""
    values = "\n".join([getattr(line, key) for line in valid])
    return lines.fullmatch(values) is not None and values.count("\n") == len(valid) - 1


def _lines_of(pattern: str) -> re.Pattern[str]:
    """Return the expression for lines each of which matches a pattern of the schema."""
    one = _python_pattern(pattern)
    return re.compile(rf"{one}(?:\n{one})*")


def _python_pattern(pattern: str) -> str:
    r"""Return a pattern of JSON Schema, which means ASCII digits by `\d`, and the end of the text by `$`."""
    return f"(?a:{pattern.removeprefix('^').removesuffix('$')})"


class _Types:
    """Builds types from the definitions of a schema. Every key is checked: what is skipped would not be decoded."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._built: dict[str, Any] = {}

    def of(self, schema: Mapping[str, Any]) -> Any:
        """Return the type of the values that a part of the schema accepts."""
        if "$ref" in schema:
            return self._named(schema["$ref"].rsplit("/", 1)[1])
        if "anyOf" in schema:
            return reduce(or_, map(self.of, schema["anyOf"]))
        if "enum" in schema:
            return Literal[tuple(schema["enum"])]
        match schema["type"]:
            case "array":
                return list[self.of(schema["items"])]  # type: ignore[misc] # a type that is known only at run time
            case "object":
                return dict[str, Any]
            case scalar:
                return _restricted(_SCALARS[scalar], schema)

    def _named(self, name: str) -> Any:
        if name not in self._built:
            schema = self._definitions[name]
            self._built[name] = self._struct(name, schema) if "properties" in schema else self.of(schema)
        return self._built[name]

    def _struct(self, name: str, schema: Mapping[str, Any]) -> Any:
        required = schema.get("required", [])
        fields: list[Any] = []
        for key, value in schema["properties"].items():
            kind = self.of(value)
            fields.append((key, kind) if key in required else (key, kind | UnsetType, UNSET))
        return defstruct(name, fields, kw_only=True, forbid_unknown_fields=True, gc=False)


def _restricted(scalar: Any, schema: Mapping[str, Any]) -> Any:
    if "minimum" in schema:
        return Annotated[scalar, Meta(ge=schema["minimum"])]
    if "pattern" in schema:
        return Annotated[scalar, Meta(pattern=rf"\A{_python_pattern(schema['pattern'])}\Z")]
    return scalar
