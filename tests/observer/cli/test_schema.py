"""`observe schema` prints the JSON Schema that the observer ships, and `observe check` uses.

Tests observer.cli.schema, observer.format.schema, observer.runs.validation.published_schema, observer.runs.outputs and
observer.runs.waiting.wait_outcome.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from observer.cli.app import app
from observer.cli.schema import Output, output_schema, schema_text
from observer.format.schema import Schema
from observer.runs.listing.run_filter import RunFilter
from observer.runs.outputs import WaitEnd
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.runs.summary.run_details import RunDetails
from observer.runs.waiting.wait_outcome import wait_outcome
from observer.web.run_directory import RunDirectory
from observer.web.run_list.run_list import RunList
from tests.helpers import RUN, event
from tests.observer.written import every_type


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


ROOT = Path(__file__).parents[3]
OUTPUTS = [output for output in Output if output not in {Output.LINES, Output.ROWS}]
TOKENS = ("input", "output", "cache_read", "cache_write", "thinking")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A directory with a run that has an event of every type, a short one, and one that says nothing."""
    (tmp_path / f"{RUN}.ndjson").write_bytes(every_type().bytes)
    (tmp_path / "short.ndjson").write_bytes((ROOT / "docs" / "example.ndjson").read_bytes())
    (tmp_path / "empty.ndjson").write_bytes(b"")
    return tmp_path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        app([str(one) for one in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def printed(capfd: pytest.CaptureFixture[str], *arguments: object) -> list[Any]:
    run(*arguments)
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def assert_described(output: Output, objects: list[Any]) -> None:
    """Hold that objects are valid, and that they have the fields of the schema and no others."""
    schema = json.loads(output_schema(output))
    validator = jsonschema.Draft202012Validator(schema)
    names = list(schema["$defs"][schema["$ref"].rpartition("/")[2]]["properties"])
    assert objects
    for one in objects:
        validator.validate(one)
        assert sorted(one) == sorted(names)


def test_listed_runs_are_as_their_schema_says(runs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    listed = printed(capfd, "list", "-o", "json", runs)
    assert len(listed) == 3
    assert_described(Output.LIST, listed)
    assert_described(Output.LIST, printed(capfd, "list", "-o", "json", "--no-content", runs))


async def test_runs_of_the_server_are_as_their_schema_says(runs: Path) -> None:
    listed = json.loads(await RunList(RunDirectory(runs)).page(10, None, RunFilter()))["runs"]
    assert all(run.pop("words") for run in listed)
    assert_described(Output.LIST, listed)


@pytest.mark.parametrize("name", [RUN, "short", "empty"])
def test_a_shown_run_is_as_its_schema_says(runs: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = runs / f"{name}.ndjson"
    assert_described(Output.SHOW, printed(capfd, "show", "-o", "json", path))
    assert_described(Output.SHOW, printed(capfd, "show", "-o", "json", "--no-content", path))


def test_a_comparison_is_as_its_schema_says(runs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    paths = runs / f"{RUN}.ndjson", runs / "short.ndjson"
    assert_described(Output.COMPARE, printed(capfd, "compare", "-o", "json", *paths))
    assert_described(Output.COMPARE, printed(capfd, "compare", "-o", "json", "--no-content", *paths))


@pytest.mark.parametrize(
    ("name", "until", "expected"),
    [
        ("short", "complete", {"met": True, "condition": "complete", "ended_by": "condition", "exit_code": 0}),
        ("short", "blocked,type=tool_use", {"condition": "type=tool_use", "event": "tool_use", "seq": 5}),
        ("short", "crashed", {"met": False, "condition": None, "ended_by": "run", "exit_code": 1}),
        ("short", "ended,failed", {"condition": "ended", "conditions": ["ended", "failed"], "verdict": "complete"}),
        ("empty", "complete", {"met": False, "ended_by": "timeout", "exit_code": 3, "verdict": "unknown", "run": None}),
        ("later", "complete", {"met": False, "ended_by": "timeout", "exit_code": 3}),
    ],
)
def test_the_outcome_of_waiting_is_as_its_schema_says(
    runs: Path, name: str, until: str, expected: Mapping[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    path = runs / f"{name}.ndjson"
    outcomes = printed(capfd, "wait", "-o", "json", "--timeout", "0", "--until", until, path)
    assert_described(Output.WAIT, outcomes)
    assert expected.items() <= outcomes[0].items()
    assert outcomes[0]["file"] == str(path)


def test_findings_are_as_their_schema_says(runs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = runs / "broken.ndjson"
    broken.write_bytes(b"{\n" + event("info", message="hello"))
    assert_described(Output.CHECK, printed(capfd, "check", "-o", "json", broken))


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_field_is_documented_in_the_section_of_its_command(output: Output) -> None:
    text = (ROOT / "docs" / "json.md").read_text("utf-8")
    documented = set(re.findall(r"`(\w+)`", text.partition(f"## `observe {output}`")[2].partition("\n## ")[0]))
    fields = set(_properties(json.loads(output_schema(output)))) - set(TOKENS)
    if output is Output.SHOW:  # has those of a list, too
        fields -= set(_properties(json.loads(output_schema(Output.LIST)))) - set(RunDetails.__struct_fields__)
        fields -= {"project_dir", "host"}
    assert fields - documented == set()


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    for definition in schema["$defs"].values():
        yield from definition.get("properties", ())


def test_a_quiet_check_prints_nothing_and_returns_the_same_code(runs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (runs / "broken.ndjson").write_bytes(b"{\n" + event("info", message="hello"))
    for path, code in ((runs / "broken.ndjson", 1), (runs / "short.ndjson", 0)):
        assert run("check", "--quiet", path) == code
        assert capfd.readouterr() == ("", "")
    assert run("check", "-q", runs / "nowhere.ndjson") == 2
    assert "does not exist" in capfd.readouterr().err


def test_a_condition_that_holds_at_the_timeout_was_not_met() -> None:
    status = Status(Verdict.UNKNOWN, missing="no event yet")
    outcome = wait_outcome(
        WaitEnd.TIMEOUT, "timed out", 3, ["unknown"], RunState(), status,
        event=None, file="a.ndjson", silent_s=0.0, waited_s=1.0, now=0.0,
    )  # fmt: skip
    assert (outcome.met, outcome.condition) == (False, None)
