"""What a reader wants to know of a run first, as sections of words."""

import pytest

from observer.format.event import Event, decode
from observer.format.lines import LineSplitter
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Verdict
from observer.runs.summary.ending import Ending, describe_ending
from observer.runs.summary.panel import MAX_ROWS, VERDICT_LOOKS, Panel, make_panel
from observer.runs.summary.summary import Summary
from observer.terminal.theme import VERDICT_ROLES
from tests.helpers import event_at
from tests.observer.report.runs import RUN, tool


def progress(second: float, passing: int, name: str, *, passes: bool) -> bytes:
    return event_at(second, "progress", passing=passing, total=3, changed=[{"name": name, "passes": passes}])


def known(*lines: bytes, alive: bool = True) -> tuple[Summary, Ending, bytes]:
    """Return what is known of a run one second after its last event, and its bytes."""
    summary, _, ending, data = _known(*lines, alive=alive)
    return summary, ending, data


def _known(*lines: bytes, alive: bool) -> tuple[Summary, RunState, Ending, bytes]:
    data, summary, state = b"".join(lines), Summary(), RunState()
    for line in LineSplitter().feed(data):
        summary.take([line])
        if isinstance(event := decode(line), Event):  # type: ignore[arg-type]
            state.apply(event)
    now = state.now_after(1.0)
    status = state.status_at(now, writer_alive=alive, stall_after_s=600.0)
    return summary, state, describe_ending(summary, state, status, 1.0, now), data


def panel(*lines: bytes, alive: bool = True) -> Panel:
    summary, state, ending, _ = _known(*lines, alive=alive)
    return make_panel(summary, state, ending)


def texts(found: Panel, name: str) -> list[str]:
    """Return the title of a section, its rows, and its note, if it has one."""
    (section,) = [one for one in found.sections if one.name == name]
    rows = [" | ".join(text for text, _ in row.words) for row in section.rows]
    return [section.title, *rows, *([section.note] if section.note else [])]


START = event_at(0, "run_start", project_dir="/p", heartbeat_s=5.0)
SESSION = event_at(1, "session_start", agent_type="CODING", iteration=3)


def test_a_crash_says_why_and_which_call_was_in_flight_for_how_long_with_a_link_to_it() -> None:
    use = event_at(2, "tool_use", id="a", name="Bash", input={"command": "make test"})
    beat = event_at(10, "heartbeat", state="in_tool", in_flight=[{"id": "a", "name": "Bash", "elapsed_s": 8.0}])
    found = panel(START, SESSION, use, beat, alive=False)

    title, crashed, call = texts(found, "verdict")
    assert title == "How it ended"
    assert crashed.startswith("crashed | its writer is gone and there is no complete event")
    assert call == "was running | Bash | make test | for 8.0s"
    assert found.sections[0].rows[1].at == len(START + SESSION)
    assert found.closing is not None
    assert found.closing.words[:2] == [("End of the run", "dim"), ("crashed", "bad")]


def test_a_call_of_a_live_run_has_the_time_of_its_start_instead_of_a_duration_that_goes_on() -> None:
    use = event_at(2, "tool_use", id="a", name="Bash", input={"command": "make test"})
    found = panel(START, SESSION, use)

    assert texts(found, "verdict")[2] == "running | Bash | make test | since"
    assert found.sections[0].rows[1].time is not None
    assert found.closing is None


def test_features_are_named_those_that_fail_first_and_what_changed_in_this_run_is_marked() -> None:
    listed = [{"name": name, "passes": name == "old"} for name in ("old", "new", "never")]
    first = event_at(1, "progress", passing=1, total=3, changed=[], features=listed)
    found = panel(START, SESSION, first, progress(2, 2, "new", passes=True))

    assert texts(found, "features") == [
        "Features: 2 of 3 pass",
        "✗ fails | never",
        "✓ passes | old",
        "✓ passes | new | since iteration 3",
    ]
    (section,) = [one for one in found.sections if one.name == "features"]
    assert [row.at for row in section.rows] == [None, None, len(START + SESSION + first)]


