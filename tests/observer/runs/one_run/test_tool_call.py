"""Calls are found without keeping what they wrote or read, and are what their events say."""

import json
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer import UnreadableError, load_run
from observer.format.event import Event
from observer.runs.one_run.run import Run
from tests.observer.written import Script, every_status, small

IDS = st.sampled_from(["a", "b", "", None, 5, ["a"]])
DATA = st.fixed_dictionaries({}, optional={
    "id": IDS, "tool_use_id": IDS, "name": st.sampled_from(["Bash", "Read", "", None, {}]),
    "status": st.sampled_from(["success", "blocked", None, 7]), "output": st.sampled_from(["x", "cut \ud800", None]),
    "input": st.sampled_from([{"command": "ls"}, None, "ls", []]), "duration_ms": st.sampled_from([5, None, "5"]),
})  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["tool_use", "tool_result"]), "data": DATA | st.none()}, optional={"seq": IDS, "id": IDS}
) | st.sampled_from(every_status())


def calls_of(run: Run, *names: str) -> list[tuple[Event | None, Event | None]]:
    """Return the use and the result of each call, from whole events."""
    uses: dict[str, tuple[Event | None, Event | None]] = {}
    for event in run.of_type("tool_use", "tool_result"):
        if event.type == "tool_use":
            uses[event.text("id")] = event, None
        else:
            id_ = event.text("tool_use_id")
            uses[id_] = uses[id_][0] if id_ in uses else None, event
    return [pair for pair in uses.values() if not names or _name(pair) in names]


def _name(pair: tuple[Event | None, Event | None]) -> str:
    return next((name for event in pair if event is not None and (name := event.text("name"))), "")


@given(st.lists(EVENTS, max_size=12))
@settings(deadline=None)
def test_calls_are_matched_as_their_whole_events_say(events: list[dict[str, object]]) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "a.ndjson"
        path.write_bytes(b"".join(json.dumps(event).encode() + b"\n" for event in events))
        with load_run(path) as run:
            for names in ((), ("Bash",), ("", "Read")):
                pairs, calls = calls_of(run, *names), run.tools(*names)
                assert [(call.use, call.result) for call in calls] == pairs
                assert [call.name for call in calls] == [_name(pair) for pair in pairs]
                assert [call.status for call in calls] == [result and result.text("status") for _, result in pairs]


def test_the_calls_of_a_run_do_not_hold_their_outputs(tmp_path: Path) -> None:
    script = Script().start()
    for number in range(100):
        script.use("Bash", f"t{number}", {"command": "make"}).result("Bash", f"t{number}", "x" * 100_000)
    run = load_run(script.to(tmp_path / "a.ndjson"))

    tracemalloc.start()
    calls = run.tools("Bash")
    assert sum(len(call.output) for call in calls) == 100 * 100_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(calls) == 100
    assert peak < 2_000_000


def test_the_events_of_a_call_cannot_be_accessed_once_its_run_is_closed(tmp_path: Path) -> None:
    with load_run(small().to(tmp_path / "a.ndjson")) as run:
        (call,) = run.tools("Bash")

    assert (call.name, call.status) == ("Bash", "success")
    with pytest.raises(UnreadableError, match="cannot read"):
        _ = call.output
