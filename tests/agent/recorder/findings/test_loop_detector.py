"""An agent that goes in circles is reported once in each streak."""

from typing import Any

from agent.events import Event, ToolResult, ToolStatus, ToolUse
from agent.recorder.findings.loop_detector import LoopDetector


def call(name: str = "Bash", **given: Any) -> Event:
    return ToolUse(id="t", name=name, input=given)


def result(status: ToolStatus, name: str = "Bash") -> Event:
    return ToolResult(tool_use_id="t", name=name, status=status, output="", output_bytes=0)


def said(*events: Event, parent: str | None = None, detector: LoopDetector | None = None) -> list[str]:
    detector = detector or LoopDetector()
    return [info.message for event in events if (info := detector.check(event, parent)) and info.kind == "stuck"]


def test_the_same_call_three_times_in_a_row_is_reported_once() -> None:
    assert said(*[call(command="ls")] * 2) == []
    assert said(*[call(command="ls")] * 9) == ["Bash was called 3 times in a row with the same input"]


def test_another_call_ends_the_streak_and_a_new_streak_is_reported_again() -> None:
    same, other = call(command="ls"), call("Read", file_path="a")
    assert said(same, same, other, same, same) == []
    assert len(said(same, same, same, other, same, same, same)) == 2


def test_the_order_of_the_keys_makes_no_difference() -> None:
    assert said(call(a=1, b=2), call(b=2, a=1), call(a=1, b=2)) != []


def test_five_consecutive_failures_of_a_tool_are_reported_once_even_with_other_tools_between() -> None:
    failed, read = result(ToolStatus.ERROR), result(ToolStatus.SUCCESS, "Read")
    assert said(*[failed, read] * 4) == []
    assert said(*[failed, read] * 8) == ["Bash failed 5 times in a row"]


def test_a_blocked_call_is_a_failure_and_a_success_ends_the_streak() -> None:
    failed, blocked, good = (result(status) for status in (ToolStatus.ERROR, ToolStatus.BLOCKED, ToolStatus.SUCCESS))
    assert said(failed, blocked, failed, blocked, good, blocked) == []
    assert len(said(*[blocked] * 5, good, *[failed] * 5)) == 2


def test_each_agent_is_counted_separately() -> None:
    detector = LoopDetector()
    same = call(command="ls")
    assert said(same, same, detector=detector) == []
    assert said(same, same, parent="toolu_1", detector=detector) == []
    assert said(same, parent="toolu_1", detector=detector) != []


def test_a_repeated_call_is_found_whatever_its_input_holds() -> None:
    assert len(said(*[call(command="\ud83d", options={"b": 1, "a": None})] * 3)) == 1
    assert len(said(call(b=1, a=2), call(a=2, b=1), call(b=1, a=2))) == 1
