"""The page of `observe compare` at several widths. Tests observer.terminal.comparison_view."""

import pytest

from observer.runs.comparison.comparison_table import ComparisonTable, TableRow, TableSection
from observer.runs.summary.panel import Look
from observer.terminal.cells import cell_len
from observer.terminal.comparison_view import comparison_lines
from observer.terminal.screen import Screen

LONG = "python3 -m pytest -q tests/observer/runs and then all the others, one after the other"
TABLE = ComparisonTable(
    ("20261123T011230Z-7f3a9c", "20261124T011230Z-1b2c3d"),
    [
        TableSection(
            "outcome",
            "What became of them",
            [
                TableRow("outcome", ([("complete", Look.GOOD)], [("failed", Look.BAD)]), differs=True),
                TableRow("cost", ([("$0.50", Look.PLAIN)], [("the same", Look.DIM)])),
                TableRow("why", ([], [("it \x1b[2J broke", Look.PLAIN)]), differs=True),
            ],
        ),
        TableSection(
            "parting",
            "Where they part",
            [TableRow("first difference", ([("Bash", Look.STRONG), (LONG, Look.CODE)], [("✓ 日本", Look.GOOD)]), True)],
            "Step 4 differs: the 3 before are the same.",
        ),
    ],
)


def lines(width: int | None, *, unicode: bool = True) -> list[str]:
    return comparison_lines(TABLE, Screen(width=lambda: width, unicode=unicode))


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_lines_fit_the_screen_and_nothing_is_lost(width: int) -> None:
    drawn = lines(width)
    assert max(map(cell_len, drawn)) < width
    together = "".join("".join(drawn).split())
    assert "failed" in together
    if width >= 100 or width <= 60:
        assert "日本" in together


def test_on_a_wide_screen_both_stand_side_by_side() -> None:
    drawn = lines(200)
    columns = [line.split("  ") for line in drawn]
    assert any({"outcome", "complete", "failed"} <= {part.strip() for part in parts} for parts in columns)
    assert any("$0.50" in line and line.endswith("the same") for line in drawn)


def test_on_a_narrow_screen_long_texts_are_below_their_label() -> None:
    drawn = lines(60)
    at = next(index for index, line in enumerate(drawn) if line == "  first difference")
    assert drawn[at + 1].startswith("  1 Bash python3 -m pytest")
    assert any(line.startswith("  2 ✓ 日本") for line in drawn[at:])
    assert any(line.startswith("  outcome") and "complete" in line and "failed" in line for line in drawn)


def test_the_names_of_the_runs_are_numbered_once() -> None:
    assert lines(40)[1:3] == ["  1 20261123T011230Z-7f3a9c", "  2 20261124T011230Z-1b2c3d"]
    assert "1 20261123T011230Z-7f3a9c" in lines(100)[0]


def test_in_a_pipe_nothing_is_wrapped_and_escapes_are_visible() -> None:
    drawn = lines(None)
    assert f"  1 Bash {LONG}" in drawn
    assert any("it \\x1b[2J broke" in line for line in drawn)


def test_a_screen_of_ascii_gets_only_that() -> None:
    assert all(line.isascii() for line in lines(100, unicode=False))
