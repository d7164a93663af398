"""Events and verdicts in words.

Holds `observer.runs.words.describe`, `observer.runs.words.describe_tools` and `observer.runs.words.describe_status`,
`observer.runs.words.describe_conversation` and `observer.runs.words.words`, and the page's copy of the words for
verdicts.

`tests/rows.json` is the table: an event, its `words` on one line, and its `row`, see tests/observer/runs/rows.
"""

import json
import shutil
import subprocess
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

import observer
from agent.events import EVENT_TYPES
from observer.format.event import Event, Malformed, decode
from observer.format.fields import Fields
from observer.format.glyphs import ASCII
from observer.format.line import Line, Oversize
from observer.format.zone import Zone
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.runs.trouble import ALARMING, is_trouble
from observer.runs.words.describe import blocked_calls, describe, describe_broken, describe_truncated
from observer.runs.words.describe_status import describe_progress, describe_status, status_parts
from observer.runs.words.describe_tools import describe_call, describe_use, subject_of
from observer.runs.words.words import Words
from tests.helpers import LIMIT_S

PROJECT = "/home/me/greeter"
TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parents[3] / "rows.json").read_text("utf-8"))
STATUSES = {
    Status(Verdict.WORKING): "working",
    Status(Verdict.WORKING, until="2026-11-28T03:20:19+02:00"): "working paused until 2026-11-28 01:20:19 UTC",
    Status(Verdict.IN_TOOL, "mcp__github__list_issues", 12.0): "in tool github list_issues 12s",
    Status(Verdict.RATE_LIMITED, until="2026-11-28T03:20:19.5+02:00"): "rate limited until 2026-11-28 01:20:19 UTC",
    Status(Verdict.WAITING_ON_HUMAN, seconds=12.0, waiting_for="input needed"): "waiting on human (input needed) 12s",
    Status(Verdict.WAITING_ON_HUMAN, "Bash", 12.0, waiting_for="a\x1b[1mb"): "waiting on human Bash (a\x1b[1mb) 12s",
    Status(Verdict.RATE_LIMITED, until="soon"): "rate limited",
    Status(Verdict.STALLED, seconds=725.0): "stalled for 12m 05s",
    Status(Verdict.UNKNOWN, missing="no event yet"): "unknown: no event yet",
    Status(Verdict.UNKNOWN, seconds=7200.0, missing="no heartbeat"): "unknown: no heartbeat; last event 2h 00m ago",
    Status(Verdict.CRASHED): "crashed",
}


def event(of: dict[str, Any]) -> Event:
    decoded = decode(Line(json.dumps(of).encode(), 0))
    assert isinstance(decoded, Event)
    return decoded


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"{entry['event']['type']}-{entry['words'][:20]}")
def test_each_event_reads_as_the_table_says(entry: dict[str, Any]) -> None:
    assert describe(event(entry["event"]), project=PROJECT).line() == entry["words"]


def test_times_are_in_the_zone_that_is_asked_for() -> None:
    zone = Zone("Asia/Tokyo", timezone(timedelta(hours=9), "JST"))
    start = {"type": "run_start", "timestamp": "2026-11-23T20:00:00Z", "data": {}}
    limit = {"type": "rate_limit", "data": {"status": "rejected", "resets_at": "2026-11-28T03:20:19+02:00"}}
    assert describe(event(start), zone=zone).facts == ("2026-11-24 05:00:00 JST",)
    assert describe(event(limit), zone=zone).facts == ("resets 2026-11-28 10:20:19 JST",)
    limited = Status(Verdict.RATE_LIMITED, until="2026-11-28T03:20:19+02:00")
    assert describe_status(limited, zone, 1795824000) == "rate limited until 10:20:19 JST"


def test_the_table_has_every_type_of_the_format_and_an_unknown_one() -> None:
    types = {entry["event"]["type"] for entry in TABLE}
    assert types > {kind.type for kind in EVENT_TYPES}


def test_every_alarming_kind_of_info_counts_as_a_problem() -> None:
    for kind in ALARMING:
        remark = event({"type": "info", "data": {"kind": kind, "message": "m"}})
        assert describe(remark) == Words(kind.replace("_", " "), "m")
        assert is_trouble(remark)


def test_an_event_without_any_of_its_fields_reads_without_gaps() -> None:
    for kind in EVENT_TYPES:
        words = describe(event({"type": kind.type, "data": {}})).line()
        assert words == words.strip(" ·:")
        assert "None" not in words


