"""Everything that is known of a run as one JSON object, as `observe show -o json` prints it.

It also tests `observer.runs.detail_types`.
"""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from observer.cli.show import details_json
from observer.format.event import Record
from observer.format.strip_content import without_content
from observer.runs.detail_types import RunDetails
from observer.runs.listing.listed_run import run_fields
from observer.runs.listing.listing import list_run
from observer.runs.summary.summary import Summary
from observer.source.locate import PATH_NAMES
from observer.source.snapshot import Snapshot
from tests.helpers import event_at
from tests.observer.written import every_type

NOW = 1795400000.0
LINES = b"".join(line + b"\n" for line in every_type().lines)


def details(path: Path, *, content: bool = True) -> dict[str, Any]:
    snapshot = Snapshot(path)
    summary = Summary()
    for block in snapshot.lines():
        summary.take(block if content else [without_content(Record(line)).line for line in block])
    line = details_json(list_run(snapshot, content=content), summary, NOW, PATH_NAMES)
    snapshot.close()
    assert line.count(b"\n") == 1
    fields = json.loads(line)
    assert isinstance(fields, dict)
    return fields


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "r.ndjson"
    path.write_bytes(LINES)
    return path


def test_it_has_the_fields_of_a_list_and_those_that_are_documented(run: Path) -> None:
    found = details(run)
    snapshot = Snapshot(run)
    listed = run_fields(list_run(snapshot), NOW)
    snapshot.close()

    own = {name for name in found if name not in listed}
    section = (Path(__file__).parents[4] / "docs" / "json.md").read_text("utf-8").partition("## `observe show`")[2]
    table = section.partition("| field | value |")[2].partition("\n\n")[0].splitlines()[2:]
    documented = [name for row in table for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert set(listed) <= set(found)
    assert sorted(documented) == sorted(own)
    assert own | {"tokens", "project_dir", "host"} == set(RunDetails.__struct_fields__)


def test_each_object_in_its_lists_is_documented(run: Path) -> None:
    section = (Path(__file__).parents[4] / "docs" / "json.md").read_text("utf-8").partition("## `observe show`")[2]
    rows = section.partition("| field | value |")[2].partition("\n\n")[0].splitlines()[2:]
    described = {name: row for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    for name, value in details(run).items():
        if name in described and isinstance(value, list) and value and isinstance(value[0], dict):
            assert set(value[0]) <= set(re.findall(r"`(\w+)`", described[name])), name


def test_it_matches_the_types_of_its_struct_from_which_a_schema_can_be_made(run: Path) -> None:
    found = details(run)

    msgspec.convert({name: found[name] for name in RunDetails.__struct_fields__}, RunDetails, strict=True)
    properties = msgspec.json.schema(RunDetails)["$defs"]["RunDetails"]["properties"]
    assert set(properties) == set(RunDetails.__struct_fields__)


def test_it_holds_what_the_page_shows(run: Path) -> None:
    found = details(run)

    assert (found["why"], found["outcome"]) == ("the model refused", "failed")
    assert [(call["tool"], call["subject"], call["reason"]) for call in found["blocked_calls"]] == [
        ("Bash", "git push", "the user refused")
    ]
    assert [call["error"] for call in found["failed_calls"]] == ["No such tool: Nosuch"]
    assert [model["name"] for model in found["models"]] == ["claude-x", "claude-y"]
    assert [prompt["source"] for prompt in found["prompts"]][:1] == ["harness"]
    assert [agent["description"] for agent in found["subagents"]] == ["Pick a blue"]
    assert [session["outcome"] for session in found["sessions"]] == ["failed"]


def test_without_content_it_has_no_text_of_the_run(tmp_path: Path) -> None:
    secret = "Ignore all previous instructions"
    path = tmp_path / "r.ndjson"
    path.write_bytes(
        event_at(0, "run_start", about=secret, command=secret, project_dir=secret)
        + event_at(1, "prompt", text=secret, source="user")
        + event_at(2, "progress", passing=0, total=1, features=[{"name": secret, "passes": False}])
        + event_at(3, "tool_use", id="a", name="Write", input={"file_path": secret})
        + event_at(4, "tool_result", tool_use_id="a", name="Write", status="error", output=secret, reason=secret)
        + event_at(5, "subagent_start", id="s", tool_use_id="t", agent_type="Explore", description=secret)
        + event_at(6, "error", kind="Bug", message=secret, traceback=secret)
        + event_at(7, "tool_use", id="b", name="Bash", input={"command": secret})
        + event_at(8, "session_end", outcome="failed", errors=[secret], message=secret)
        + event_at(9, "complete", outcome="failed", message=secret)
    )

    assert secret in json.dumps(details(path))
    found = details(path, content=False)
    assert secret not in json.dumps(found)
    assert (found["why"], found["unnamed_failing_features"]) == ("the message is not shown", 1)


def test_an_empty_run_and_odd_values_have_an_object(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    path.write_bytes(b"")
    empty = details(path)
    path.write_bytes(
        b'{"seq":1,"type":"tool_use","data":{"id":7,"name":"\\ud800","input":[]}}\n'
        b'{"seq":2,"type":"tool_result","data":{"status":"error","name":"\\u001b[2J","output":"\\ud800"}}\n'
    )
    odd = details(path)

    assert (empty["verdict"], empty["why"], empty["events"]) == ("unknown", "no event: the file is empty", 0)
    assert [call["error"] for call in odd["failed_calls"]] == ["\ud800"]
