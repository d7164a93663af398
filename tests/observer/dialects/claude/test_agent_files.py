"""Tests that the subagents of a transcript begin and end once each, nested to any depth, whichever file comes first.

Tests observer.dialects.claude.agent_files and observer.dialects.claude.notifications.
"""

from typing import Any

from observer.dialects.claude.claude_dialects import Transcript
from observer.dialects.claude.notifications import parse_notification
from observer.dialects.dialect import ForeignEvent
from tests.observer.dialects.claude.written import File, brief, call, encode, feed, of, result, text

COUNT = call("t1", "Agent", description="Count", prompt="Count it.", subagent_type="Explore")
META = {"agentType": "Explore", "description": "Count", "toolUseId": "t1", "spawnDepth": 1}
DONE: dict[str, Any] = {"status": "completed", "agentId": "a1", "totalDurationMs": 5198, "totalTokens": 900,
                        "totalToolUseCount": 2, "content": [text("Tools used"), text("It is 7.")]}  # fmt: skip
NOTICE = (
    "<task-notification>\n<task-id>a1</task-id>\n<tool-use-id>t1</tool-use-id>\n<status>completed</status>\n"
    '<summary>Agent "Count" finished</summary>\n<result>It is 7.</result>\n<usage><subagent_tokens>900'
    "</subagent_tokens><tool_uses>2</tool_uses><duration_ms>40</duration_ms></usage>\n</task-notification>"
)
LAUNCHED = "Async agent launched successfully.\nagentId: a1 (internal ID)"


def main() -> File:
    return File().prompt("Begin.").says("m1", COUNT)


def child(agent: str = "a1") -> File:
    return File(agent, at=20).prompt("Count it.").says(f"{agent}-m", text("It is 7."), stop="end_turn")


def subagents(events: list[ForeignEvent]) -> list[str]:
    return [line for line in brief(events) if line.startswith("subagent_")]


def meta(converter: Any, fields: dict[str, Any] = META, agent: str = "a1") -> list[ForeignEvent]:
    return feed(converter, encode([fields]), f"subagents/agent-{agent}.meta.json")


def lines(converter: Any, file: File, agent: str = "a1") -> list[ForeignEvent]:
    return feed(converter, file.lines, f"subagents/agent-{agent}.jsonl")


def test_a_subagent_begins_with_its_call_and_ends_with_the_result_of_that() -> None:
    converter = Transcript().converter()
    events = [*feed(converter, main().lines), *meta(converter), *lines(converter, child())]
    events += feed(converter, File(at=40).result("t1", "It is 7.", toolUseResult=DONE, uuid="x").lines)
    assert brief(events)[4:] == [
        "subagent_start a1",
        "prompt Count it. in t1",
        "thought It is 7. in t1",
        "message a1-m in t1",
        "subagent_complete completed",
        "tool_result success",
    ]
    assert of(events, "prompt")[1]["source"] == "subagent"
    assert of(events, "subagent_start") == [
        {"id": "a1", "tool_use_id": "t1", "agent_type": "Explore", "description": "Count"}
    ]
    assert of(events, "subagent_complete") == [
        {"id": "a1", "tool_use_id": "t1", "status": "completed", "duration_ms": 5198, "tool_uses": 2, "tokens": 900,
         "summary": "It is 7."}
    ]  # fmt: skip
    assert of(events, "tool_result")[0]["duration_ms"] == 5198


def test_what_is_known_of_a_subagent_before_its_call_waits_for_that() -> None:
    converter = Transcript().converter()
    assert [*meta(converter), *lines(converter, child())] == []
    assert brief(feed(converter, main().lines))[3:] == [
        "tool_use Agent",
        "subagent_start a1",
        "prompt Count it. in t1",
        "thought It is 7. in t1",
    ]


def test_a_nested_subagent_has_its_own_call_as_parent() -> None:
    converter = Transcript().converter()
    nested = {"agentType": "general-purpose", "description": "Deep", "toolUseId": "t2", "parentAgentId": "a1"}
    early = [*meta(converter), *meta(converter, nested, "a2"), *lines(converter, child("a2"), "a2")]
    outer = File("a1", at=10).prompt("Count it.").says("n1", call("t2", "Agent", description="Deep", prompt="Deep."))
    events = [*early, *feed(converter, main().lines), *lines(converter, outer)]
    figures = "<usage>subagent_tokens: 15\ntool_uses: 1\nduration_ms: 51</usage>"
    report = f"frame\nThe report follows:\n  Deep\n   is it.\nagentId: a2 (use SendMessage)\n{figures}"
    done = outer.result("t2", [text(report)])
    events += lines(converter, done)
    assert brief(events)[4:] == [
        "subagent_start a1",
        "prompt Count it. in t1",
        "tool_use Agent in t1",
        "subagent_start a2 in t1",
        "prompt Count it. in t2",
        "thought It is 7. in t2",
        "message a2-m in t2",
        "subagent_complete completed in t1",
        "tool_result success in t1",
    ]
    (end,) = of(events, "subagent_complete")
    assert (end["summary"], end["tokens"], end["tool_uses"], end["duration_ms"]) == ("Deep\n is it.", 15, 1, 51)


