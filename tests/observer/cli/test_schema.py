"""`observe schema` prints the JSON Schema that the observer ships, and `observe check` uses.

Tests observer.cli.schema and observer.format.schema.
"""

import json

import jsonschema
import pytest
from typer.testing import CliRunner

from observer.cli.app import app
from tests.helpers import event


def test_the_printed_schema_describes_a_line_of_a_run_file() -> None:
    result = CliRunner().invoke(app, ["schema"])
    assert result.exit_code == 0
    validator = jsonschema.Draft202012Validator(json.loads(result.stdout))
    line = json.loads(event("info", message="hello"))
    validator.validate(line)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(line | {"seq": "one"})
