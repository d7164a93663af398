"""Tests of streams by themselves; that their events are those of the recorder is tested in test_same_events.py.

Tests observer.dialects.claude.stream_json, and with it observer.dialects.claude.conversations,
observer.dialects.claude.model_messages, observer.dialects.claude.own_events, observer.dialects.claude.result_content,
observer.dialects.claude.server_tools, observer.dialects.claude.stream_prompts, observer.dialects.claude.tasks,
observer.dialects.claude.text_blocks, observer.dialects.claude.todo_lists, observer.dialects.claude.tool_calls,
observer.dialects.claude.tool_pairs and observer.dialects.claude.turn_results.
"""

import json
from typing import Any

import pytest

from observer.dialects.claude.claude_dialects import StreamJson
from observer.dialects.dialect import ForeignEvent
from observer.dialects.records import NO_OBJECT
from tests.observer.dialects.claude.written import SESSION, Stream, brief, call, feed, of, result, text


def convert(stream: Stream) -> list[ForeignEvent]:
    converter = StreamJson().converter()
    return [*feed(converter, stream.lines), *converter.end()]


def test_a_run_begins_with_the_first_record_that_is_more_than_a_sign_of_life() -> None:
    stream = Stream().system("status", status="compacting").system("hook_started").init()
    start, session = convert(stream)
    assert (start.data["session"], start.data["project_dir"]) == (SESSION, "/home/me/thing")
    assert (start.data["command"], start.data["version"], start.data["model"]) == (
        "claude", "claude-code 2.1.332", "claude-x",
    )  # fmt: skip
    assert (session.data["session_id"], session.data["permission_mode"]) == (SESSION, "default")


def test_a_message_counts_though_the_stream_was_cut_off_after_it() -> None:
    converter = StreamJson().converter()
    assert of(feed(converter, Stream().init().says("m1", text("One.")).lines), "message") == []
    assert [(each["id"], each["text"]) for each in of(converter.flush(), "message")] == [("m1", "One.")]
    assert converter.end() == []


def test_a_session_begins_once_although_each_turn_says_so() -> None:
    stream = Stream().init().says("m1", text("One.")).result().init().says("m2", text("Two.")).result()
    events = convert(stream)
    assert len(of(events, "session_start")) == 1
    assert of(events, "complete")[0]["outcome"] == "success"
    assert [each["outcome"] for each in of(events, "info")] == ["success", "success"]


def test_only_messages_have_times_and_other_records_have_none() -> None:
    events = convert(Stream().init().says("m1", text("One.")).result())
    assert [event.timestamp for event in events[:3]] == [None, None, "2026-11-29T07:56:02.500000Z"]


def test_pieces_of_text_come_as_they_are_written_and_the_whole_adds_nothing() -> None:
    stream = Stream().init().begins("m1").block(0, text(""), "I ", "lo", "ok.").says("m1", text("I look."))
    events = convert(stream.ends("end_turn", output=40).result())
    assert [each["text"] for each in of(events, "thought")] == ["I ", "lo", "ok."]
    (message,) = of(events, "message")
    assert (message["text"], message["tokens"]["output"], message["stop_reason"]) == ("I look.", 40, "end_turn")


def test_a_long_input_is_reported_while_it_is_written() -> None:
    stream = Stream().init().begins("m1").block(0, call("t1", "Write"), *["x" * 1000] * 10, end=False)
    assert of(convert(stream), "tool_input") == [
        {"id": "t1", "name": "Write", "bytes": 5000}, {"id": "t1", "name": "Write", "bytes": 10000},
    ]  # fmt: skip


def test_a_duration_is_the_time_between_the_call_and_its_result() -> None:
    stream = Stream().init().says("m1", call("t1")).system("status").user([result("t1", "out")])
    assert of(convert(stream), "tool_result")[0]["duration_ms"] == 2000


def test_a_refusal_that_only_the_result_states_is_one() -> None:
    meta = [{"id": "t1", "non_execution_kind": "user-rejected", "permission_decision": {"decision": "reject"}}]
    stream = Stream().init().says("m1", call("t1")).user([result("t1", "No.", is_error=True)], tool_result_meta=meta)
    (blocked,) = of(convert(stream), "tool_result")
    assert (blocked["status"], blocked["reason"], blocked["rule"]) == ("blocked", "No.", "permission")


