"""A whole run as an object, and where it comes from. Tests observer.runs.one_run.event_index, too."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zstandard

from observer import UnreadableError, Verdict, load_run
from tests.helpers import patient
from tests.observer.observing import lock
from tests.observer.written import Script, small


def test_a_run_has_its_outcome_calls_and_text(tmp_path: Path) -> None:
    run = load_run(small().to(tmp_path / "a.ndjson"))

    assert run.id == "20261123T011230Z-7f3a9c"
    assert (run.outcome, run.verdict, run.duration, run.cost_usd) == ("success", Verdict.COMPLETE, 9.0, 0.5)
    assert [event.type for event in run.events[:3]] == ["run_start", "session_start", "tool_use"]
    assert [event.text("name") for event in run.of_type("tool_use")] == ["Write", "Bash"]
    assert run.text() == "It works."
    (bash,) = run.tools("Bash")
    assert (bash.input, bash.status, bash.output, bash.duration) == (
        {"command": "python3 a.py"}, "success", "one\ntwo", 0.5,
    )  # fmt: skip
    assert run.blocked == []
    assert [run.line_number(event) for event in run.events] == list(range(1, 11))


def test_events_are_a_sequence(tmp_path: Path) -> None:
    events = load_run(small().to(tmp_path / "a.ndjson")).events

    assert events[-1].type == "complete"
    assert [event.seq for event in events[::4]] == [1, 5, 9]
    assert next(reversed(events)).seq == 10
    with pytest.raises(IndexError):
        events[10]


def test_malformed_lines_are_listed_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    first, *others = small().lines
    path.write_bytes(first + b"\nnot JSON\n\n" + b"\n".join(others) + b'\n{"half')

    run = load_run(path)

    assert [(number, found.preview) for number, found in run.malformed] == [(2, "not JSON"), (13, '{"half')]
    assert run.line_number(run.events[1]) == 4
    assert run.outcome == "success"


def test_replaced_text_occurs_once_and_text_of_subagents_is_separate(tmp_path: Path) -> None:
    script = Script().start().thought("Hel", message="m1").thought("Hello", message="m2", replaces="m1")
    script.add("thought", {"text": "aside", "message": "m3", "block": 0}, parent="t9").thought("there", message="m4")
    run = load_run(script.to(tmp_path / "a.ndjson"))

    assert run.text() == "Hello\n\nthere"
    assert run.text(parent="t9") == "aside"


def test_a_message_without_pieces_is_a_block_of_the_text(tmp_path: Path) -> None:
    script = Script().start().thought("It ", message="m1").thought("works.", message="m1")
    for id_, text, parent in (("m1", "It works.", None), ("m2", "Whole.", None), ("", "One.", None), ("", "Two.", None),
                              ("m3", "", None), ("m4", "aside", "t9")):  # fmt: skip
        script.add("message", {"id": id_, "text": text}, parent=parent)
    run = load_run(script.to(tmp_path / "a.ndjson"))

    assert run.text() == "It works.\n\nWhole.\n\nOne.\n\nTwo."
    assert run.text(parent="t9") == "aside"


def test_calls_without_a_result_and_results_without_a_call_are_calls(tmp_path: Path) -> None:
    script = Script().start().result("Read", "before").use("Bash", "t1", {"command": "sleep 9"})
    run = load_run(script.to(tmp_path / "a.ndjson"))

    lost, open_ = run.tools()
    assert (lost.name, lost.input, lost.status) == ("Read", {}, "success")
    assert (open_.name, open_.status, open_.output, open_.duration) == ("Bash", None, "", None)


def test_blocked_calls_are_found(tmp_path: Path) -> None:
    script = Script().start().use("Bash", "t1", {"command": "rm -rf /"})
    script.result("Bash", "t1", status="blocked", reason="never", rule="rm")

    (call,) = load_run(script.to(tmp_path / "a.ndjson")).blocked
    assert call.input == {"command": "rm -rf /"}


def test_compressed_runs_and_standard_input_can_be_loaded(tmp_path: Path) -> None:
    data = small().bytes
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(data))
    (tmp_path / "a.ndjson.zst").write_bytes(zstandard.compress(data))

    assert load_run(tmp_path / "a.ndjson.gz").outcome == load_run(tmp_path / "a.ndjson.zst").outcome == "success"
    code = "from observer import load_run; print(len(load_run('-').events))"
    assert subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True).stdout == b"10\n"


def test_a_file_that_is_not_a_run_is_rejected_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "bad.ndjson.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])
    os.mkfifo(tmp_path / "fifo")

    for name, said in [
        ("no", "does not exist"),
        (".", "is a directory"),
        ("fifo", "FIFO"),
        ("bad.ndjson.gz", "truncated"),
    ]:
        with pytest.raises(UnreadableError, match=said):
            load_run(tmp_path / name)


def test_a_run_is_a_snapshot(tmp_path: Path) -> None:
    path = small().to(tmp_path / "a.ndjson")
    run = load_run(path)
    with path.open("ab") as file:
        file.write(small().bytes)
    assert len(run.events) == 10
    path.unlink()
    assert run.events[9].type == "complete"
    run.close()


def test_truncating_a_file_after_loading_is_an_error(tmp_path: Path) -> None:
    path = small().to(tmp_path / "a.ndjson")
    run = load_run(path)
    os.truncate(path, 100)

    for ask in (lambda: run.events[9], lambda: list(run.events), run.text):
        with pytest.raises(UnreadableError, match="modified after it was loaded"):
            ask()


def test_events_are_numbered_by_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\nno event\n" + small().bytes + Script().thought("x" * 100_000).thought("y").bytes)
    run = load_run(path)

    numbered = list(run.numbered())
    assert [number for number, _ in numbered] == list(range(3, len(run.events) + 3))
    assert [event.line.data for _, event in numbered] == path.read_bytes().splitlines()[2:]


def test_a_run_has_crashed_if_its_writer_is_gone_and_not_if_it_lives(tmp_path: Path) -> None:
    script = Script().start(host=os.uname().nodename, lock="ofd", heartbeat_s=10**9).thought("hm", at=1)
    path = script.to(tmp_path / "a.ndjson")

    assert load_run(path).verdict is Verdict.CRASHED
    writer = os.open(path, os.O_RDWR)
    lock(writer)
    run = load_run(path)
    assert (run.status(1e9).verdict, run.outcome) == (Verdict.WORKING, None)
    assert run.duration == pytest.approx(1.0, abs=patient(5.0))
    os.close(writer)


def test_a_partial_line_is_malformed_only_if_its_writer_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(Script().start().bytes + b'{"seq":2,"timest')
    writer = os.open(path, os.O_RDWR)
    lock(writer)

    assert load_run(path).malformed == []
    os.close(writer)
    assert [number for number, _ in load_run(path).malformed] == [2]


def test_an_empty_file_is_a_run_without_events(tmp_path: Path) -> None:
    path = tmp_path / "mine.ndjson"
    path.write_bytes(b"")
    run = load_run(path)

    assert (run.id, len(run.events), run.outcome, run.duration, run.text()) == ("mine", 0, None, None, "")
    assert repr(run) == "<Run mine: unknown, 0 events>"


def test_a_run_that_stands_still_has_lasted_until_now_and_a_crashed_one_until_its_last_event(tmp_path: Path) -> None:
    stalled = Script().start(host="elsewhere").thought("hm", at=8).to(tmp_path / "a.ndjson")
    crashed = Script().start(host=os.uname().nodename, lock="ofd").thought("hm", at=8).to(tmp_path / "b.ndjson")
    for path in (stalled, crashed):
        os.utime(path, (time.time() - 1000,) * 2)

    assert load_run(stalled).verdict is Verdict.STALLED
    assert load_run(stalled).duration == pytest.approx(1008, abs=patient(20))
    assert (load_run(crashed).verdict, load_run(crashed).duration) == (Verdict.CRASHED, 8.0)


def test_of_a_file_whose_beginning_is_gone_only_the_rest_of_the_duration_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(Script().start().thought("a", at=3).thought("b", at=8).bytes.split(b"\n", 1)[1])
    run = load_run(path)

    assert (run.duration, run.duration_is_whole) == (5.0, False)
    assert load_run(small().to(tmp_path / "b.ndjson")).duration_is_whole
