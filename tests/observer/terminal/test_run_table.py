"""The table of `observe list`."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from observer.runs.listing.listed_run import ListedRun
from observer.runs.state.state import RunState
from observer.runs.state.tokens import Tokens
from observer.runs.state.verdict import Status, Verdict
from observer.runs.state.writer import Writer
from observer.terminal.run_table import screen_lines, table_lines
from observer.terminal.screen import Screen
from tests.helpers import event_at
from tests.observer.runs.state.test_state import T0, after

RUN = "20261123T011230Z-7f3a9c"
ABOUT = "Build a thing, and test it thoroughly before it is released"


def listed(status: Status = Status(Verdict.COMPLETE), run: str = RUN, about: str = ABOUT) -> ListedRun:  # noqa: B008
    state = after(
        event_at(0, "run_start", about=about),
        event_at(1, "session_start", agent_type="CODING", iteration=2),
        event_at(99, "complete", outcome="success", duration_ms=99_000, cost_usd=1.5, passing=9, total=9),
    )
    return ListedRun(Path(f"{run}.ndjson"), run, state, status, 5000, T0 + 99)


def table(*runs: ListedRun, width: int | None = None, limit: int | None = None) -> list[str]:
    return table_lines(runs, T0 + 100, Screen(width=lambda: width), limit)


def test_a_run_has_one_line_with_its_figures() -> None:
    assert table(listed()) == [
        "RUN                      VERDICT   AGENT   IT  PROGRESS    TIME   COST      LAST  ABOUT",
        f"{RUN}  complete  coding   3       9/9  1m 39s  $1.50  1.0s ago  {ABOUT}",
    ]


@pytest.mark.parametrize("width", [20, 30, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    assert all(len(line) < width for line in table(listed(), width=width))


def test_runs_that_wait_for_a_person_come_first_also_if_there_is_no_room_for_all() -> None:
    waiting = listed(Status(Verdict.WAITING_ON_HUMAN, "Bash", 65.0), run="old")
    runs = [listed(run="new"), listed(run="newer"), waiting]
    assert [row.split()[0] for row in table(*runs)] == ["RUN", "old", "new", "newer"]
    assert [row.split()[0] for row in table(*runs, limit=2)] == ["RUN", "old"]


def test_tokens_are_shown_if_they_are_known_and_there_is_room() -> None:
    run = listed()
    run.state.totals.tokens = Tokens(input=9000, output=300)
    rows = table(run)
    assert rows[0].split() == ["RUN", "VERDICT", "AGENT", "IT", "PROGRESS", "TIME", "COST", "TOKENS", "LAST", "ABOUT"]
    assert "$1.50    9.3k" in rows[1]
    assert "TOKENS" not in table(run, width=70)[0]


def test_the_fill_of_the_context_stands_beside_the_tokens_while_a_run_goes_on() -> None:
    run = replace(listed(Status(Verdict.WORKING)), state=after(
        event_at(0, "message", model="claude-x", tokens={"input": 1000, "cache_read": 142_000}),
        event_at(1, "session_end", model_usage={"claude-x": {"contextWindow": 200_000}}, cost_usd=1.5),
    ))  # fmt: skip
    assert " ".join(table(run)[0].split()).endswith("COST CONTEXT LAST ABOUT")
    assert "$1.50      72%" in table(run)[1]
    assert "CONTEXT" not in table(replace(run, status=Status(Verdict.COMPLETE)))[0]


def test_an_id_loses_its_random_end_on_a_narrow_screen_if_it_still_names_one_run() -> None:
    names = [line.split()[0] for line in table(listed(run=RUN), listed(run="20261124T011230Z-000000"), width=60)]
    assert names == ["RUN", "20261123T011230Z", "20261124T011230Z"]
    names = [line.split()[0] for line in table(listed(run=RUN), listed(run="20261123T011230Z-000000"), width=60)]
    assert names == ["RUN", RUN, "20261123T011230Z-000000"]


def test_a_column_that_no_run_uses_is_left_out() -> None:
    run = ListedRun(Path("r.ndjson"), "r", RunState(), Status(Verdict.WORKING), 0, T0)
    assert table(run)[0].split() == ["RUN", "VERDICT", "LAST", "ABOUT"]


@pytest.mark.parametrize(
    ("width", "headers"),
    [
        (100, "RUN VERDICT AGENT IT PROGRESS TIME COST LAST ABOUT"),
        (80, "RUN VERDICT PROGRESS TIME COST LAST ABOUT"),
        (70, "RUN VERDICT PROGRESS COST LAST ABOUT"),
        (60, "RUN VERDICT PROGRESS ABOUT"),
        (40, "RUN VERDICT ABOUT"),
        (30, "RUN VERDICT"),
    ],
)
def test_a_narrow_screen_drops_the_less_important_columns(width: int, headers: str) -> None:
    assert table(listed(), width=width)[0].split() == headers.split()


def test_a_long_verdict_loses_its_details_before_a_column_is_dropped() -> None:
    run = listed(Status(Verdict.WAITING_ON_HUMAN, "AskUserQuestion"), run="r")

    narrow, wide = (table(run, width=width) for width in (60, 120))
    assert "PROGRESS" in narrow[0]
    assert "waiting on human  " in narrow[1]
    assert "waiting on human AskUserQuestion" in wide[1]


def test_a_long_name_drops_no_column_and_gets_the_cells_that_the_others_leave() -> None:
    short, long = listed(), listed(run="x" * 150)

    narrow, wide = (table(short, long, width=width) for width in (100, 300))
    assert narrow[0].split() == table(listed(run="x" * 32), width=100)[0].split()
    assert "x…" in narrow[2]
    assert "  Build" in narrow[2]
    assert "x" * 150 in wide[2]


def test_a_description_wider_than_the_screen_ends_in_an_ellipsis() -> None:
    line = table(listed(run="r"), width=90)[1]
    assert len(line) == 89
    assert ABOUT.startswith(line.removesuffix("…").rpartition("  ")[2])
    assert line.endswith("…")


def test_a_limit_counts_the_header_too() -> None:
    assert len(table(*[listed()] * 5, limit=3)) == 3


def test_control_characters_are_escaped() -> None:
    run = replace(listed(about="a\x1b[31m\n"), run="\x1b[2J")
    assert "\x1b" not in "".join(table(run))


def of_project(run: ListedRun, project_dir: str, host: str) -> ListedRun:
    run.state.project_dir, run.state.writer = project_dir, Writer(host=host)
    return run


def test_project_and_host_have_columns_if_they_differ() -> None:
    here, elsewhere, there = (("/home/me/shop", "alpha"), ("/srv/shop", "beta"), ("/srv/blog", "beta"))
    assert table(of_project(listed(), *here))[0].split()[:3] == ["RUN", "VERDICT", "AGENT"]
    assert table(of_project(listed(), *here), of_project(listed(), *elsewhere))[0].split()[2:4] == ["HOST", "AGENT"]
    rows = table(of_project(listed(), *here), of_project(listed(), *there))
    assert rows[0].split()[2:4] == ["PROJECT", "HOST"]
    assert [row.split()[2:4] for row in rows[1:]] == [["shop", "alpha"], ["blog", "beta"]]


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_verdict_and_what_a_run_is_about_are_never_squeezed_out(width: int) -> None:
    runs = [
        of_project(listed(Status(Verdict.WAITING_ON_HUMAN, "AskUserQuestion", 65.0)), f"/{'p' * 40}", "h" * 60),
        of_project(listed(), "/shop", "x"),
    ]
    for row in table(*runs, width=width)[1:]:
        assert "waiting on human" in row or "complete" in row
        assert "  Build a " in row
        assert len(row) < width


def test_a_screen_has_counts_on_top_and_counts_what_does_not_fit() -> None:
    runs = [listed(run=f"r{number}") for number in range(8)] + [listed(Status(Verdict.WORKING), run="w")]
    lines = screen_lines(runs, T0 + 100, Screen(width=lambda: 100), 7)
    assert lines[0] == "1 active · 8 finished"
    assert [line.split()[0] for line in lines[1:-1]] == ["RUN", "w", "r0", "r1", "r2"]
    assert lines[-1] == "+ 5 more: 5 complete"


def test_a_screen_with_room_for_all_has_no_line_for_more() -> None:
    runs = [listed(run=f"r{number}") for number in range(3)]
    assert len(screen_lines(runs, T0 + 100, Screen(width=lambda: 100), 5)) == 5
    assert screen_lines(runs, T0 + 100, Screen(width=lambda: 100), 5)[-1].startswith("r2")
    assert screen_lines(runs, T0 + 100, Screen(width=lambda: 100), 4)[-1] == "+ 2 more: 2 complete"


@pytest.mark.parametrize(
    ("width", "rest"),
    [
        (100, "+ 25 more: 3 failed, 2 stalled, 1 rate limited, 1 working, 1 in tool, 17 complete"),
        (60, "+ 25 more: 6 need you · 2 active · 17 finished"),
        (30, "+ 25 more"),
    ],
)
def test_counts_of_what_does_not_fit_are_shortened_and_never_cut(width: int, rest: str) -> None:
    needing = [Verdict.FAILED] * 5 + [Verdict.STALLED] * 2 + [Verdict.RATE_LIMITED]
    verdicts = [*needing, Verdict.WORKING, Verdict.IN_TOOL, *[Verdict.COMPLETE] * 17]
    runs = [listed(Status(verdict)) for verdict in verdicts]
    now = T0 + 100
    screen = Screen(width=lambda: width)
    height = len(screen_lines(runs, now, screen, 100)) - len(runs) + 3
    assert screen_lines(runs, now, screen, height)[-1] == rest


@pytest.mark.parametrize("height", [3, 4, 5, 12])
def test_counts_are_wrapped_and_never_cut_and_a_screen_is_never_too_long(height: int) -> None:
    runs = [listed(Status(verdict)) for verdict in Verdict]
    lines = screen_lines(runs, T0 + 100, Screen(width=lambda: 60), height)
    assert "1 unknown" in " ".join(lines)
    assert all(len(line) < 60 for line in lines)
    assert len(lines) <= max(height, 4)