def test_the_result_of_a_server_tool_is_known_without_the_stream() -> None:
    search = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}}
    found = [{"type": "web_search_result", "title": "T", "url": "https://t", "encrypted_content": "x"}]
    answer = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": found}
    (ended,) = of(convert(Stream().init().says("m1", search).says("m1", answer).result()), "tool_result")
    assert (ended["name"], ended["status"], ended["output"]) == ("web_search", "success", "T\nhttps://t")


@pytest.mark.parametrize(
    ("fields", "outcome", "message"),
    [
        ({"is_error": True, "result": "API Error"}, "failed", "API Error"),
        ({"subtype": "error_max_turns", "errors": ["too many"]}, "failed", "too many"),
        ({"subtype": "error_max_budget_usd"}, "budget", "error_max_budget_usd"),
        (
            {"terminal_reason": "aborted_tools", "is_error": True},
            "interrupted",
            "interrupted before the agent was done",
        ),
        ({"stop_reason": "refusal"}, "failed", "the model refused to answer"),
        ({"terminal_reason": "hook_stopped"}, "failed", "a hook stopped the turn before the agent was done"),
        ({"terminal_reason": ["odd"], "stop_reason": 7, "errors": "odd"}, "success", "done"),
    ],
)
def test_the_outcome_is_that_of_the_last_result(fields: dict[str, Any], outcome: str, message: str) -> None:
    (complete,) = of(convert(Stream().init().result(**fields)), "complete")
    assert (complete["outcome"], complete["message"]) == (outcome, message)


def test_a_hook_that_refuses_the_prompt_fails_the_turn() -> None:
    stream = Stream().init().system("informational", prevent_continuation=True, content="not today").result()
    assert of(convert(stream), "complete")[0]["message"] == "a hook refused the prompt: not today"


def test_what_a_resumed_conversation_had_cost_before_does_not_count() -> None:
    own = {"claude-x": {"inputTokens": 2, "outputTokens": 1, "costUSD": 0.05}}
    (end,) = of(convert(Stream().init().result(result_index=0, model_usage_since_last_result=own)), "session_end")
    assert (end["cost_usd"], end["tokens"]["input"], end["tokens"]["output"]) == (0.05, 2, 1)


def test_a_stream_that_was_cut_off_has_no_end_and_its_open_calls_no_result() -> None:
    events = convert(Stream().init().says("m1", call("t1")))
    assert brief(events)[2:] == ["tool_use Bash"]


def test_the_end_comes_once() -> None:
    converter = StreamJson().converter()
    feed(converter, Stream().init().result().lines)
    assert [event.type for event in converter.end()] == ["session_end", "complete"]
    assert converter.end() == []


def test_records_of_unknown_types_are_counted() -> None:
    stream = Stream().init().add("new-thing").add("new-thing").system("new", note="x").add("control_request")
    converter = StreamJson().converter()
    events = feed(converter, stream.lines)
    assert converter.unknown == {"new-thing": 2, "system:new": 1}
    assert [each["kind"] for each in of(events, "info")] == ["system:new"]


def test_lines_that_hold_no_record_are_counted() -> None:
    converter = StreamJson().converter()
    feed(converter, [*Stream().init().lines, b"npm ERR! code 1", b"", b'{"type":"resu'])
    assert converter.unknown == {NO_OBJECT: 2}


def test_a_long_record_of_an_unknown_kind_is_shortened() -> None:
    (note,) = of(convert(Stream().init().system("new", note="x" * 9000)), "info")
    assert note["message"].endswith("characters omitted]")
    assert len(note["message"]) < 2100


def test_lines_before_the_first_record_are_output_of_other_programs() -> None:
    converter = StreamJson().converter()
    assert feed(converter, [b"npm warn", b"", b"{}"]) == []
    events = feed(converter, Stream().init().lines)
    assert brief(events) == ["run_start", "info output", "info output", "session_start"]
    assert json.loads(json.dumps([each["message"] for each in of(events, "info")])) == ["npm warn", "{}"]