def test_descriptions_are_ascii_where_the_screen_is() -> None:
    call = {"type": "tool_use", "data": {"name": "Edit", "input": {"old_string": "a", "new_string": "b"}}}
    assert describe(event(call), glyphs=ASCII).line(ASCII) == "Edit - +1 -1"


def test_a_long_description_has_the_traceback_and_the_blocked_calls() -> None:
    failure = {"type": "error", "data": {"kind": "bug", "message": "no\nat all", "traceback": "File x\n  line 1\n"}}
    assert describe(event(failure)) == Words("bug", "no", (), ("at all", "File x", "  line 1"))
    end = event(
        {"type": "complete", "data": {"blocked": [{"name": "Bash", "command": "rm x", "rule": "rm"}, "odd", {}]}}
    )
    assert describe(end).details == ("2 calls blocked", "rm x  rm", "odd")
    assert [call.rule for call in blocked_calls(end)] == ["rm", ""]


def test_malformed_lines_are_described_by_offset_and_length() -> None:
    assert describe_broken(Malformed(7, 9, "not JSON", "x")) == "malformed line at byte 7: not JSON"
    assert describe_broken(Oversize(7, 20_000_000)) == "oversize line at byte 7: 20 MB, too long to show"
    assert describe_truncated(Line(b"{", 7)) == "incomplete last line at byte 7: 1 B without a newline"


def test_only_paths_inside_the_project_are_relative_to_it() -> None:
    subjects = [describe_call("Read", Fields({"file_path": path}), "/p/")[0] for path in ("/p/a", "/p", "/pa", "/q/a")]
    assert subjects == ["a", "/p", "/pa", "/q/a"]


@pytest.mark.parametrize(("status", "words"), STATUSES.items(), ids=STATUSES.values())
def test_each_verdict_reads_with_its_tool_its_seconds_and_its_end(status: Status, words: str) -> None:
    assert describe_status(status) == words


def test_progress_is_described_by_nothing_before_the_first_count() -> None:
    assert [describe_progress(RunState()), describe_progress(RunState(passing=0, total=3))] == ["", "0/3"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's scripts in one directory, as the browser sees them."""
    directory = tmp_path_factory.mktemp("page")
    (directory / "package.json").write_text('{"type": "module"}')
    for script in (Path(observer.__file__).parent / "web" / "page").glob("*.js"):
        shutil.copy(script, directory)
    return directory


def in_page(page: Path, script: str, values: object) -> Any:
    """Return what a script prints as JSON; `values` is its input, and the page's functions are at hand."""
    code = """
globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
const { statusText } = await import("./run_status.js");
"""
    code += f"const values = {json.dumps(values)};\nconsole.log(JSON.stringify({script}));\n"
    node = subprocess.run(
        ["node", "--input-type=module"],
        input=code,
        cwd=page,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert node.returncode == 0, node.stderr
    return json.loads(node.stdout)


@pytest.mark.needs("node")
def test_the_page_reads_each_verdict_as_the_terminal_does(page: Path) -> None:
    values = [msgspec.to_builtins(status_parts(status)) for status in STATUSES]
    assert in_page(page, "values.map((value) => statusText(value, 0, null))", values) == list(STATUSES.values())


@pytest.mark.parametrize("name", ["Bash", "Write", "Edit", "Read", "Grep", "Glob", "Task", "mcp__x", ""])
@pytest.mark.parametrize("value", ["/p/a", "", None, 5])
def test_the_subject_of_a_call_is_the_same_with_and_without_the_remark(name: str, value: object) -> None:
    keys = ("command", "file_path", "pattern", "path", "description")
    for arguments in (dict.fromkeys(keys, value), {}, None, "a", *({key: value} for key in keys)):
        event = Event(Line(b"", 0), "tool_use", {"name": name, "input": arguments})
        assert subject_of(event, "/p") == describe_use(event, "/p")[0]


def test_blank_lines_at_the_ends_of_an_output_do_not_count() -> None:
    data = {"name": "Bash", "status": "success", "output": "\na\nb\n\n"}
    assert describe(Event(Line(b"", 0), "tool_result", data)).facts == ("2 lines, 6 B",)


def test_a_file_that_was_read_has_the_counts_of_the_file() -> None:
    data = {"name": "Read", "status": "success", "output": "     1\ta\n     2\tb\n     3\t", "output_bytes": 25}
    assert describe(Event(Line(b"", 0), "tool_result", data)).facts == ("2 lines, 4 B",)
