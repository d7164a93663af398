"""`observe schema`: the JSON Schema of run files, and of the objects that commands print as JSON."""

import json
import sys
from enum import StrEnum
from importlib.resources import files
from typing import Annotated

import msgspec
import typer

from observer.cli.options import command_app

_EPILOG = """\b
Exit codes:
  0    the schema was printed
  2    usage error"""

app = command_app()


class Output(StrEnum):
    """What has a schema: the lines of a run file, or an object that a command prints."""

    LINES = "lines"
    LIST = "list"
    SHOW = "show"
    WAIT = "wait"
    CHECK = "check"


@app.command(epilog=_EPILOG)
def schema_command(
    output: Annotated[
        Output, typer.Argument(metavar="[OUTPUT]", help="lines, or a command with -o json: list, show, wait, check.")
    ] = Output.LINES,
) -> None:
    """Print the JSON Schema of run files, or of a command's JSON output.

    \b
    Examples:
      observe schema > run-file.schema.json
      observe schema | jq '."$defs" | keys'
      observe schema list | jq '."$defs".ListedFields.properties | keys'
    """
    sys.stdout.write(schema_text() if output is Output.LINES else output_schema(output))


def schema_text() -> str:
    """Return the published JSON Schema of the lines of a run file."""
    return (files("observer.format") / "run-file.schema.json").read_text("utf-8")


def output_schema(output: Output) -> str:
    """Return the JSON Schema of the object that a command prints with `-o json`, generated from its type."""
    schema = msgspec.json.schema(_type_of(output))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"observe {output} -o json"}
    return json.dumps(head | schema, indent=2) + "\n"


def _type_of(output: Output) -> type[msgspec.Struct]:
    from observer.runs.detail_types import RunDetails
    from observer.runs.outputs import FindingFields, ListedFields, WaitOutcome

    if output is Output.SHOW:
        fields = ListedFields.__annotations__ | RunDetails.__annotations__
        doc = "A run in `observe show -o json`; unknown is null, times are RFC 3339, durations in seconds."
        return msgspec.defstruct("ShownFields", list(fields.items()), namespace={"__doc__": doc})
    types: dict[Output, type[msgspec.Struct]] = {
        Output.LIST: ListedFields, Output.WAIT: WaitOutcome, Output.CHECK: FindingFields
    }  # fmt: skip
    return types[output]
