"""`observe schema` prints the JSON Schema that the observer ships, and `observe check` uses.

Tests observer.cli.schema and observer.format.schema.
"""

import json

import jsonschema
import pytest
from typer.testing import CliRunner

from observer.cli.app import app
from observer.cli.schema import schema_text
from observer.format.schema import Schema
from tests.helpers import event


def test_the_printed_schema_describes_a_line_of_a_run_file() -> None:
    result = CliRunner().invoke(app, ["schema"])
    assert result.exit_code == 0
    validator = jsonschema.Draft202012Validator(json.loads(result.stdout))
    line = json.loads(event("info", message="hello"))
    validator.validate(line)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(line | {"seq": "one"})


def test_a_line_is_valid_if_the_branch_of_its_type_accepts_it() -> None:
    schema = Schema(schema_text())
    line = json.loads(event("info", message="hello"))
    assert schema.accepts(line)
    assert list(schema.violations(line | {"data": {"message": 7}})) == ['data.message: 7 is not of type "string"']
    assert schema.accepts(line | {"type": "note", "data": {"message": 7}})
    assert not schema.accepts(line | {"type": "note", "seq": "one"})
