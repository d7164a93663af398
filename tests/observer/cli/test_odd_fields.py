"""Each field of each type of event may hold anything: every view and report shows the rest."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from observer.cli.report import Format, report
from observer.format.event import Record
from observer.format.lines import LineSplitter
from observer.runs.listing.listed_run import run_json
from observer.runs.listing.listing import list_run
from observer.runs.one_run.run import load_run
from observer.runs.summary.summary import Summary
from observer.source.snapshot import Snapshot
from observer.terminal.pretty_view import PrettyView
from observer.terminal.run_table import table_lines
from observer.terminal.screen import Screen
from observer.terminal.status_line import StatusLine
from observer.terminal.summary_view import summary_lines
from observer.terminal.text_view import TextView
from observer.terminal.view import View
from observer.terminal.viewer import RunViewer
from observer.web.summaries.thinned_timeline import ThinnedTimeline
from tests.observer.cli.test_mutated_files import Items
from tests.observer.terminal.rendering import RecordingSink
from tests.observer.written import every_type

OBSERVER = Path(__file__).parents[3] / "observer"
VALUES: list[Any] = [None, [], [[]], [7, "x", None], {}, {"a": [1]}, True, -1, 1e308, 10**30, "", "x\u202e"]


def keys_of(value: Any) -> set[str]:
    """Return every key in a JSON value."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value)) if value else set()
    return set(value).union(*map(keys_of, value.values())) if isinstance(value, dict) else set()


def replaced(value: Any, key: str, new: Any) -> Any:
    """Return a JSON value with `new` in place of each field of a name."""
    if isinstance(value, list):
        return [replaced(item, key, new) for item in value]
    if isinstance(value, dict):
        return {name: new if name == key else replaced(item, key, new) for name, item in value.items()}
    return value


EVENTS = [json.loads(line) for line in every_type().lines]
KEYS = sorted(keys_of(EVENTS) - {"data"})
GROUPS = [KEYS[begin : begin + 6] for begin in range(0, len(KEYS), 6)]
"""Of fields that are tried one after the other in one file."""


class Always(StatusLine):
    """A status line that is drawn after every event."""

    def due(self) -> bool:
        return True


@pytest.mark.parametrize("keys", GROUPS, ids=",".join)
def test_a_field_of_any_type_costs_no_view_and_no_report(keys: list[str], tmp_path: Path) -> None:
    """The events that have one stand between a good run before, and the same one behind."""
    having = [(key, event) for key in keys for event in EVENTS if key in keys_of(event)]
    odd = [replaced(event, key, value) for value in VALUES for key, event in having]
    show_everywhere([*EVENTS, *odd, *EVENTS], tmp_path / "run.ndjson")


def test_data_of_any_type_costs_no_view_and_no_report(tmp_path: Path) -> None:
    show_everywhere([{**event, "data": value} for value in VALUES for event in EVENTS], tmp_path / "run.ndjson")


def show_everywhere(events: list[Any], path: Path) -> None:
    data = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    screen = Screen(width=lambda: 60)
    views: list[View] = [
        PrettyView(RecordingSink(), screen), PrettyView(RecordingSink(), screen, full=True),
        TextView(RecordingSink(), screen, RecordingSink()),
    ]  # fmt: skip
    for view in views:
        view.add_context([Record(line) for line in LineSplitter().feed(data)])
        status = Always(RecordingSink(), screen)
        asyncio.run(RunViewer(Items(data), lambda _, view=view: view, status=status).run())  # type: ignore[misc]
    path.write_bytes(data)
    snapshot, summary = Snapshot(path), Summary()
    for batch in snapshot.lines():
        summary.take(batch)
    listed = list_run(snapshot)
    assert summary.events == len(events)
    summary_lines(listed, summary, listed.arrived, screen)
    table_lines([listed], listed.arrived, screen)
    json.loads(run_json(listed, listed.arrived))
    snapshot.close()
    timeline = ThinnedTimeline()
    with load_run(path) as run:
        for kind in Format:
            assert "".join(report(run, kind))
        for event in run.events:
            timeline.take(event)
        json.dumps(timeline.as_json())
        assert run.text() is not None
        assert len(run.blocked) <= len(run.tools())


def test_nothing_takes_a_field_of_an_event_without_checking_its_type() -> None:
    unchecked = re.compile(r"(?<!line)(?<!block)\.data(\.get\(|\[)")  # those of lines and blocks are bytes
    accessors = {"fields.py", "strip_content.py", "lines.py"}  # look at the type of every value; at bytes
    of_dialects = {  # the data of events that they have made themselves
        "costs.py", "opening.py", "todo_lists.py", "stream_json.py", "processes.py", "transcript.py", "process.py",
    }  # fmt: skip
    paths = [path for path in OBSERVER.rglob("*.py") if path.name not in of_dialects]
    sources = {path: path.read_text("utf-8") for path in paths if path.name not in accessors}
    assert [str(path) for path, source in sources.items() if unchecked.search(source)] == []
