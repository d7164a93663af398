"""`observe check`: what it finds, where it says it is, and how it ends."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from observer.cli.check import check
from observer.format.line import Line
from observer.format.lines import MAX_LINE_BYTES
from observer.runs.validation.pairing import Finding
from observer.runs.validation.validator import Validator
from tests.observer.observing import Observe
from tests.observer.written import COMPLETE, Script, small

Start = Callable[..., Observe]


def found(script: Script, tmp_path: Path, *, strict: bool = False, incomplete: bool = False) -> list[Finding]:
    return list(check(script.to(tmp_path / "run.ndjson"), strict=strict, incomplete=incomplete))


def test_a_good_run_is_clean(tmp_path: Path) -> None:
    assert found(small(), tmp_path, strict=True) == []


def test_a_line_that_is_not_json_is_the_only_finding_even_if_it_was_one_of_a_pair(tmp_path: Path) -> None:
    script = small()
    script.lines[2] = script.lines[2][:40]

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(3, "json")]


def test_a_blank_line_a_text_and_a_number_are_not_events(tmp_path: Path) -> None:
    script = small()
    script.lines[3:3] = [b"", b"starting up ...", b"17"]

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [
        (4, "json"), (5, "json"), (6, "schema"),
    ]  # fmt: skip


def test_a_value_that_the_schema_rejects_is_reported_with_its_path(tmp_path: Path) -> None:
    script = Script().start().use("Bash", "t1", {}).result("Bash", "t1", status="ok").complete()

    (finding,) = found(script, tmp_path)
    assert (finding.line, finding.rule) == (3, "schema")
    assert finding.message.startswith('data.status: "ok" is not one of')


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    (finding,) = found(Script().start().add("thought", {"message": "m", "block": 0}).complete(), tmp_path)

    assert finding.message == 'data: "text" is a required property'


@pytest.mark.parametrize(
    ("seq", "said"),
    [
        (4, "seq 4 follows 2: 1 event is missing"),
        (9, "seq 9 follows 2: 6 events are missing"),
        (2, "seq 2 follows 2: it must be 3"),
        (1, "seq 1 follows 2: it must be 3"),
    ],
)
def test_a_gap_or_a_repetition_in_seq_is_reported_once(tmp_path: Path, seq: int, said: str) -> None:
    script = Script().start().thought("a")
    script.add("thought", {"text": "b", "message": "m", "block": 0}, seq=seq)
    script.add("complete", dict(COMPLETE), seq=seq + 1)

    assert found(script, tmp_path) == [Finding(3, "seq", said)]


def test_a_decreasing_time_is_reported(tmp_path: Path) -> None:
    (finding,) = found(Script().start().thought("a", at=2).thought("b", at=1.5).complete(at=3), tmp_path)

    assert (finding.line, finding.rule) == (3, "timestamp")


def test_an_impossible_date_is_reported_at_its_line(tmp_path: Path) -> None:
    script = Script().start().thought("a", at=1).thought("b", at=2).complete(at=3)
    script.lines[1] = script.lines[1].replace(b"2026-11-23", b"2026-11-31")

    assert found(script, tmp_path) == [Finding(2, "timestamp", "invalid time 2026-11-31T01:12:31.000000Z")]


def test_another_version_of_the_format_is_reported(tmp_path: Path) -> None:
    assert found(Script().start(format=2).complete(), tmp_path) == [
        Finding(1, "format", "unknown format version 2; validated as version 1")
    ]


def test_a_byte_order_mark_is_one_finding(tmp_path: Path) -> None:
    script = small()
    script.lines[0] = b"\xef\xbb\xbf" + script.lines[0]

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(1, "json")]


def test_an_oversize_line_is_not_a_missing_event(tmp_path: Path) -> None:
    script = Script().start().thought("x" * MAX_LINE_BYTES).complete()

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(2, "json")]


def test_the_violations_of_one_line_are_one_finding(tmp_path: Path) -> None:
    script = Script().start().add("progress", {"passing": 1, "total": 2, "changed": [7] * 500}).complete()

    (finding,) = found(script, tmp_path)
    assert (finding.line, finding.rule) == (2, "schema")
    assert finding.message.startswith('data.changed.0: 7 is not of type "object"; data.changed.1: ')
    assert finding.message.endswith("; and 17 or more other violations")


def test_one_more_violation_is_counted_in_the_singular_and_the_same_one_once(tmp_path: Path) -> None:
    script = Script().start().add("progress", {"passing": 1, "total": 2, "changed": [7] * 4}).complete()
    (finding,) = found(script, tmp_path)
    assert finding.message.endswith("; and 1 other violation")

    schema = Mock(accepts=lambda _: False, knows=lambda _: True, violations=lambda _: ["a", "b", "a", "a"])
    (finding, *_) = Validator(schema).take(Line(b"{}", 0))
    assert finding.message == "a; b"


def test_run_start_must_be_first_and_complete_last(tmp_path: Path) -> None:
    script = Script().thought("early").start().complete().thought("late").complete()

    assert [(finding.line, finding.message) for finding in found(script, tmp_path)] == [
        (1, "the first event is thought, not run_start"),
        (4, 'thought after "complete" on line 3'),
    ]


def test_events_after_complete_are_one_finding_and_complete_is_not_missing(tmp_path: Path) -> None:
    assert found(Script().start().complete().thought("late"), tmp_path) == [
        Finding(3, "end", 'thought after "complete" on line 2')
    ]


def test_an_event_after_a_complete_in_the_middle_is_a_finding_with_any_number(
    tmp_path: Path,
) -> None:
    script = small()
    script.lines.insert(4, script.lines[-1])

    assert (6, 'tool_use after "complete" on line 5') in [
        (finding.line, finding.message) for finding in found(script, tmp_path)
    ]


@pytest.mark.parametrize(
    ("seq", "messages"),
    [
        (4.0, []),
        (1000.0, ["seq 1000 follows 3: 996 events are missing"]),
        (1e308, ["seq 1e+308 is larger than 9007199254740991"]),
        (-4, ["seq: -4 is less than the minimum of 1"]),
        (True, ['seq: true is not of type "integer"']),
        (4.5, ['seq: 4.5 is not of type "integer"']),
    ],
)
def test_a_number_is_a_whole_one_however_it_is_written(tmp_path: Path, seq: float, messages: list[str]) -> None:
    script = small()
    script.lines[3] = script.lines[3].replace(b'"seq":4', b'"seq":' + json.dumps(seq).encode())

    assert [finding.message for finding in found(script, tmp_path)] == messages


def test_a_wrong_number_after_one_written_as_a_fraction_is_a_finding(tmp_path: Path) -> None:
    script = small()
    script.lines[3] = script.lines[3].replace(b'"seq":4', b'"seq":4.0')
    script.lines[4] = script.lines[4].replace(b'"seq":5', b'"seq":9')

    assert [finding.message for finding in found(script, tmp_path)] == ["seq 9 follows 4: 4 events are missing"]


def test_a_first_number_that_is_too_large_to_be_one_is_a_finding(tmp_path: Path) -> None:
    script = small()
    script.lines[0] = script.lines[0].replace(b'"seq":1', b'"seq":1e300')

    assert [finding.rule for finding in found(script, tmp_path)] == ["seq"]


def test_a_second_complete_is_a_finding(tmp_path: Path) -> None:
    assert found(Script().start().complete().complete(), tmp_path) == [
        Finding(3, "end", 'complete after "complete" on line 2')
    ]


def test_a_missing_complete_is_reported_at_the_last_line_unless_allowed(tmp_path: Path) -> None:
    script = Script().start().use("Bash", "t1", {}).thought("hm")

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(3, "end")]
    assert found(script, tmp_path, incomplete=True) == []


def test_an_incomplete_last_line_is_allowed_only_with_allow_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(Script().start().bytes + b'{"seq":2,"timest')

    assert [(finding.rule, finding.line) for finding in check(path)] == [("json", 2)]
    assert list(check(path, incomplete=True)) == []


def test_calls_and_subagents_must_have_a_start_and_an_end(tmp_path: Path) -> None:
    script = Script().start().use("Bash", "t1", {}).use("Bash", "t1", {}).result("Bash", "t1").result("Bash", "t1")
    script.result("Read", "t2")
    script.add("subagent_start", {"id": "a1", "tool_use_id": "t1", "agent_type": "Explore", "description": "d"})

    assert [(finding.line, finding.message) for finding in found(script.complete(), tmp_path)] == [
        (3, "second tool_use with the ID t1"),
        (5, "second tool_result for t1"),
        (6, "tool_result for t2, which has no tool_use"),
        (7, "subagent_start Explore (a1) has no subagent_complete"),
    ]


def test_a_message_is_complete_once_and_after_its_pieces(tmp_path: Path) -> None:
    def message(script: Script, id_: str, parent: str | None = None) -> Script:
        return script.add(
            "message", {"id": id_, "model": None, "stop_reason": None, "tokens": None, "text": ""}, parent=parent
        )

    script = message(Script().start().thought("It "), "m1")
    message(script, "m1", "t1").thought("works.")  # of another agent
    script.add("thinking", {"text": "", "message": "m1", "block": 0})
    message(script, "m1").complete()

    assert [(finding.line, finding.rule, finding.message) for finding in found(script, tmp_path)] == [
        (5, "message", "thought of m1, which was complete on line 3"),
        (6, "message", "thinking of m1, which was complete on line 3"),
        (7, "message", "second message with the ID m1; the first is on line 3"),
    ]


def test_heartbeats_out_of_rhythm_are_no_finding(tmp_path: Path) -> None:
    """A wait for a person is reported when it begins and when it ends."""
    script = Script().start()
    for at, state in ((1.0, "waiting_on_human"), (1.1, "in_tool"), (1.1, "waiting_on_human"), (6.1, "writing")):
        script.add("heartbeat", {"elapsed_s": at, "idle_s": 0.0, "state": state}, at=at)

    assert found(script.complete(at=7), tmp_path, strict=True) == []


def test_a_long_gap_without_heartbeats_is_reported_wherever_it_is(tmp_path: Path) -> None:
    beat: dict[str, object] = {"elapsed_s": 5.0, "idle_s": 0.0, "state": "writing"}
    script = Script().start().add("heartbeat", beat, at=15).add("heartbeat", beat, at=30.5).thought("hm", at=40)

    assert found(script.complete(at=46), tmp_path) == [
        Finding(3, "heartbeat", "16s without a heartbeat since line 2; one is due every 5 s"),
        Finding(5, "heartbeat", "16s without a heartbeat since line 3; one is due every 5 s"),
    ]


@pytest.mark.parametrize("usual", [True, False], ids=["usual lines", "lines with a field of tomorrow"])
def test_heartbeats_that_the_writer_says_were_dropped_are_not_missed(tmp_path: Path, usual: bool) -> None:
    def beat(dropped: int) -> dict[str, object]:
        data: dict[str, object] = {"elapsed_s": 5.0, "idle_s": 0.0, "state": "writing", "dropped": dropped}
        return data if usual else data | {"new": 1}

    script = Script().start().add("heartbeat", beat(0), at=5).add("heartbeat", beat(12), at=70)
    assert found(script.complete(at=75), tmp_path) == []

    script = Script().start().add("heartbeat", beat(12), at=5).add("heartbeat", beat(12), at=70)
    assert found(script.complete(at=75), tmp_path) == [
        Finding(3, "heartbeat", "1m 05s without a heartbeat since line 2; one is due every 5 s")
    ]


def test_a_copy_may_lack_heartbeats_of_the_time_before_it_began(tmp_path: Path) -> None:
    late = Script().start(recorded_from="another").thought("hm", at=90)
    assert found(late.complete(at=95), tmp_path) == []


def test_heartbeats_that_stopped_before_a_kill_are_reported_at_the_last_line(tmp_path: Path) -> None:
    script = Script().start().thought("a", at=5).thought("b", at=21)
    silent = "21s without a heartbeat since line 1; one is due every 5 s"

    assert found(script, tmp_path, incomplete=True) == [Finding(3, "heartbeat", silent)]
    script.add("info", {"message": "resumed by process 7", "kind": "resumed"}, at=500)
    assert found(script, tmp_path, incomplete=True) == [Finding(4, "heartbeat", silent)]


def test_an_invalid_heartbeat_still_counts_as_a_heartbeat(tmp_path: Path) -> None:
    script = Script().start()
    for at in (5, 10, 15, 20):
        script.add("heartbeat", {"elapsed_s": "long", "idle_s": 0.0, "state": "writing"}, at=at)

    assert {finding.rule for finding in found(script.complete(at=25), tmp_path)} == {"schema"}


def test_a_resumed_run_may_lack_heartbeats_before_it_was_resumed(tmp_path: Path) -> None:
    script = Script().start().add("info", {"message": "resumed by process 7", "kind": "resumed"}, at=500)

    assert found(script.complete(at=503), tmp_path) == []


def test_an_event_of_another_run_is_a_finding(tmp_path: Path) -> None:
    script = Script().start().add("info", {"message": "hi"}, run="other").complete()

    assert [finding.rule for finding in found(script, tmp_path)] == ["run"]


def test_unknown_types_are_accepted_unless_strict_and_unknown_keys_always(tmp_path: Path) -> None:
    script = Script().start().add("sparkle", {"colour": "red"}).add("info", {"message": "m", "new": 1}, extra=True)

    assert found(script.complete(), tmp_path) == []
    assert found(script, tmp_path, strict=True) == [Finding(2, "type", "unknown event type sparkle (format version 1)")]


def test_an_invalid_line_causes_no_findings_on_other_lines(tmp_path: Path) -> None:
    script = Script().start(heartbeat_s="5").use("Bash", "t1", {}).result("Bash", "t1", status="ok").complete(outcome=7)

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [
        (1, "schema"), (3, "schema"), (4, "schema"),
    ]  # fmt: skip


def test_an_empty_file_is_a_finding(tmp_path: Path) -> None:
    assert [finding.rule for finding in found(Script(), tmp_path)] == ["start"]


def test_compressed_files_are_validated_too(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson.gz"
    path.write_bytes(gzip.compress(small().bytes))

    assert list(check(path)) == []


def test_a_file_whose_beginning_is_gone_is_one_finding(tmp_path: Path) -> None:
    script = small()
    del script.lines[:3]

    assert [finding.message for finding in found(script, tmp_path)] == [
        "the first event is tool_result, not run_start, and its seq is 4: what came before is missing"
    ]


def test_a_second_run_start_is_a_finding(tmp_path: Path) -> None:
    assert [(finding.line, finding.message) for finding in found(Script().start().start().complete(), tmp_path)] == [
        (2, "second run_start; the first is on line 1")
    ]


def test_a_bad_line_explains_one_event_that_is_missing_and_no_more(tmp_path: Path) -> None:
    script = Script().start().use("Bash", "t1", {}).use("Read", "t2", {}).result("Bash", "t1").result("Read", "t2")
    script.complete()
    script.lines[3:5] = [b"{"]

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [
        (4, "json"), (5, "seq"),
    ]  # fmt: skip
    script.lines[3:4] = [b"{", b"not an event"]
    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(4, "json"), (5, "json")]
    script.lines[3:5] = []
    script.lines[3] = script.lines[3].replace(b'"seq":6', b'"seq":4')
    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(2, "pair"), (3, "pair")]


def test_a_bad_last_line_may_have_been_the_end_but_one_before_it_was_not(tmp_path: Path) -> None:
    script = Script().start().thought("a")

    script.lines.append(b"{")
    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(3, "json")]
    script.lines[1:] = [b"{", script.lines[1].replace(b'"seq":2', b'"seq":3')]
    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [(2, "json"), (3, "end")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (small().bytes.decode().encode("utf-16"), "looks like UTF-16"),
        (small().bytes.replace(b"\n", b"\r"), "end in CR"),
        (bytes(5000), "NUL bytes at the end"),
        (bytes(100_000) + small().bytes, "NUL bytes before the line"),
        (small().bytes + bytes(5000), "NUL bytes at the end"),
    ],
)
def test_content_that_is_no_run_file_or_lacks_a_part_is_one_finding(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(content)

    (finding,) = check(path)
    assert sentence in finding.message


def test_of_a_truncated_compressed_file_the_truncation_is_the_only_finding(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson.gz"
    path.write_bytes(gzip.compress(small().bytes)[:-40])

    (finding,) = check(path)
    assert "truncated" in finding.message


def test_lines_that_may_have_been_heartbeats_explain_a_silence_of_as_many(tmp_path: Path) -> None:
    beat: dict[str, object] = {"elapsed_s": 5.0, "idle_s": 0.0, "state": "writing"}
    script = Script().start()
    for at in (5, 10, 15, 20, 25):
        script.add("heartbeat", beat, at=at)
    script.complete(at=26)
    script.lines[1:5] = [b"{"] * 4

    assert [(finding.line, finding.rule) for finding in found(script, tmp_path)] == [
        (2, "json"), (3, "json"), (4, "json"), (5, "json"),
    ]  # fmt: skip
