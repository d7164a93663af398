"""The page of `observe show`.

Holds `observer.terminal.summary_view`, `observer.terminal.summary_conversation` and `observer.terminal.summary_lists`;
its first part is in `test_summary_ending.py`.
"""

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from observer.format.timestamps import parse_timestamp
from observer.format.zone import UTC, Zone
from observer.runs.listing.listed_run import ListedRun
from observer.runs.state.verdict import Status, Verdict
from observer.runs.summary.summary import Summary
from observer.terminal.screen import Screen
from observer.terminal.summary_lists import BARS_WIDTH
from observer.terminal.summary_view import summary_lines
from tests.helpers import event_at
from tests.observer.runs.summary.test_summary import RUN, summary
from tests.observer.written import every_type

TODAY = parse_timestamp("2026-11-23T20:00:00Z") or 0.0


def page(totals: Summary, width: int | None = None, *, full: bool = False, now: float = TODAY, zone: Zone = UTC,
         verdict: Verdict = Verdict.FAILED) -> str:  # fmt: skip
    listed = ListedRun(Path("r.ndjson"), "r", totals.state, Status(verdict), 5000, 0.0)
    return "\n".join(summary_lines(listed, totals, now, Screen(width=lambda: width, zone=zone), full=full))


def test_times_have_their_day_and_zone_unless_they_are_of_the_day_that_the_head_names() -> None:
    tokyo = Zone("Asia/Tokyo", timezone(timedelta(hours=9), "JST"))
    start, prompt = event_at(0, "run_start"), event_at(1, "prompt", text="go", source="user")
    later = event_at(60_000, "error", kind="k", message="it broke")
    text = page(summary(start, prompt, later), zone=tokyo)

    assert "\nbegan 2026-11-23 10:12:30 JST\n" in text
    assert "\n  10:12:31  user     go" in text
    assert "\n  2026-11-24 02:52:30 JST  k  it broke" in text
    assert "\n  2026-11-23 10:12:31 JST  user     go" in page(summary(prompt), zone=tokyo)


def test_the_page_shows_what_happened() -> None:
    text = page(summary(*RUN))
    for part in (
        "run r  failed",
        "A thing",
        "15 events · 5.0 kB · 1 malformed line",
        "1/2 passing",
        "  initializer 3   failed      4 turns · 21s · $0.50",
        "  Bash                 2      2.0s  1 failed  1 blocked",
        "  ✓ Explore  Find it  0.9s · 2 tools · 1.5k tokens",
        "  │ … Review  Inside",
        "blocked calls  1\n  01:12:35  ⊘ Bash  curl x  not on the list  allowlist",
        "  a.py  +1",
        "silence  the model is gone  … 1 more line",
    ):
        assert part in text, part
    assert "Traceback" not in text


def test_the_page_shows_the_conversation_and_what_it_used() -> None:
    text = page(summary(*(line + b"\n" for line in every_type().lines)))
    for part in (
        "9.0s · $0.50 · 28.9k tokens · ",
        "pid 4242 on build-7\nrecorded from ci:/runs/a.ndjson",
        "prompts\n  01:12:31  harness  Make the page blue.  1 image\n  01:13:42  queued   Blue, please.\n\n",
        "to do  1/3 done\n  ☑ Look at the page\n  ◐ Ask for the colour\n  ☐ Write the style",
        "3 turns · 7.0s · $0.50 · 28.8k tokens in, 123 out · api error",
        "Pick a blue  1.0s · 1 tool · 9.6k tokens in, 41 out",
        "  claude-x           2   19.2k   18.4k       82        8+\n"
        "  claude-y           1    9.6k    9.2k       41         8\n"
        "  main agent             19.2k   18.4k       82        8+\n"
        "  subagents               9.6k    9.2k       41         8",
        "\nproblems  3\n",
        "\n  01:13:45  message  the model refused to answer\n  01:13:46  session failed  the API refused",
    ):
        assert part in text, part
    full = page(summary(*(line + b"\n" for line in every_type().lines)), full=True)
    assert "subagent Pick one" in full
    assert "Not too blue." in full


def test_lines_are_truncated_to_the_width_of_the_screen() -> None:
    narrow = page(summary(*RUN), 40)
    assert all(len(line) < 40 for line in narrow.split("\n"))
    assert any(len(line) == 39 and line.endswith("…") for line in narrow.split("\n"))


def test_long_lists_and_texts_are_shortened_unless_full() -> None:
    many = summary(*(event_at(n % 30, "tool_use", id=str(n), name=f"Tool{n}", input={}) for n in range(30)))
    assert "and 22 more" in page(many)
    assert "Tool29" in page(many, full=True)
    error = event_at(1, "error", kind="k", message="x" * 999)
    long = summary(event_at(0, "run_start", about="long " * 100 + "end", command="c"), error)
    assert "x…" in page(long)
    assert "long end" in page(long, 40, full=True)
    assert "x" * 999 in page(long, 40, full=True)


