"""The JSON Schema of a run file's lines, generated from `agent.events`. `python -m agent.schema` prints it.

As tolerant as the format: unknown types and unknown keys are valid, known types must have their fields.
"""

import inspect
import json
import sys
from typing import Any

import msgspec

from agent.events import EVENT_TYPES, FORMAT_VERSION, Line

_TITLE = f"runtail run file, version {FORMAT_VERSION}: one line"
_TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"


def run_file_schema() -> dict[str, Any]:
    """Return the schema as a JSON Schema 2020-12 document."""
    (line, *_), definitions = msgspec.json.schema_components((Line, *EVENT_TYPES), ref_template="#/$defs/{name}")
    _put_null_last(definitions)
    envelope = definitions.pop(line["$ref"].rsplit("/", 1)[1])
    for definition in definitions.values():  # Python 3.13 strips docstrings itself, earlier ones do not
        definition["description"] = inspect.cleandoc(definition.get("description", ""))
    properties = envelope["properties"]
    properties["data"] = {"type": "object"}
    properties["seq"]["minimum"] = 1
    properties["iteration"]["minimum"] = 0
    properties["timestamp"]["pattern"] = _TIMESTAMP
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLE,
        "type": "object",
        "required": envelope["required"],
        "properties": properties,
        "allOf": [
            {
                "if": {"properties": {"type": {"const": event.type}}},
                "then": {"properties": {"data": {"$ref": f"#/$defs/{event.__name__}"}}},
            }
            for event in EVENT_TYPES
        ],
        "$defs": definitions,
    }


def _put_null_last(schema: Any) -> None:
    """Order alternatives in the same way as every version of msgspec does for types that are not structs."""
    if isinstance(schema, dict) and isinstance(schema.get("anyOf"), list):
        schema["anyOf"].sort(key=lambda choice: choice == {"type": "null"})
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _put_null_last(value)


def schema_text() -> str:
    """Return the text of the schema file that the observer ships."""
    return json.dumps(run_file_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
