"""Tests that no command ends in a traceback, and no escape reaches the output, whatever the fields of an event hold."""

import asyncio
import json
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observer.cli.check import check
from observer.cli.wait import Waiter
from observer.format.event import Record
from observer.format.line import Line
from observer.format.strip_content import without_content
from observer.report.junit import render_junit
from observer.report.markdown import render_markdown
from observer.report.trace import render_trace
from observer.runs.listing.listed_run import run_json
from observer.runs.listing.listing import Listing, list_run
from observer.runs.one_run.run import load_run
from observer.runs.summary.summary import Summary
from observer.runs.waiting.conditions import parse_conditions
from observer.source.items import Follow
from observer.source.open_source import open_source
from observer.source.snapshot import Snapshot
from observer.terminal.pretty_view import PrettyView
from observer.terminal.run_table import table_lines
from observer.terminal.screen import Screen
from observer.terminal.status_line import StatusLine
from observer.terminal.summary_view import summary_lines
from observer.terminal.viewer import RunViewer

KEYS = [
    "text", "message", "block", "id", "name", "tool_use_id", "status", "output", "reason", "rule", "command",
    "agent_type", "description", "summary", "kind", "error", "resets_at", "until", "state", "outcome",
    "project_dir", "model", "host", "about", "resumed_from", "passing", "total", "changed", "features",
    "in_flight", "blocked", "input", "cost_usd", "duration_ms", "elapsed_s", "idle_s", "turns", "replaces",
    "heartbeat_s", "file_path",
]  # fmt: skip
TYPES = [
    "run_start", "session_start", "thought", "tool_use", "tool_result", "subagent_start", "subagent_complete",
    "progress", "heartbeat", "rate_limit", "info", "error", "session_end", "complete", "sparkle",
]  # fmt: skip
WORDS = ["", "success", "blocked", "a1", "Bash", "x" * 300, "a\nb\x1b[31m\u202e", "\ud800", "SINGLE"]
SCALARS = [None, False, True, 0, -1, 1, 0.5, 1e308, 10**30, 10**400, *WORDS]


def nested(choose: Random) -> Any:
    """Return a list or an object of up to three scalars, or of such lists and objects."""
    values = [nested(choose) if choose.random() < 0.3 else choose.choice(SCALARS) for _ in range(choose.randrange(4))]
    return values if choose.random() < 0.5 else dict(zip(choose.sample(KEYS, len(values)), values, strict=True))


VALUES = st.sampled_from([*SCALARS, *(nested(Random(seed)) for seed in range(500))])
"""Drawn as a whole: Hypothesis takes a thousand times as long to draw the parts of a value."""
STAMPS = st.sampled_from(["2026-11-23T01:12:30.123456Z", "2026-11-23T01:12:31.123456Z"])
EVENTS = st.fixed_dictionaries({
    "seq": st.one_of(st.integers(1, 5), VALUES), "timestamp": st.one_of(STAMPS, VALUES), "run": VALUES,
    "type": st.one_of(st.sampled_from(TYPES), VALUES), "phase": VALUES, "iteration": VALUES,
    "parent": st.one_of(st.none(), VALUES), "data": st.one_of(st.dictionaries(st.sampled_from(KEYS), VALUES), VALUES),
})  # fmt: skip
SCREEN = Screen(width=lambda: 80)


class Shown:
    """Collects the output of a view."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, data: bytes) -> None:
        self.text += data.decode()

    def check(self) -> None:
        pass


class Always(StatusLine):
    """A status line that is drawn after every event."""

    def due(self) -> bool:
        return True


ODD = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@ODD
@given(st.lists(EVENTS, max_size=12))
def test_a_run_of_odd_events_has_a_verdict_and_a_description(
    tmp_path_factory: Any, events: list[dict[str, Any]]
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "odd.ndjson"
    path.write_bytes(b"".join(json.dumps(event).encode() + b"\n" for event in events))

    findings = list(check(path))
    with load_run(path) as run:
        told = [
            render_markdown(run, 0.0),
            render_junit(run, 0.0),
            "".join(render_trace(run, 0.0)),
            run.text(),
            repr(run),
            *map(str, run.tools()),
        ]
        json.loads(told[2])
    assert all(1 <= finding.line <= max(1, len(events)) for finding in findings)
    assert not set("\x1b\u202e\ud800") & set("".join(told[:3]))


@ODD
@given(st.lists(EVENTS, max_size=12), st.booleans())
def test_a_run_of_odd_events_can_be_shown(tmp_path_factory: Any, events: list[dict[str, Any]], content: bool) -> None:
    folder: Path = tmp_path_factory.getbasetemp() / "shown"
    folder.mkdir(exist_ok=True)
    path = folder / "odd.ndjson"
    path.write_bytes(b"".join(json.dumps(event).encode() + b"\n" for event in events))

    shown, status = Shown(), Shown()
    source, view = open_source(path, follow=Follow.NOT), PrettyView(shown, SCREEN)
    asyncio.run(RunViewer(source, lambda _: view, status=Always(status, SCREEN), content=content).run())
    (listed,) = Listing(folder, content=content).read()
    lines = [*table_lines([listed], listed.arrived, SCREEN), run_json(listed, listed.arrived).decode()]
    summary, snapshot = Summary(), Snapshot(path)
    for part in snapshot.lines():
        summary.take(part)
    lines += summary_lines(list_run(snapshot, content=content), summary, listed.arrived, SCREEN, full=False)
    assert not {"\x1b", "\u202e", "\ud800"} & {*shown.text, *"".join(lines)}
    assert "\u202e" not in status.text


@ODD
@given(EVENTS)
def test_an_odd_event_has_a_shape_without_content(event: dict[str, Any]) -> None:
    found = without_content(Record(Line(json.dumps(event).encode(), 0)))

    assert isinstance(found.line, Line)
    assert "xxx" not in found.line.data.decode()
    assert json.loads(found.line.data)


async def test_waiting_continues_after_an_odd_event(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    odd = {"type": "tool_result", "data": {"status": "blocked", "reason": ["x"], "name": 7}}
    path.write_bytes(msgspec.json.encode(odd) + b"\n")

    waited = await Waiter(open_source(path, follow=Follow.NOT), parse_conditions(["blocked"])).run()
    assert waited.message.endswith("was blocked: ")