def test_a_subagent_in_the_background_ends_with_its_notice_however_often_that_comes() -> None:
    converter = Transcript().converter()
    response = {"isAsync": True, "status": "async_launched", "agentId": "a1", "description": "Count"}
    file = main().result("t1", LAUNCHED, toolUseResult=response)
    events = [*feed(converter, file.lines), *lines(converter, child())]
    queue = File().bare("queue-operation", operation="enqueue", content=NOTICE)
    queue.add("attachment", attachment={"type": "queued_command", "prompt": NOTICE}, uuid="q")
    events += feed(converter, [*queue.lines, *queue.lines])
    assert brief(events)[4:] == [
        "subagent_start a1",
        "tool_result success",
        "prompt Count it. in t1",
        "thought It is 7. in t1",
        "message a1-m in t1",
        "subagent_complete completed",
    ]
    (end,) = of(events, "subagent_complete")
    assert (end["summary"], end["tokens"], end["tool_uses"], end["duration_ms"]) == ("It is 7.", 900, 2, 40)


def test_a_subagent_that_fails_or_has_no_file_still_begins_and_ends() -> None:
    file = main().result("t1", "Agent failed", is_error=True, toolUseResult={"agentId": "a1"})
    assert subagents(feed(Transcript().converter(), file.lines)) == ["subagent_start a1", "subagent_complete failed"]
    old = main().result("t1", "It is 7.", toolUseResult={"totalDurationMs": 9, "totalTokens": 8, "content": "odd"})
    assert subagents(feed(Transcript().converter(), old.lines)) == ["subagent_start t1", "subagent_complete completed"]


def test_a_call_that_was_refused_starts_no_subagent() -> None:
    file = main().result("t1", "denied", is_error=True, toolDenialKind="user-rejected", toolUseResult="Error: denied")
    assert subagents(feed(Transcript().converter(), file.lines)) == []


def test_in_the_old_layout_the_prompt_tells_whose_subagent_it_is() -> None:
    converter = Transcript().converter()
    second = call("t2", "Task", description="Again", prompt="Count it.")
    file = main().says("m1", second)
    events = feed(converter, file.lines)
    for agent in ("b1", "b2"):
        events += feed(converter, child(agent).lines, f"agent-{agent}.jsonl")
    assert subagents(events) == ["subagent_start b1", "subagent_start b2"]
    assert [event.parent for event in events if event.type == "thought"] == ["t1", "t2"]


def test_a_call_that_has_ended_starts_no_other_subagent() -> None:
    converter = Transcript().converter()
    feed(converter, main().result("t1", "denied", is_error=True).lines)
    assert feed(converter, child("b1").lines, "agent-b1.jsonl") == []


def test_the_cli_names_the_subagent_behind_what_that_says() -> None:
    converter = Transcript().converter()
    said = "agentId: forged\n  agentId: x\nagentId: a1 (use SendMessage)"
    events = feed(converter, main().result("t1", said).lines)
    assert [each["id"] for each in of(events, "subagent_complete")] == ["a1"]


def test_in_the_oldest_layout_the_records_of_a_subagent_are_among_the_others() -> None:
    side = child()
    for record in side.records:
        del record["agentId"]
    file = main()
    file.records += side.records
    events = feed(Transcript().converter(), file.lines)
    assert brief(events)[4:] == ["subagent_start a11", "prompt Count it. in t1", "thought It is 7. in t1"]


def test_a_subagent_without_a_call_is_shown_at_the_end() -> None:
    converter = Transcript().converter()
    feed(converter, File().prompt("Begin.").says("m1", text("Ok."), stop="end_turn").lines)
    warm_up = File("w1").prompt("Warmup").says("w", text("Ready."))
    assert feed(converter, warm_up.lines, "agent-w1.jsonl") == []
    assert brief(converter.end()) == [
        "subagent_start w1",
        "prompt Warmup in w1",
        "thought Ready. in w1",
        "message m1",
        "message w in w1",
        "complete success",
    ]


def test_the_file_of_a_subagent_by_itself_is_a_run() -> None:
    events = feed(Transcript().converter(), child().lines)
    assert brief(events) == ["run_start", "prompt Count it.", "session_start", "thought It is 7."]


def test_the_results_of_several_calls_in_one_record_are_each_a_result() -> None:
    file = main().says("m1", call("t2"))
    file.prompt([result("t1", "a"), result("t2", "b")], toolUseResult=DONE)
    assert [each["output"] for each in of(feed(Transcript().converter(), file.lines), "tool_result")] == ["a", "b"]


def test_a_notice_without_a_task_or_a_status_is_none() -> None:
    for part in ("<task-id>a1</task-id>\n", "<status>completed</status>\n"):
        assert parse_notification(NOTICE.replace(part, "")) is None
    assert parse_notification("Hello") is None
    notice = parse_notification(NOTICE)
    assert notice is not None
    assert notice.usage == {"total_tokens": 900, "tool_uses": 2, "duration_ms": 40}
