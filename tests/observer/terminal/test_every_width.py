"""Tables and pages at every width of a screen: no line is too long, and no word and no unit is broken that fits."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from observer.runs.comparison.comparison_table import compare_rows
from observer.runs.listing.listing import ListedRun
from observer.runs.state.verdict import Status, Verdict
from observer.runs.summary.summary import Summary
from observer.terminal.comparison_view import comparison_lines
from observer.terminal.ellipsis import LONG_WORD
from observer.terminal.event_times import TimeFormat
from observer.terminal.run_table import screen_lines, table_lines
from observer.terminal.screen import Screen
from observer.terminal.summary_view import summary_lines
from tests.helpers import event_at
from tests.observer.runs.comparison.test_comparison import compared
from tests.observer.runs.state.test_state import T0
from tests.observer.runs.summary.test_summary import RUN, summary
from tests.observer.terminal.rendering import render
from tests.observer.terminal.test_wrap import printed
from tests.observer.written import every_type

WIDTHS = range(30, 221)
BUSY = summary(
    event_at(0, "run_start", about="写一个小的、经过测试的 Python and then have it reviewed", model="claude-opus-5-5",
             project_dir="/home/anna/" + "a-very-long-project-name/" * 4, command="agent build SPEC.md --full"),
    event_at(1, "session_start", agent_type="CODING", iteration=12),
    event_at(2, "prompt", text="Please make all of the tests pass, one after the other", source="harness"),
    *(event_at(n, "message", model=f"claude-model-{n}", tokens={"input": 10_123 * n, "output": 41, "thinking": 9})
      for n in range(3, 6)),
    event_at(6, "tool_use", id="a", name="mcp__browser__take_screenshot", input={"url": "http://localhost:8000/"}),
    event_at(7, "tool_result", tool_use_id="a", name="mcp__browser__take_screenshot", status="error",
             duration_ms=125_000, output="Exit code 1\nthe page did not answer within 30 s"),
    event_at(8, "subagent_start", id="s", tool_use_id="b", agent_type="explorer", description="检查 the whole page"),
    event_at(9, "subagent_complete", id="s", tool_use_id="b", status="completed", duration_ms=7_500_000, tool_uses=12,
             tokens=1_512_345),
    event_at(10, "progress", passing=3, total=20, changed=[{"name": "Items survive a restart", "passes": False}]),
    event_at(7_500, "session_end", outcome="interrupted", turns=124, duration_ms=7_490_000, cost_usd=12.34,
             tokens={"input": 2_512_345, "output": 41_000},
             model_usage={"claude-model-5": {"contextWindow": 200_000}}),
    event_at(7_501, "error", kind="budget", message="the budget of $12.00 is used up after 2h 05m and 124 turns"),
)  # fmt: skip
EVERY_TYPE = summary(*(line + b"\n" for line in every_type().lines))


def listed(totals: Summary, verdict: Verdict, name: str = "20261123T011230Z-7f3a9c", tool: str = "") -> ListedRun:
    return ListedRun(Path(f"{name}.ndjson"), name, totals.state, Status(verdict, tool or None), 5_123_000, T0 + 7_501)


LISTS = {
    "one": [listed(BUSY, Verdict.STALLED)],
    "several": [
        listed(BUSY, Verdict.WAITING_ON_HUMAN, "claude:0f5e7a52-9ab1-4c2e-8d7e-0123456789ab", "AskUserQuestion"),
        listed(EVERY_TYPE, Verdict.FAILED),
        replace(listed(summary(*RUN), Verdict.COMPLETE), path=Path("20261124T011230Z-7f3a9c.ndjson")),
        listed(summary(), Verdict.UNKNOWN, "a-run-that-somebody-has-renamed-to-something-longer"),
    ],
}


def on(width: int) -> Screen:
    return Screen(width=lambda: width)


VIEWS: dict[str, Callable[[int], list[str]]] = {
    **{f"list {name}": lambda width, runs=runs: table_lines(runs, T0 + 8_000, on(width))
       for name, runs in LISTS.items()},
    **{f"watch {name}": lambda width, runs=runs: screen_lines(runs, T0 + 8_000, on(width), 3)
       for name, runs in LISTS.items()},
    **{f"show {name}": lambda width, totals=totals: summary_lines(
           listed(totals, Verdict.FAILED), totals, T0 + 8_000, on(width))
       for name, totals in (("busy", BUSY), ("every type", EVERY_TYPE), ("run", summary(*RUN)))},
}  # fmt: skip


BARS = str.maketrans("", "", "▁▂▃▄▅▆▇█")


def words(lines: list[str]) -> set[str]:
    return {word.rstrip(":") for line in lines for word in line.translate(BARS).split()}


def is_broken(word: str, known: set[str]) -> bool:
    """Return whether a word is a part of one that fits on a line, or of none."""
    if not word.endswith("…"):
        return not any(one.startswith(f"{word}-") for one in known)  # an ID without its random end
    start = word.removesuffix("…").rstrip(":")
    longer = [one for one in known if one.startswith(start)]
    return start not in known and not any(cell_len(one) > LONG_WORD or not one.isascii() for one in longer)


NUMBER = re.compile(r"(?:^|[ (])[\d,.]+[kM%]?\+?$")
UNIT = re.compile(r"(?:tokens|messages|events|turns?|tools?(?! calls)|lines?|passing|k?B|MB|failed|blocked)\b")
HOURS = re.compile(r"\d+[hm]$")
MINUTES = re.compile(r"\d\d[ms]\b")


def broken_units(lines: list[str]) -> list[tuple[str, str]]:
    """Return the lines that end between a number and its unit, each with the one below it."""
    pairs = pairwise([re.sub("  +[0-9:]{8}$", "", line).strip("│ ") for line in lines])  # without the time of an event
    return [
        (line, below)
        for line, below in pairs
        if (NUMBER.search(line) and UNIT.match(below)) or (HOURS.search(line) and MINUTES.match(below))
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_no_line_is_too_long_and_no_word_or_unit_is_broken(view: str) -> None:
    draw = VIEWS[view]
    known = words(draw(10_000))
    for width in WIDTHS:
        lines = draw(width)
        assert max(map(cell_len, lines)) < width, width
        assert not broken_units(lines), width
        assert not [word for word in words(lines) - known if is_broken(word, known)], width


def test_a_run_as_it_goes_on_has_no_line_that_is_too_long_and_no_broken_unit() -> None:
    lines = [line.decode() for line in every_type().lines]
    for width in WIDTHS:
        drawn = printed(render(*lines, width=width, times=TimeFormat.CLOCK))
        assert max(map(cell_len, drawn)) < width, width
        assert not broken_units(drawn), width


def test_a_comparison_has_no_line_that_is_too_long_and_no_broken_unit(tmp_path: Path) -> None:
    table = compare_rows(compared(tmp_path, b"\n".join(every_type().lines) + b"\n", b"".join(RUN)))
    for width in WIDTHS:
        lines = printed("\n".join(comparison_lines(table, on(width))))
        assert max(map(cell_len, lines)) < width, width
        assert not broken_units(lines), width
