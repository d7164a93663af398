"""The end of a run: a success is said once, and anything else in full."""

import json

import pytest

from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from tests.observer.terminal.rendering import RecordingSink, records, render


def line(kind: str, **data: object) -> str:
    return json.dumps({"type": kind, "data": data})


START = line("run_start", project_dir="/p")
SINGLE = line("session_start", agent_type="SINGLE")
CODING = line("session_start", agent_type="CODING", iteration=2)
END = line("session_end", outcome="success", turns=10, duration_ms=24000, cost_usd=0.52)
TOKENS = {"input": 30000, "output": 1000}


def complete(outcome: str = "success", message: str = "done", directory: str = "/p") -> str:
    return line(
        "complete",
        outcome=outcome,
        message=message,
        project_dir=directory,
        duration_ms=24500,
        cost_usd=0.52,
        tokens=TOKENS,
    )


def ending(*lines: str) -> list[str]:
    return [one for one in render(*lines).splitlines() if one and not one.startswith(("── Agent", "── Coding"))]


def test_a_success_is_one_line() -> None:
    assert ending(START, SINGLE, END, complete())[2:] == ["✓ complete  24s · $0.52 · 10 turns · 31.0k tokens"]


def test_a_success_is_one_line_also_in_a_view_that_begins_later_than_the_session() -> None:
    end = json.dumps({**json.loads(END), "phase": "single"})
    assert ending(end, complete(directory="")) == ["✓ complete  24s · $0.52 · 10 turns · 31.0k tokens"]


def test_a_message_that_says_more_and_another_directory_are_shown() -> None:
    last = ending(START, SINGLE, END, complete(message="12 of 12 pass\nas before", directory="/q"))[2:]
    assert last == ["✓ complete  12 of 12 pass  24s · $0.52 · 10 turns · 31.0k tokens · /q", "  as before"]


def test_sessions_of_a_longer_run_have_ends_of_their_own_and_their_turns_are_summed() -> None:
    assert ending(START, CODING, END, CODING, END, complete())[2:] == [
        "session success  10 turns · 24s · $0.52",
        "session success  10 turns · 24s · $0.52",
        "✓ complete  24s · $0.52 · 20 turns · 31.0k tokens",
    ]


@pytest.mark.parametrize("after", [complete("failed", "no luck"), line("error", message="no luck"), CODING, ""])
def test_the_end_of_a_session_is_shown_if_the_run_does_not_succeed_with_it(after: str) -> None:
    shown = ending(START, SINGLE, END, *([after] if after else []))
    assert "session success  10 turns · 24s · $0.52" in shown
    assert ("no luck" in "\n".join(shown)) is ("no luck" in after)


def test_the_end_of_a_session_is_shown_when_nothing_follows_for_a_while() -> None:
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: None))
    view.show(records(START, SINGLE, END))
    assert "session success" not in out.text
    view.idle()
    view.idle()
    view.show(records(complete()))
    assert out.text.count("session success") == 1
    assert "✓ complete" in out.text


def test_blocked_calls_are_listed_below() -> None:
    blocked = [{"name": "Bash", "command": "rm -rf /", "rule": "rm"}]
    shown = ending(START, line("complete", outcome="success", project_dir="/p", blocked=blocked))
    assert shown[2:] == ["✓ complete", "⊘ 1 call blocked", "  rm -rf /  rm"]
