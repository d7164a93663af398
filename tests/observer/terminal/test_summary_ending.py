"""The first part of a summary: how the run ended and why, what was running, which features fail, and what failed."""

import pytest

from observer.format.event import Event, decode
from observer.format.lines import LineSplitter
from observer.runs.state.state import RunState
from observer.runs.summary.ending import describe_ending
from observer.runs.summary.summary import Summary
from observer.terminal.screen import Screen
from observer.terminal.summary_ending import Page, ending_lines
from tests.helpers import event_at

START = event_at(0, "run_start", project_dir="/p", heartbeat_s=5.0)
SESSION = event_at(1, "session_start", agent_type="CODING", iteration=3)
FEATURES = event_at(
    1, "progress", passing=1, total=9, features=[{"name": f"Feature {n}", "passes": n == 2} for n in range(9)]
)


def use(second: float, id_: str, command: str = "make test") -> bytes:
    return event_at(second, "tool_use", id=id_, name="Bash", input={"command": command})


def failed(second: float, id_: str, output: str = "Exit code 2\nno such target\nmore") -> bytes:
    return event_at(second, "tool_result", tool_use_id=id_, name="Bash", status="error", output=output, duration_ms=9)


def blocked(second: float, command: str = "curl x") -> bytes:
    return event_at(
        second,
        "tool_result",
        name="Bash",
        status="blocked",
        command=command,
        reason="not on the list",
        rule="allowlist",
    )


def first_part(
    *lines: bytes, alive: bool | None = True, after: float = 1.0, width: int | None = None, full: bool = False
) -> list[str]:
    """Return the lines of the first part of a run as seen `after` its last event."""
    summary, state = Summary(), RunState()
    for line in LineSplitter().feed(b"".join(lines)):
        summary.take([line])
        if isinstance(event := decode(line), Event):  # type: ignore[arg-type]
            state.apply(event)
    now = state.now_after(after)
    ending = describe_ending(summary, state, state.status_at(now, writer_alive=alive), after, now)
    page = Page(Screen(width=lambda: width), state.started, full)
    return ["".join(text for _, text in line).rstrip() for line in ending_lines("r", "A thing", ending, page)]


CRASHED = [
    START, SESSION, FEATURES, *(event for n in range(7) for event in (use(n + 2, f"c{n}"), failed(n + 3, f"c{n}"))),
    blocked(11), blocked(11), event_at(12, "error", kind="Bug", message="it broke\nbadly"), use(13, "last", "npm test"),
    event_at(25, "heartbeat", state="in_tool", in_flight=[{"id": "last", "name": "Bash", "elapsed_s": 12.0}]),
]  # fmt: skip


@pytest.mark.parametrize("width", [60, 100, 200])
def test_everything_that_is_asked_first_is_on_the_first_screen(width: int) -> None:
    lines = first_part(*CRASHED, alive=False, width=width)
    text = "\n".join(lines)

    assert len(lines) <= 25
    assert lines[0] == "run r  crashed"
    assert text.replace("\n", " ").startswith(
        "run r  crashed its writer is gone and there is no complete event: it was killed, or its"
    )
    for part in (
        "was running  1\n  Bash  npm test  for 12s\n",
        "features that fail  the first 3 of 8 (--full)\n  ✗ Feature 0\n  ✗ Feature 1\n  ✗ Feature 3\n",
        "failed calls  the last 3 of 7 (--full)\n  01:12:37  ✗ Bash  make test",
        "blocked calls  2\n  01:12:41  ⊘ Bash  curl x",
        "problems  1\n  01:12:42  Bug  it broke  … 1 more line (--full)",
    ):
        assert part in text, part
    assert text.count("Exit code 2 · no such target") == 3
    assert text.count("not on the list  allowlist") == 2


def test_full_shows_every_entry_and_every_line_that_is_known() -> None:
    text = "\n".join(first_part(*CRASHED, alive=False, width=60, full=True))

    assert (
        "failed calls  7\n  01:12:33  ✗ Bash  make test\n      Exit code 2\n      no such target\n      more\n" in text
    )
    assert "features that fail  8\n" in text
    assert "blocked calls  2\n  01:12:41  ⊘ Bash  curl x  allowlist\n      not on the list\n" in text
    assert text.endswith("problems  1\n  01:12:42  Bug  it broke\n      badly")


def test_an_active_run_says_what_it_does_now_and_the_same_lists() -> None:
    lines = first_part(START, SESSION, use(2, "a"), failed(3, "a"), use(4, "b"), after=3)

    assert lines == [
        "run r  in tool Bash 3.0s", "A thing", "began 2026-11-23 01:12:30 UTC", "running  1",
        "  Bash  make test  for 3.0s",
        "failed calls  1", "  01:12:33  ✗ Bash  make test  Exit code 2 · no such target",
    ]  # fmt: skip


def test_a_run_without_trouble_says_only_that_it_is_complete() -> None:
    assert first_part(START, event_at(2, "complete", outcome="success", message="done")) == [
        "run r  complete", "A thing", "began 2026-11-23 01:12:30 UTC",
    ]  # fmt: skip


def test_details_of_the_end_and_a_beginning_that_is_gone_are_in_the_head() -> None:
    end = event_at(2, "complete", outcome="failed", message="exit code 2\nno key\nline 3\nline 4\nline 5")
    lines = first_part(end.replace(b'"seq":1,', b'"seq":771,'))

    assert lines[1:6] == [
        "exit code 2", "  no key", "  line 3", "  … 2 more lines (--full)",
        "known from event 771 on; what came before is gone",
    ]  # fmt: skip


def test_what_the_head_says_already_is_not_repeated_below() -> None:
    silence = "the model was silent for 600 s while no tool was running"
    text = "\n".join(first_part(
        START, SESSION, event_at(2, "error", kind="silence", message=silence),
        event_at(3, "session_end", outcome="failed", message=silence),
        event_at(4, "complete", outcome="failed", message=silence),
    ))  # fmt: skip

    assert text.count(silence) == 1
    assert "what went wrong" not in text


def test_features_that_the_file_does_not_name_are_counted() -> None:
    count = event_at(1, "progress", passing=2, total=6, changed=[], features=None)
    named = event_at(1, "progress", passing=2, total=6, changed=[{"name": "a", "passes": False}])

    assert "features that fail  4; the file does not name them" in first_part(START, count)
    assert "features that fail  the first 1 of 4; the file does not name 3 of them" in first_part(START, named)


def test_a_call_of_which_only_the_name_is_known_leaves_no_gap() -> None:
    beat = event_at(9, "heartbeat", state="in_tool", in_flight=[{"id": "x", "name": "Write", "elapsed_s": 5.0}])
    blocked_call = event_at(3, "tool_result", tool_use_id="b", name="Write", status="blocked", reason="not here")
    lines = first_part(START, SESSION, blocked_call, beat, alive=False)

    assert "  Write  for 5.0s" in lines
    assert "  01:12:33  ⊘ Write  not here" in lines


def test_a_call_in_a_subagent_names_it() -> None:
    begun = event_at(2, "subagent_start", id="s", tool_use_id="t", agent_type="Explore", description="Find it")
    lines = first_part(START, begun, event_at(3, "tool_result", "t", name="Bash", status="error", output="no"))

    assert "  01:12:33  ✗ Bash  (subagent Explore: Find it)  no" in lines
