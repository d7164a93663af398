"""What every report answers first, whatever its format: how the run ended and why, and what went wrong.

Tests observer.report.answer and observer.report.last_events.
"""

import json
import os
import re
import socket
import time
from datetime import timedelta, timezone
from html import unescape
from pathlib import Path

import pytest

from observer.cli.report import Format, report
from observer.format.zone import Zone
from observer.runs.one_run.run import load_run
from observer.runs.words.describe_status import describe_missing
from tests.observer.observing import lock
from tests.observer.written import BEGIN, Script, small

NOW = BEGIN.timestamp() + 60
LONG_AGO = 1e9
FORMATS = [Format.HTML, Format.MARKDOWN, Format.JUNIT, Format.TRACE]
every_format = pytest.mark.parametrize("form", FORMATS)


def unfinished() -> Script:
    """A run on this machine that has failed calls, blocked calls and failing features, and a call in flight."""
    script = Script().start(host=socket.gethostname(), lock="ofd")
    script.add("session_start", {"iteration": 3, "agent_type": "CODING", "session_id": "s1"}, at=1)
    features = [{"name": "It adds", "passes": True}, {"name": "It lists <b>", "passes": False}]
    script.add("progress", {"passing": 1, "total": 2, "changed": [], "features": features})
    script.use("Bash", "t1", {"command": "pytest -q"}, at=2)
    script.result("Bash", "t1", "2 tests fail", status="error")
    script.use("Bash", "t2", {"command": "curl evil.example"}, at=3)
    script.result("Bash", "t2", status="blocked", command="curl evil.example", rule="network", reason="not allowed")
    script.use("Bash", "t3", {"command": "make test"}, at=4)
    return script.add(
        "heartbeat", {"state": "in_tool", "in_flight": [{"id": "t3", "name": "Bash", "elapsed_s": 5}]}, at=9
    )


def ended(**changes: object) -> Script:
    script = unfinished()
    script.add("session_end", {"outcome": "failed", "turns": 3, "duration_ms": 8000}, at=9)
    return script.complete(at=9, **changes)


def written(path: Path, form: Format) -> str:
    """Return a report; of a page what needs no script."""
    with load_run(path) as run:
        text = "".join(report(run, form, now=NOW))
    return unescape(text.partition('<script type="module">')[0])


ENDINGS = {
    "crashed": (unfinished(), "its writer is gone and there is no complete event"),
    "failed": (ended(outcome="failed", message="the tests never passed"), "the tests never passed"),
    "interrupted": (ended(outcome="interrupted", message="stopped by SIGINT"), "it was stopped by SIGINT (Ctrl-C)"),
    "budget": (ended(outcome="budget", message="$0.51 of $0.50 spent"), "the budget of $0.50 was spent"),
}


@every_format
@pytest.mark.parametrize("name", ENDINGS)
def test_it_says_how_the_run_ended_and_why_and_what_went_wrong(name: str, form: Format, tmp_path: Path) -> None:
    script, why = ENDINGS[name]
    text = written(script.to(tmp_path / "a.ndjson"), form)

    for part in (why, "make test", "It lists <b>", "pytest -q", "2 tests fail", "curl evil.example", "network"):
        assert part in text, part
    assert "No errors" not in text


def test_a_trace_has_the_answer_beside_its_events(tmp_path: Path) -> None:
    other_data = json.loads(written(unfinished().to(tmp_path / "a.ndjson"), Format.TRACE))["otherData"]

    assert other_data["running"] == ["Bash: make test, for 5.0s"]
    assert other_data["failing"] == ["It lists <b>"]
    assert other_data["failed"] == ["2026-11-23 01:12:32 UTC Bash: pytest -q - 2 tests fail"]
    assert other_data["blocked"] == ["2026-11-23 01:12:33 UTC Bash: curl evil.example - network: not allowed"]


def stalled(tmp_path: Path) -> Path:
    path = unfinished().to(tmp_path / "a.ndjson")
    path.write_bytes(path.read_bytes().replace(socket.gethostname().encode(), b"elsewhere").replace(b'"ofd"', b"null"))
    os.utime(path, (time.time() - 1000,) * 2)
    return path


@pytest.mark.parametrize("form", [Format.HTML, Format.MARKDOWN, Format.JUNIT])
def test_a_stalled_run_was_running_until_now(form: Format, tmp_path: Path) -> None:
    text = written(stalled(tmp_path), form)

    assert "Was running" in text
    assert re.search(r'time="10\d\d\.' if form is Format.JUNIT else r"\b1\dm \d\ds\b", text)
    assert "did not end" in text or form is Format.JUNIT


@every_format
def test_failed_and_blocked_calls_have_their_time_tool_and_error(form: Format, tmp_path: Path) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "|", written(unfinished().to(tmp_path / "a.ndjson"), form)))
    failed, blocked = ("01:12:32 UTC", "2 tests fail"), ("01:12:33 UTC", "not allowed")
    for time_, error in (failed, blocked):
        assert re.search(rf"{time_}.{{0,150}}{error}|Bash.{{0,150}}{time_}.{{0,150}}{error}", text), (time_, error)


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.JUNIT])
def test_the_last_events_say_the_time_once_and_why_a_session_ended(form: Format, tmp_path: Path) -> None:
    script = Script().start()
    script.add("session_end", {"outcome": "failed", "terminal_reason": "api_error", "message": "the API broke"}, at=3)
    text = written(script.complete(outcome="failed").to(tmp_path / "a.ndjson"), form)

    (start,) = (line for line in text.split("\n") if "run_start:" in line)
    assert start.count("2026-11-23 01:12:30") == 1
    assert "session_end: session failed: api error · the API broke" in text


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.JUNIT, Format.TRACE, Format.HTML])
def test_every_report_has_its_times_in_one_zone(form: Format, tmp_path: Path) -> None:
    tokyo = Zone("Asia/Tokyo", timezone(timedelta(hours=9), "JST"))
    with load_run(ended(outcome="failed", message="x").to(tmp_path / "a.ndjson")) as run:
        text = "".join(report(run, form, now=NOW, zone=tokyo))

    assert "2026-11-23 10:12:30 JST" in text
    assert "10:12:32 JST" in text
    assert not re.search(r"01:12:\d\d UTC", text)


