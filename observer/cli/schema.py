"""`observe schema`: the JSON Schema of run files, and of the objects that commands print as JSON."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from observer.cli.options.shared_options import command_app
from observer.runs.validation.published_schema import schema_text

_EPILOG = """\b
Exit codes:
  0    the schema was printed
  2    usage error"""

app = command_app()


class Output(StrEnum):
    """What has a schema: lines of a run file, the rows that views show of them, or an object that a command prints."""

    LINES = "lines"
    ROWS = "rows"
    LIST = "list"
    SHOW = "show"
    COMPARE = "compare"
    WAIT = "wait"
    CHECK = "check"


@app.command(epilog=_EPILOG)
def schema_command(
    output: Annotated[
        Output,
        typer.Argument(
            metavar="[OUTPUT]", help="lines, rows, or a command with -o json: list, show, compare, wait, check."
        ),
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
    sys.stdout.flush()  # here an error is handled, at the end of the program it is not


def output_schema(output: Output) -> str:
    """Return the JSON Schema of a row, or of what a command prints with `-o json`, generated from its type."""
    schema = msgspec.json.schema(_type_of(output))
    title = "A row of a run" if output is Output.ROWS else f"observe {output} -o json"
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps(head | schema, indent=2) + "\n"


def _type_of(output: Output) -> type[msgspec.Struct]:
    from observer.runs.comparison.compared_fields import Comparison
    from observer.runs.detail_types import RunDetails
    from observer.runs.outputs import FindingFields, ListedFields, WaitOutcome
    from observer.runs.rows.row_types import Row

    if output is Output.SHOW:
        fields = ListedFields.__annotations__ | RunDetails.__annotations__
        doc = "A run in `observe show -o json`; unknown is null, times are RFC 3339, durations in seconds."
        return msgspec.defstruct("ShownFields", list(fields.items()), namespace={"__doc__": doc})
    types: dict[Output, type[msgspec.Struct]] = {
        Output.LIST: ListedFields, Output.WAIT: WaitOutcome, Output.CHECK: FindingFields, Output.ROWS: Row,
        Output.COMPARE: Comparison,
    }  # fmt: skip
    return types[output]