def test_control_characters_are_escaped_and_cyclic_subagents_shown() -> None:
    hostile = "\x1b[2J\x9b[/bold]\u202e"
    totals = summary(
        event_at(1, "run_start", project_dir=hostile, command=hostile, about=hostile),
        event_at(1, "subagent_start", "b", id="1", tool_use_id="a", agent_type=hostile, description=hostile),
        event_at(1, "subagent_start", "a", id="2", tool_use_id="b", agent_type=hostile, description=hostile),
        event_at(2, "error", message=hostile, kind=hostile),
        event_at(3, "tool_use", id="a", name=hostile, input={"file_path": hostile}),
        b'{"type":"tool_use","data":{"name":7}}\n{"type":"tool_result","data":[]}\n{"type":"progress","data":{}}\n',
    )
    assert not set(page(totals, full=True)) & set("\x1b\x9b\u202e")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(Verdict.CRASHED, "did not end"), (Verdict.STALLED, "did not end"), (Verdict.INTERRUPTED, "did not end"),
     (Verdict.WORKING, "active"), (Verdict.UNKNOWN, "unknown")],
)  # fmt: skip
def test_a_session_without_an_end_is_active_only_in_an_active_run(verdict: Verdict, words: str) -> None:
    text = page(summary(event_at(1, "session_start", agent_type="SINGLE")), verdict=verdict)

    assert f"\n  single 3        {words}" in text


def test_a_session_whose_beginning_is_gone_is_counted_by_its_end() -> None:
    ends = [(n, event_at(n, "session_end", outcome="success", turns=n)) for n in (4, 5)]
    text = page(summary(*(line.replace(b'"iteration":3', f'"iteration":{n}'.encode()) for n, line in ends)))

    assert "\n  coding 4        success     4 turns\n  coding 5        success     5 turns" in text


def test_a_single_entry_is_shown_where_a_note_would_say_that_it_is_missing() -> None:
    def tools(count: int) -> str:
        return page(summary(*(event_at(n, "tool_use", id=str(n), name=f"T{n}", input={}) for n in range(count))))

    assert "T8" in tools(9)
    assert "more" not in tools(9)
    assert "and 2 more" in tools(10)


@pytest.mark.parametrize("width", [40, 60])
def test_bars_leave_room_for_the_figures_beside_them(width: int) -> None:
    tokens = {"input": 800, "output": 3, "cache_read": 0, "cache_write": 0, "thinking": None}
    counts = [event_at(second, "progress", passing=3, total=6) for second in (0, 9)]
    messages = [event_at(n, "message", id=f"m{n}", model="x", tokens=tokens) for n in (1, 2)]
    text = page(summary(*counts, *messages), width)

    assert "  3/6 passing" in text
    (line,) = (line for line in text.split("\n") if line.startswith("tokens"))
    assert line.endswith("1.6k tokens")


def test_an_empty_run_has_a_page() -> None:
    assert page(summary()).startswith("run r  failed")


def test_progress_is_a_line_of_bars_over_time() -> None:
    counts = [event_at(second, "progress", passing=passing, total=4) for second, passing in ((0, 0), (24, 2), (48, 4))]
    (line,) = (line for line in page(summary(*counts)).split("\n") if line.startswith("progress"))
    bars = line.removeprefix("progress  ").removesuffix("  4/4 passing")
    assert bars == "▁" * 23 + "▅" * 24 + "█"
    assert len(bars) == BARS_WIDTH


def test_what_is_not_known_is_left_out_and_a_sum_says_that_it_is_at_least() -> None:
    unknown = {"input": 800, "output": None, "cache_read": 0, "cache_write": 0, "thinking": None}
    text = page(summary(
        event_at(1, "tool_use", id="t1", name="Agent", input={}),
        event_at(1, "subagent_start", id="a", tool_use_id="t1", agent_type="Explore", description="Find it"),
        event_at(2, "message", "t1", id="m1", model="claude-x", tokens=unknown),
        event_at(3, "subagent_complete", id="a", tool_use_id="t1", status="completed", tokens=900),
        event_at(3, "tool_result", tool_use_id="t1", name="Agent", status="blocked", duration_ms=None),
        event_at(4, "message", id="m2", model="claude-y", tokens={**unknown, "output": 41}),
    ))  # fmt: skip
    assert "Explore  Find it  900 tokens" in text
    assert "1.6k+ tokens" in text
    assert "  claude-x           1     800       0        ?" in text
    assert "  main agent               800       0       41\n  subagents                800       0        ?" in text
    assert "0ms" not in text
