"""Tests that odd records end nothing: every event is valid, calls and subagents are paired, and a prefix has a prefix.

Tests observer.dialects.claude.call_failures and
observer.dialects.claude.saved_outputs.
"""

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.cli.schema import schema_text
from observer.dialects.claude.call_failures import explain
from observer.dialects.claude.claude_dialects import StreamJson, Transcript
from observer.dialects.claude.saved_outputs import SavedOutputs
from observer.dialects.claude.tool_calls import input_of
from observer.dialects.dialect import Converter, ForeignEvent
from observer.dialects.records import decode_record, elapsed_ms
from observer.format.fields import Fields, whole
from observer.format.schema import Schema
from tests.observer.dialects.claude.test_same_events import STREAMS
from tests.observer.dialects.claude.written import SESSION, File, Stream, call, encode, feed, of, result, text, thinking

SCHEMA = Schema(schema_text())
Lines = list[tuple[str, bytes]]
"""The origins and the lines of a session."""


def transcript() -> tuple[list[tuple[str, dict[str, Any]]], Callable[[], Converter]]:
    """Return the records of a session with a bit of everything, and what makes a converter for them."""
    main = File().bare("summary", summary="A title").bare("mode", mode="normal")
    main.bare("queue-operation", operation="enqueue", content="Begin.").prompt("Begin.", promptSource="typed")
    main.add("system", subtype="api_error", error={"status": 529}, retryInMs=5, retryAttempt=1, maxRetries=3)
    agent = call("t2", "Agent", description="Count", prompt="Count it.", subagent_type="Explore")
    main.says("m1", thinking("Hm."), apiBlockIndex=0).says("m1", text("I look."), apiBlockIndex=1)
    main.says("m1", call("t1", command="ls")).says("m1", agent).says("m1", call("t3", "TaskCreate", subject="s"))
    path = f"/c/{SESSION}/tool-results/b.txt"
    response = {"stdout": "a", "stderr": "", "persistedOutputPath": path, "persistedOutputSize": 9}
    main.result("t1", "a.txt", toolUseResult=response)
    main.result("t2", [text("Async agent launched")], toolUseResult={"status": "async_launched", "agentId": "a1"})
    decision = {"decision": "reject", "reasonType": "rule"}
    main.result("t3", "no", is_error=True, toolDenialKind="user-rejected", permissionDecision=decision)
    notice = "<task-notification><task-id>a1</task-id><tool-use-id>t2</tool-use-id><status>completed</status>"
    main.bare("queue-operation", operation="enqueue", content=f"{notice}<summary>s</summary></task-notification>")
    main.add("attachment", attachment={"type": "queued_command", "prompt": "And more.", "commandMode": "prompt"})
    main.add("system", subtype="compact_boundary", compactMetadata={"trigger": "auto", "preTokens": 5})
    main.prompt("Back.", parentUuid="m4").says("m2", text("Done."), stop="end_turn")
    main.add("system", subtype="turn_duration", durationMs=5).cost(0.2).bare("ai-title", aiTitle="Other")
    side = File("a1", at=30).prompt("Count it.").says("n1", call("u1")).result("u1", "x").says("n2", text("7."))
    meta = {"agentType": "Explore", "description": "Count", "toolUseId": "t2"}
    records = [("", record) for record in main.records]
    records[10:10] = [("subagents/agent-a1.meta.json", meta)]
    records[14:14] = [("subagents/agent-a1.jsonl", record) for record in side.records]
    return records, lambda: Transcript().converter()


def sessions() -> list[tuple[list[tuple[str, dict[str, Any]]], Callable[[], Converter]]]:
    streams = [[("", record) for record in build().records] for build in STREAMS.values()]
    return [transcript(), *((records, lambda: StreamJson().converter()) for records in streams)]


SESSIONS = sessions()


def encoded(records: Iterable[tuple[str, Any]]) -> Lines:
    return [(origin, encode([record])[0]) for origin, record in records]


def convert(converter: Converter, lines: Lines) -> list[ForeignEvent]:
    return [event for origin, line in lines for event in converter.feed(line, origin)]


def check(events: list[ForeignEvent]) -> None:
    """Check that all events are valid, and that nothing ends that has not begun, or twice."""
    for number, event in enumerate(events, 1):
        stamp = event.timestamp or "2026-01-01T00:00:00.000000Z"
        line = {"seq": number, "timestamp": stamp, "run": "r", "type": event.type, "phase": "single", "iteration": 1,
                "parent": event.parent, "data": event.data}  # fmt: skip
        assert list(SCHEMA.violations(json.loads(json.dumps(line)))) == []
        assert SCHEMA.knows(event.type)
    assert [event.type for event in events[:1]] in ([], ["run_start"])
    assert len(of(events, "run_start")) <= 1
    for begin, end, key in (("tool_use", "tool_result", "tool_use_id"), ("subagent_start", "subagent_complete", "id")):
        begun, ended = [each["id"] for each in of(events, begin)], [each[key] for each in of(events, end)]
        assert len(begun) == len(set(begun))
        assert len(ended) == len(set(ended))
    messages = [each["id"] for each in of(events, "message")]
    assert len(messages) == len(set(messages))