def test_features_that_the_file_does_not_name_are_counted() -> None:
    count = event_at(1, "progress", passing=1, total=3, changed=[])
    assert texts(panel(START, count), "features") == [
        "Features: 1 of 3 pass", "2 that fail are not listed: the file does not name them",
    ]  # fmt: skip
    all_pass = event_at(1, "progress", passing=3, total=3, changed=[])
    assert texts(panel(START, all_pass), "features") == ["Features: 3 of 3 pass", "the file does not name them"]


def test_each_problem_is_one_of_n_and_links_to_its_event() -> None:
    found = panel(*RUN)
    rows = texts(found, "problems")
    assert rows[0] == "What went wrong: 4"
    assert rows[1] == "1 of 4 | Bash | pytest -q | 1 failed, 33 passed"
    assert rows[4].startswith("4 of 4 | run | failed")
    assert found.problems == 4
    (section,) = [one for one in found.sections if one.name == "problems"]
    data = b"".join(RUN)
    assert all(row.at == 0 or data[row.at - 1 : row.at] == b"\n" for row in section.rows if row.at is not None)


def test_of_very_many_problems_the_last_ones_are_listed_and_all_are_counted() -> None:
    found = panel(START, *(tool(number, f"t{number}", "Bash", "error", "no") for number in range(MAX_ROWS + 50)))
    rows = texts(found, "problems")
    assert (len(rows), rows[1][:10], rows[-1]) == (MAX_ROWS + 2, "51 of 250 ", "the first 50 are left out")
    assert found.problems == MAX_ROWS + 50


def test_tokens_are_told_by_session_subagent_and_model_and_the_context_by_its_share_of_the_window() -> None:
    usage = {"claude-x": {"contextWindow": 200_000}}
    found = panel(
        START, SESSION,
        event_at(2, "subagent_start", id="s", tool_use_id="t", agent_type="Explore", description="Find it"),
        event_at(3, "message", "t", model="claude-y", tokens={"input": 500, "output": 20}),
        event_at(4, "message", model="claude-x", tokens={"input": 1000, "cache_read": 99_000, "output": 300}),
        event_at(5, "session_end", outcome="success", cost_usd=0.5, turns=2, model_usage=usage),
    )  # fmt: skip
    assert texts(found, "spending")[1:] == [
        "$0.50 | 100.8k tokens", "context of the last message | 100.0k tokens, 50% of 200.0k",
    ]  # fmt: skip
    assert texts(found, "sessions") == ["Sessions: 1", "coding 3 | success | $0.50 | 2 turns"]
    assert texts(found, "subagents")[1:] == [
        "main agent | 100.0k tokens in, 300 out", "Explore | Find it | did not end | 500 tokens in, 20 out",
    ]  # fmt: skip
    assert texts(found, "models")[1:] == [
        "claude-x | 100.0k tokens in, 300 out | 1 message", "claude-y | 500 tokens in, 20 out | 1 message",
    ]  # fmt: skip


def test_files_that_were_written_have_the_numbers_of_their_lines() -> None:
    edit = tool(4, "b", "Edit", "success", "", file_path="/p/a.py", old_string="x\ny", new_string="x\nz\nz")
    found = panel(START, tool(2, "a", "Write", "success", "", file_path="/p/a.py", content="x\ny\n"), edit)
    assert texts(found, "files") == ["Files written: 1", "a.py | +4 \u22121 | \u00d72"]


@pytest.mark.parametrize("lines", [(), (b"not json\n",), (START,)], ids=["empty", "malformed", "started"])
def test_a_run_of_which_little_is_known_has_a_panel_all_the_same(lines: tuple[bytes, ...]) -> None:
    found = panel(*lines)
    assert [section.name for section in found.sections] == ["verdict"]


def test_a_verdict_has_the_tone_that_the_terminal_gives_it() -> None:
    plain = {Verdict.IN_TOOL, Verdict.WAITING_ON_MODEL}
    roles = {verdict: str(role) for verdict, role in VERDICT_ROLES.items() if verdict not in plain}
    assert {verdict: str(tone) for verdict, tone in VERDICT_LOOKS.items()} == roles
