"""Tests that each record of a transcript becomes the event that it stands for, and each trap none.

Tests observer.dialects.claude.transcript, and with it observer.dialects.claude.transcript_records,
observer.dialects.claude.prompts and observer.dialects.claude.call_ids.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from observer.dialects.claude.claude_dialects import Transcript
from observer.dialects.claude.transcript import TranscriptConverter
from observer.dialects.dialect import ForeignEvent
from observer.dialects.records import NO_OBJECT
from tests.observer.dialects.claude.written import SESSION, File, brief, call, encode, feed, of, text, thinking


def convert(file: File) -> list[ForeignEvent]:
    return feed(Transcript().converter(), file.lines)


def words(file: File) -> list[str]:
    """Return the events in brief, without the beginnings of the run and the session."""
    return [line for line in brief(convert(file)) if not line.startswith(("run_start", "session_start"))]


def begun() -> File:
    return File().prompt("Count the lines.", promptSource="typed", permissionMode="acceptEdits")


def test_a_run_begins_with_its_first_prompt_and_a_session_with_the_model() -> None:
    events = convert(begun().says("m1", text("I count.")))
    assert [event.type for event in events] == ["run_start", "prompt", "session_start", "thought"]
    start, session = events[0].data, events[2].data
    assert (start["command"], start["version"], start["session"]) == ("claude", "claude-code 2.1.332", SESSION)
    assert (start["project_dir"], start["about"]) == ("/home/me/thing", "Count the lines.")
    assert (session["model"], session["cli_version"], session["permission_mode"]) == (
        "claude-x",
        "2.1.332",
        "acceptEdits",
    )
    assert [event.timestamp for event in events[:2]] == ["2026-11-29T08:00:01.000000Z"] * 2


def test_the_model_is_known_before_the_first_answer_if_the_cli_announces_it() -> None:
    file = begun()
    identity = {"type": "model", "identity": {"modelId": "claude-y"}, "text": "You are ..."}
    line = b'{"parentUuid":"m1","isSidechain":false,"attachment":%b,"type":"attachment"}' % encode([identity])[0]
    converter = Transcript().converter()
    events = [*feed(converter, file.lines), *converter.feed(line), *converter.feed(line)]
    assert [event.type for event in events] == ["run_start", "prompt", "session_start"]
    assert events[2].data["model"] == "claude-y"


def test_a_call_whose_id_the_model_has_used_before_has_one_of_its_own() -> None:
    file = begun().says("m1", call("c0")).result("c0", "one")
    file.says("m1", call("c0")).says("m2", call("c0")).result("c0", "two")
    events = convert(file)
    assert [data["id"] for data in of(events, "tool_use")] == ["c0", "c0#2"]
    assert [(data["tool_use_id"], data["output"]) for data in of(events, "tool_result")] == [
        ("c0", "one"),
        ("c0#2", "two"),
    ]


def test_a_title_is_the_purpose_of_the_run_and_a_later_one_is_news() -> None:
    file = File().bare("summary", summary="Lines\nand words", leafUuid="x").prompt("Count the lines.")
    file.bare("custom-title", customTitle="Counting").bare("ai-title", aiTitle="Counting")
    events = convert(file)
    assert events[0].data["about"] == "Lines and words"
    assert of(events, "info") == [{"message": "Counting", "kind": "title"}]


def test_each_block_of_a_message_is_an_event_and_the_last_usage_counts_once() -> None:
    file = begun().says("m1", thinking("Hm."), output=1, apiBlockIndex=0)
    file.says("m1", thinking(""), output=1, apiBlockIndex=1).says("m1", text("I count."), output=5, apiBlockIndex=2)
    file.says("m1", call("t1", command="wc"), output=40, stop="tool_use", apiBlockIndex=3).prompt("Next.")
    events = convert(file)
    assert [(event.data["text"], event.data["block"]) for event in events if event.type in {"thinking", "thought"}] == [
        ("Hm.", 0),
        ("I count.", 2),
    ]
    (message,) = of(events, "message")
    assert (message["id"], message["stop_reason"], message["text"]) == ("m1", "tool_use", "I count.")
    assert message["tokens"] == {"input": 12, "output": 40, "cache_read": 900, "cache_write": 5, "thinking": None}


def test_a_message_that_nothing_follows_counts_once_it_is_known_that_nothing_will() -> None:
    converter = Transcript().converter()
    file = begun().says("m1", text("I count."), call("t1"), output=40, stop="tool_use")
    events = feed(converter, killed := file.lines)
    assert of([*events, *converter.end()], "message") == []
    (message,) = of(converter.flush(), "message")
    assert (message["text"], message["tokens"]["output"]) == ("I count.", 40)
    assert converter.flush() == converter.end() == []
    resumed = feed(converter, file.prompt("Go on.").says("m2", text("Two.")).lines[len(killed) :])
    assert [each["id"] for each in of([*resumed, *converter.flush()], "message")] == ["m2"]


def test_blocks_of_older_versions_are_numbered_and_messages_without_an_id_are_each_its_own() -> None:
    file = begun().says("m1", text("One."), call("t1"), text("Two."))
    for said in ("Three.", "Four."):
        record = File().says("", text(said)).records[0]
        del record["message"]["id"], record["uuid"], record["message"]["usage"]
        file.records.append(record)
    thoughts = of(convert(file), "thought")
    assert [(each["text"], each["block"]) for each in thoughts] == [
        ("One.", 0),
        ("Two.", 2),
        ("Three.", 0),
        ("Four.", 0),
    ]
    assert len({each["message"] for each in thoughts}) == 3


def test_a_result_has_the_name_the_time_and_the_status_of_its_call() -> None:
    file = begun().says("m1", call("t1", command="ls")).says("m1", call("t2", "Read", file_path="gone"))
    file.result("t1", "a.txt", toolUseResult={"stdout": "a.txt", "stderr": ""}).result("t2", "gone", is_error=True)
    results = of(convert(file), "tool_result")
    assert [(each["name"], each["status"], each["duration_ms"], each["output"]) for each in results] == [
        ("Bash", "success", 2000, "a.txt"),
        ("Read", "error", 2000, "gone"),
    ]


@pytest.mark.parametrize(
    ("fields", "status", "rule"),
    [
        ({"toolDenialKind": "user-rejected"}, "blocked", "permission"),
        (
            {"permissionDecision": {"decision": "reject", "source": "config", "reasonType": "rule"}},
            "blocked",
            "settings",
        ),
        ({"toolDenialKind": "interrupted", "permissionDecision": {"decision": "reject"}}, "error", None),
        ({"permissionDecision": {"decision": "accept", "source": "config"}}, "error", None),
        ({"toolDenialKind": 7, "permissionDecision": [1]}, "error", None),
    ],
)
def test_a_refused_call_is_blocked(fields: dict[str, Any], status: str, rule: str | None) -> None:
    file = begun().says("m1", call("t1", command="rm -rf /")).result("t1", "Dangerous.", is_error=True, **fields)
    (result,) = of(convert(file), "tool_result")
    assert (result["status"], result["rule"]) == (status, rule)
    assert result["reason"] == ("Dangerous." if rule else None)


def test_an_output_in_a_file_of_the_session_is_named_and_the_copy_of_it_not_shown() -> None:
    path = f"/home/me/.claude/projects/thing/{SESSION}/tool-results/b1.txt"
    response = {"stdout": "1\n" * 999, "stderr": "", "persistedOutputPath": path, "persistedOutputSize": 1998}
    said = f"<persisted-output>\nOutput too large. Full output saved to: {path}\n\nPreview:\n1\n</persisted-output>"
    file = begun().says("m1", call("t1", command="seq")).result("t1", said, toolUseResult=response)
    (result,) = of(convert(file), "tool_result")
    assert (result["output_file"], result["output_bytes"], result["truncated"]) == (path, 1998, False)
    assert result["output"] == said


@pytest.mark.parametrize(
    "content",
    [
        "<command-name>/exit</command-name>",
        "<local-command-stdout>Bye</local-command-stdout>",
        "<system-reminder>\nNote\n</system-reminder>",
        "Caveat: The messages below were generated by the user while running local commands. DO NOT",
        [text("<system-reminder>Note</system-reminder>")],
        "",
        None,
        [None, 7, {"type": "text", "text": None}],
    ],
)
def test_what_the_cli_adds_is_no_prompt(content: Any) -> None:
    assert convert(File().prompt(content)) == []


def test_a_prompt_is_what_is_left_of_its_blocks() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    file = File().prompt([text("<system-reminder>Note</system-reminder>"), text("Look at this."), image])
    (prompt,) = of(convert(file), "prompt")
    images = [{"media_type": "image/png", "bytes": 3, "file": None}]
    assert prompt == {"text": "Look at this.", "source": "user", "images": images}
    assert convert(File().prompt("Hidden", isMeta=True)) == []


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"promptSource": "typed"}, "user"),
        ({"promptSource": "sdk"}, "user"),
        ({}, "user"),
        ({"promptSource": ["x"]}, "user"),
        ({"promptSource": "queued"}, "queued"),
        ({"promptSource": "system"}, "cli"),
        ({"isCompactSummary": True}, "cli"),
    ],
)
def test_a_prompt_says_who_wrote_it(fields: dict[str, Any], source: str) -> None:
    assert of(convert(File().prompt("Go on.", **fields)), "prompt")[0]["source"] == source


def test_a_queued_prompt_is_announced_while_a_turn_is_running_and_comes_once() -> None:
    file = File().bare("queue-operation", operation="enqueue", content="Count.").prompt("Count.", promptSource="sdk")
    file.says("m1", call("t1", command="sleep 9")).bare("queue-operation", operation="enqueue", content="And words.")
    file.add("attachment", attachment={"type": "queued_command", "prompt": "And words.", "commandMode": "prompt"})
    file.bare("queue-operation", operation="remove", content="And words.")
    file.result("t1").prompt("And words.", promptSource="queued")
    assert words(file) == [
        "prompt Count.",
        "tool_use Bash",
        "info queued",
        "prompt And words.",
        "tool_result success",
    ]


def test_a_queued_prompt_may_come_before_the_result_that_was_awaited() -> None:
    file = (
        begun().says("m1", call("t1")).prompt("And words.", promptSource="queued").result("t1").says("m2", text("Ok."))
    )
    assert words(file)[1:] == [
        "tool_use Bash",
        "message m1",
        "prompt And words.",
        "tool_result success",
        "thought Ok.",
    ]


def test_an_interruption_is_news_and_ends_the_turn() -> None:
    file = begun().says("m1", call("t1")).result("t1", "The user doesn't want to proceed with this tool use. The tool "
                                                 "use was rejected", is_error=True)  # fmt: skip
    converter = Transcript().converter()
    events = feed(converter, file.prompt("[Request interrupted by user for tool use]").lines)
    assert of(events, "tool_result")[0]["reason"] == "did not run: the turn was interrupted before it started"
    assert [each["kind"] for each in of(events, "info")] == ["interrupted", "turn_end"]
    assert of(converter.end(), "complete")[0]["outcome"] == "interrupted"


def test_the_end_of_a_turn_is_news_with_its_duration() -> None:
    file = begun().says("m1", text("Done."), stop="end_turn").add("system", subtype="turn_duration", durationMs=1467)
    events = convert(file)
    assert of(events, "info") == [
        {"message": "the turn ended: success", "kind": "turn_end", "duration_ms": 1467, "outcome": "success"}
    ]
    assert [event.type for event in events[-3:]] == ["thought", "message", "info"]


def test_the_last_message_ends_with_the_note_that_the_cli_writes_behind_it() -> None:
    converter = Transcript().converter()
    feed(converter, begun().says("m1", text("Done."), stop="end_turn").lines)
    assert brief(converter.feed(b'{"type":"last-prompt","leafUuid":"m2"}')) == ["message m1"]


def test_a_failed_request_is_a_retry() -> None:
    fields = {"message": "529 {}", "status": 529, "formatted": "529 Overloaded"}
    file = begun().add("system", subtype="api_error", error=fields, retryInMs=583, retryAttempt=1, maxRetries=10)
    assert of(convert(file), "api_retry") == [
        {"attempt": 1, "max_retries": 10, "delay_ms": 583, "status": 529, "error": "529 Overloaded"}
    ]


def test_an_error_of_the_api_is_an_error_and_fails_the_turn() -> None:
    file = begun().says("e1", text("API Error: 400"))
    file.records[-1]["message"]["model"] = "<synthetic>"
    file.records[-1] |= {"isApiErrorMessage": True, "error": "invalid_request"}
    converter = Transcript().converter()
    events = feed(converter, file.lines)
    assert of(events, "error") == [{"message": "API Error: 400", "kind": "api:invalid_request", "traceback": None}]
    assert of(converter.end(), "complete")[0]["message"] == "API Error: 400"
    file.records[-1]["message"]["content"] = [text("No response requested.")]
    del file.records[-1]["isApiErrorMessage"]
    assert of(convert(file), "error") == []


def test_a_compaction_writes_records_again_which_come_once() -> None:
    file = (
        begun().says("m1", text("Counted."), stop="end_turn").prompt("Next.").says("m2", text("Ok."), stop="end_turn")
    )
    metadata = {"trigger": "auto", "preTokens": 150000}
    file.add("system", subtype="compact_boundary", parentUuid=None, compactMetadata=metadata)
    file.prompt("This session is being continued ...", isCompactSummary=True)
    again = [record | {"timestamp": "2026-11-29T08:00:03.000Z"} for record in file.records[2:4]]
    file.records += again  # under the same uuid
    file.records += [record | {"uuid": f"new-{record['uuid']}"} for record in again]  # and under new ones
    events = convert(file.says("m3", text("Back."), timestamp="2026-11-29T07:00:00.000Z"))
    assert of(events, "compaction") == [{"trigger": "auto", "tokens_before": 150000}]
    assert [each["text"] for each in of(events, "prompt")] == [
        "Count the lines.",
        "Next.",
        "This session is being continued ...",
    ]
    assert [each["text"] for each in of(events, "thought")] == ["Counted.", "Ok.", "Back."]
    assert events[-1].timestamp == "2026-11-29T07:00:00.000000Z"


def test_a_prompt_that_goes_back_is_a_rewind() -> None:
    file = begun().says("m1", text("Counted."), stop="end_turn").prompt("First try.").says("m2", text("No."))
    file.prompt("Second try.", parentUuid="m2").says("m3", text("Yes."))
    assert words(file)[2:] == [
        "message m1",
        "prompt First try.",
        "thought No.",
        "message m2",
        "info rewind",
        "prompt Second try.",
        "thought Yes.",
    ]


def test_other_branches_are_no_rewinds() -> None:
    file = begun().says("m1", call("t1")).says("m1", call("t2"))
    file.result("t1", parentUuid="m2").result("t2", parentUuid="m3")
    file.prompt("Quick.", promptSource="queued", parentUuid="m2").says("m2", text("Ok."), parentUuid="m5")
    assert of(convert(file), "info") == []


def test_lists_of_things_to_do_are_followed() -> None:
    todos = ["broken", {"content": "Count", "status": "completed"}, {"content": "Write", "status": "pending"}]
    file = begun().says("m1", call("t1", "TodoWrite", todos=todos)).result("t1", "ok")
    file.says("m2", call("t2", "TaskCreate", subject="Read")).result("t2", "Task #1 created successfully: Read")
    assert of(convert(file), "todo") == [
        {"items": [{"text": "Count", "status": "completed"}, {"text": "Write", "status": "pending"}]},
        {"items": [{"text": "Read", "status": "pending"}]},
    ]


def test_a_list_that_has_not_changed_does_not_come_again() -> None:
    file = (
        begun().says("m1", call("t1", "TaskCreate", subject="Read")).result("t1", "Task #1 created successfully: Read")
    )
    file.says("m2", call("t2", "TaskList")).result("t2", "#1 [pending] Read")
    file.says("m3", call("t3", "TaskUpdate", taskId="1", status="deleted")).result("t3", "Updated task #1 deleted")
    assert of(convert(file), "todo") == [{"items": [{"text": "Read", "status": "pending"}]}, {"items": []}]


def test_events_of_records_without_a_time_have_the_latest_one() -> None:
    file = begun().says("m1", text("Done."), stop="end_turn", timestamp="2026-11-29T09:00:00.000Z")
    file.says("m2", text("Earlier."), stop="end_turn").cost(0.1).bare("ai-title", aiTitle="Other")
    converter = Transcript().converter()
    events = [*feed(converter, file.lines), *converter.end()]
    assert [(event.type, event.timestamp) for event in events[-3:]] == [
        (kind, "2026-11-29T09:00:00.000000Z") for kind in ("session_end", "info", "complete")
    ]


def test_a_background_command_that_ends_is_news_once() -> None:
    notice = (
        "<task-notification>\n<task-id>b1</task-id>\n<tool-use-id>t1</tool-use-id>\n<status>completed</status>\n"
        "<summary>Background command naps completed (exit code 0)</summary>\n</task-notification>"
    )
    file = begun().says("m1", call("t1", command="sleep 1", run_in_background=True)).result("t1", "Running.")
    file.bare("queue-operation", operation="enqueue", content=notice)
    file.add("attachment", attachment={"type": "queued_command", "prompt": notice})
    assert of(convert(file), "info") == [
        {"message": "Background command naps completed (exit code 0)", "kind": "background"}
    ]


def test_records_of_unknown_types_are_counted() -> None:
    file = begun().bare("new-thing", data=1).bare("new-thing").add("system", subtype="new", content="x")
    file.add("system", subtype="informational", content="A note.").add("system", subtype="stop_hook_summary")
    file.bare("mode", mode="normal").bare("queue-operation", operation="dequeue")
    file.records += [{"type": ["x"], "sessionId": SESSION}, {"type": "attachment", "attachment": {"type": "date"}}]
    converter = Transcript().converter()
    events = feed(converter, file.lines)
    assert converter.unknown == {"new-thing": 2, "system:new": 1, "(no type)": 1}
    assert of(events, "info") == [{"message": "A note.", "kind": "informational"}]


def test_lines_that_are_no_records_are_errors_once_the_run_has_begun() -> None:
    converter = Transcript().converter()
    assert feed(converter, [b"not-json", b"", b"  "]) == []
    events = feed(converter, [*begun().lines, b'{"type":"user","mess'])
    assert brief(events)[1:] == ["error malformed_line", "prompt Count the lines.", "error malformed_line"]
    assert converter.unknown == {NO_OBJECT: 2}


def test_records_with_only_usage_are_messages() -> None:
    usage = {"input_tokens": 100, "output_tokens": 50}
    record = {"timestamp": "2026-01-09T10:00:00.000Z", "sessionId": "s", "message": {"role": "assistant", "id": "m1",
              "model": "claude-z", "usage": usage}}  # fmt: skip
    converter = Transcript().converter()
    feed(converter, encode([record, record]))
    events = feed(converter, encode([record | {"message": {**record["message"], "id": "m2"}}]))  # type: ignore[dict-item]
    assert [(each["id"], each["tokens"]["output"]) for each in of(events, "message")] == [("m1", 50)]


def ended(*blocks: Any, stop: str | None, then: Iterable[bytes] = ()) -> list[dict[str, Any]]:
    converter: TranscriptConverter = Transcript().converter()
    feed(converter, [*begun().says("m1", *blocks, stop=stop).lines, *then])
    return of(converter.end(), "complete")


def test_a_run_is_complete_if_its_last_turn_has_ended() -> None:
    (complete,) = ended(text("Done."), stop="end_turn")
    assert (complete["outcome"], complete["message"]) == ("success", "as far as the file tells")
    assert (complete["duration_ms"], complete["cost_usd"]) == (1000, None)
    assert complete["tokens"]["output"] == 7
    assert ended(text("Done."), stop=None)[0]["outcome"] == "success"
    assert ended(text("No."), stop="refusal")[0] | {"tokens": 0} == complete | {
        "outcome": "failed", "message": "the model refused to answer", "tokens": 0,
    }  # fmt: skip


def test_a_run_is_not_complete_in_the_middle_of_a_turn() -> None:
    assert ended(text("I count."), call("t1"), stop="tool_use") == []
    assert ended(text("I count."), call("t1"), stop=None) == []
    assert ended(call("t1"), text("I count."), stop=None) == []
    assert ended(thinking("Hm."), stop="end_turn") == []
    assert ended(text("Done."), stop="end_turn", then=begun().prompt("More.").lines[1:]) != []
    assert Transcript().converter().end() == []
    more = File(at=9).prompt("More.", uuid="other").lines
    assert ended(text("Done."), stop="end_turn", then=more) == []


def test_the_end_comes_again_only_after_more_lines() -> None:
    converter = Transcript().converter()
    file = begun().says("m1", text("Done."), stop="end_turn")
    feed(converter, file.lines)
    assert brief(converter.end()) == ["message m1", "complete success"]
    assert converter.end() == []
    feed(converter, file.prompt("More.").says("m2", text("Again."), stop="end_turn").lines)
    assert brief(converter.end()) == ["message m2", "complete success"]


def test_a_record_that_is_written_again_because_it_was_broken_counts() -> None:
    file = File().prompt("Count.")
    file.records[0] |= {"uuid": "u"}
    file.records.insert(0, file.records[0] | {"message": "error"})
    file.records.append(file.records[1])
    assert [each["text"] for each in of(convert(file), "prompt")] == ["Count."]