@every_format
def test_a_stalled_run_is_told_from_one_that_ended(form: Format, tmp_path: Path) -> None:
    path = unfinished().to(tmp_path / "a.ndjson")
    os.utime(path, (LONG_AGO, LONG_AGO))
    with path.open("r+b") as writer:
        lock(writer.fileno())
        text = written(path, form)

    assert "stalled" in text
    assert "nothing was written for" in text
    assert "make test" in text


@every_format
@pytest.mark.parametrize("data", [b"", b'{"seq":1,"timestamp":"2026-11-23T01:12:30Z","type":"thought","data":{}}\n'])
def test_what_is_missing_to_tell_how_a_run_ended_is_said_once(data: bytes, form: Format, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(data)
    os.utime(path, (LONG_AGO, LONG_AGO))
    with load_run(path) as run:
        missing = describe_missing(run.status())
        text = unescape("".join(report(run, form, now=NOW)))

    assert missing
    assert "unknown" in text
    assert text.count(missing) == (1 if form in {Format.HTML, Format.MARKDOWN, Format.TRACE} else 3)


@every_format
def test_what_ends_well_needs_no_reason(form: Format, tmp_path: Path) -> None:
    text = written(Script().start().complete().to(tmp_path / "a.ndjson"), form)

    assert "complete" in text
    assert "does not say why" not in text


@every_format
def test_the_run_its_project_host_writer_and_file_are_named(form: Format, tmp_path: Path) -> None:
    text = written(Script().start(version="7.8.9").complete().to(tmp_path / "a.ndjson"), form)

    for part in ("20261123T011230Z-7f3a9c", "/home/me/notes", "build-7", "version 7.8.9", str(tmp_path / "a.ndjson")):
        assert part in text, part


@every_format
def test_a_run_whose_beginning_is_gone_says_so(form: Format, tmp_path: Path) -> None:
    script = ended(outcome="failed")
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"".join(line + b"\n" for line in script.lines[4:]))

    assert "nown from event 5 on; what came before is gone, so that the totals are partial" in written(path, form)
    assert "what came before is gone" not in written(script.to(path), form)


@every_format
def test_lines_without_an_event_are_counted(form: Format, tmp_path: Path) -> None:
    script = ended(outcome="failed")
    script.lines[3:3] = [b"not json", b"[1]"]

    assert "2 malformed lines in the run file, the first is line 4" in written(script.to(tmp_path / "a.ndjson"), form)


@every_format
@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{", b"\xff\xfe{\x00", b"[1]\n", b'{"seq":5}\n', b'{"type":7}\r{"a":1}\r']
)
def test_a_file_that_holds_next_to_nothing_has_a_report(data: bytes, form: Format, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(data)

    assert str(path) in written(path, form)


def test_progress_of_a_run_that_is_over_is_good_only_if_all_pass(tmp_path: Path) -> None:
    good = small()
    good.lines.insert(8, Script().add("progress", {"passing": 2, "total": 2, "changed": []}, at=7).lines[0])

    assert 'class="chart progress bad"' in written(ended(outcome="failed").to(tmp_path / "a.ndjson"), Format.HTML)
    assert 'class="chart progress good"' in written(good.to(tmp_path / "b.ndjson"), Format.HTML)
    with (tmp_path / "a.ndjson").open("wb") as file:
        file.write(unfinished().bytes)
        file.flush()
        lock(file.fileno())
        assert 'class="chart progress plain"' in written(tmp_path / "a.ndjson", Format.HTML)


def test_the_scale_of_a_chart_says_from_where_to_where_it_goes(tmp_path: Path) -> None:
    script = small()
    script.lines = script.lines[-2:]

    assert "<span>event 9</span><span>1.0s later</span>" in written(script.to(tmp_path / "b.ndjson"), Format.HTML)
    assert "<span>start</span><span>last event, 9.0s</span>" in written(stalled(tmp_path), Format.HTML)
    assert "had not ended when this report" in written(stalled(tmp_path), Format.HTML)


def test_a_subagent_of_a_session_that_ended_is_not_active(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    script = Script().start(host=socket.gethostname(), lock="ofd")
    for name in ("first", "second"):
        script.add("session_start", {"agent_type": "CODING", "session_id": name})
        script.add("subagent_start", {"id": name, "tool_use_id": name, "agent_type": "Explore", "description": name})
        script.add("session_end", {"outcome": "failed"}) if name == "first" else None
    with script.to(path).open("r+b") as file:
        lock(file.fileno())
        text = written(path, Format.MARKDOWN)

    assert "| `Explore` | `first` | `did not end` |" in text
    assert "| `Explore` | `second` | `active` |" in text


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.JUNIT, Format.TRACE])
def test_a_call_that_failed_in_a_subagent_names_it(form: Format, tmp_path: Path) -> None:
    script = Script().start()
    script.add("subagent_start", {"id": "s", "tool_use_id": "t", "agent_type": "Explore", "description": "Find it"})
    script.result("Bash", "x", "no", status="error", parent="t").complete(outcome="failed")

    text = written(script.to(tmp_path / "a.ndjson"), form)

    assert (
        "`Bash` in `subagent Explore: Find it`" if form is Format.MARKDOWN else "(subagent Explore: Find it)"
    ) in text