@pytest.mark.parametrize("number", range(len(SESSIONS)))
def test_every_event_is_valid_and_a_prefix_of_a_file_has_a_prefix_of_its_events(number: int) -> None:
    records, make = SESSIONS[number]
    lines, converter = encoded(records), make()
    counts, events = [0], []
    for origin, line in lines:
        events += converter.feed(line, origin)
        counts.append(len(events))
    check([*events, *converter.end()])
    for length, count in enumerate(counts):
        shorter = make()
        assert convert(shorter, lines[:length]) == events[:count]
        check([*events[:count], *shorter.end()])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all fields in a record."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, inner in items for each in [(*path, key), *places(inner, (*path, key))]]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_fields_may_be_missing_or_of_another_type(data: st.DataObject) -> None:
    given_records, make = data.draw(st.sampled_from(SESSIONS))
    records = copy.deepcopy(given_records)
    for _ in range(data.draw(st.integers(1, 6))):
        _, record = data.draw(st.sampled_from(records))
        path = data.draw(st.sampled_from(places(record) or [("type",)]))
        holder: Any = record
        for key in path[:-1]:
            holder = holder[key]
        if isinstance(holder, dict) and data.draw(st.booleans()):
            del holder[path[-1]]
        else:
            holder[path[-1]] = data.draw(JSON)
    converter = make()
    check([*convert(converter, encoded(records)), *converter.end()])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_records_may_come_in_any_order_and_again(data: st.DataObject) -> None:
    records, make = data.draw(st.sampled_from(SESSIONS))
    lines = encoded(data.draw(st.lists(st.sampled_from(records), max_size=60)))
    converter = make()
    check([*convert(converter, lines), *converter.end()])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_lines_may_be_torn_anywhere(data: st.DataObject) -> None:
    records, make = data.draw(st.sampled_from(SESSIONS))
    converter = make()
    lines = [(origin, line[: data.draw(st.integers(0, len(line)))]) for origin, line in encoded(records[:12])]
    check([*convert(converter, lines), *converter.end()])


def test_a_file_of_another_session_or_a_name_that_is_taken_is_not_the_output() -> None:
    outputs = SavedOutputs()
    outputs.begin("s")
    said = "<persisted-output>\nOutput too large. Full output saved to: {}\n"
    for path, name, response, file, truncated in (
        ("/p/s/tool-results/a.txt", "Read", None, "/p/s/tool-results/a.txt", False),
        ("/p/s/tool-results/a.txt", "Read", None, None, False),
        ("/p/other/tool-results/b.txt", "Read", None, None, False),
        ("/etc/passwd", "Bash", {"persistedOutputPath": "/etc/passwd"}, None, True),
        ("/p/s/tool-results/c.txt", "Bash", {"stdout": "fake"}, None, False),
        ("/p/s/tool-results/mcp-d.txt", "Read", None, None, False),
    ):
        data = {"name": name, "output": said.format(path), "output_bytes": 1, "output_file": None, "truncated": False}
        outputs.check(data, response)
        assert (data["output_file"], data["truncated"]) == (file, truncated), path


def test_an_output_whose_middle_or_whole_is_lost_is_truncated() -> None:
    outputs = SavedOutputs()
    cut = f"{'a' * 5000}\n\n... [9 characters truncated] ...\n\n{'b' * 5000}"
    for output, response, truncated in (
        (cut, None, True), (cut + "c", None, False), (cut, {"stdout": ""}, False), ("<truncated-output>", None, True),
        ("x", {"truncated": True}, True), ("x", {"file": {"truncatedByTokenCap": True}}, True), ("x", 7, False),
    ):  # fmt: skip
        data = {"name": "Read", "output": output, "output_bytes": 1, "output_file": None, "truncated": False}
        outputs.check(data, response)
        assert data["truncated"] is truncated


@pytest.mark.parametrize(
    ("output", "blocked", "reason", "ran"),
    [
        ("PreToolUse:Bash hook error: never", "never", None, True),
        ("<tool_use_error>File is in a directory that is denied by x</tool_use_error>",
         "File is in a directory that is denied by x", None, True),
        ("Not run: cut off", None, "did not run: cut off", False),
        ("<tool_use_error>InputValidationError: no\n\nmore</tool_use_error>", None,
         "did not run: InputValidationError: no", False),
        ("Interrupted: by the API", None, "stopped while it was running", True),
        ("Exit code 3", None, None, True),
    ],
)  # fmt: skip
def test_the_words_of_the_cli_tell_why_a_call_failed(
    output: str, blocked: str | None, reason: str | None, ran: bool
) -> None:
    failure = explain("Bash", output)
    assert (failure.denial and failure.denial.reason, failure.reason, failure.ran) == (blocked, reason, ran)


def test_values_are_read_as_what_they_should_be() -> None:
    assert [whole(value) for value in (2.5, True, 10**400, float("nan"), "1", 2**60)] == [2] + [None] * 5
    assert elapsed_ms("2026-11-29T08:00:00Z", "2026-11-29T09:00:01.5+01:00") == 1500
    assert elapsed_ms("2026-11-29T08:00:02Z", "2026-11-29T08:00:01Z") == 0
    assert elapsed_ms("soon", "2026-11-29T08:00:01Z") is None
    assert input_of(Fields({"input": [1]})) == {"malformed": [1]}
    assert decode_record(b'{"a":NaN}') == Fields({"a": None})
    assert decode_record(b"[" * 9999) is None


def test_a_call_may_have_an_empty_id() -> None:
    stream = Stream().init().says("m1", call("")).user([result("", "one")]).says("m2", call("")).user([result("")])
    events = feed(StreamJson().converter(), stream.lines)
    assert [data["id"] for data in of(events, "tool_use")] == ["", "#2"]


def test_half_a_surrogate_pair_does_not_reach_a_run_file() -> None:
    assert decode_record(b'{"text":"lone \\ud83d"}') == Fields({"text": "lone \ufffd"})
