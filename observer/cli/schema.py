"""`observe schema`: the JSON Schema of run files."""

import sys
from importlib.resources import files

from observer.cli.options import command_app

_EPILOG = """\b
Exit codes:
  0    the schema was printed
  2    usage error"""

app = command_app()


@app.command(epilog=_EPILOG)
def schema_command() -> None:
    """Print the JSON Schema of the lines of a run file.

    \b
    Examples:
      observe schema > run-file.schema.json
      observe schema | jq '."$defs" | keys'
    """
    sys.stdout.write(schema_text())


def schema_text() -> str:
    """Return the published JSON Schema of the lines of a run file."""
    return (files("observer.format") / "run-file.schema.json").read_text("utf-8")
