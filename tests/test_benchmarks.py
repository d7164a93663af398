"""The bounds of `benchmarks/`, without measuring: each is for a cell that exists, and is judged as it says."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

DIRECTORY = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The modules that declare bounds and tables; they are imported as scripts do it, and forgotten."""
    monkeypatch.syspath_prepend(str(DIRECTORY))
    before = set(sys.modules)
    import bounds  # noqa: PLC0415 - only found now
    import judgment  # noqa: PLC0415
    import report  # noqa: PLC0415
    import table  # noqa: PLC0415

    yield {"bounds": bounds, "judgment": judgment, "report": report, "table": table}
    for name in {path.stem for path in DIRECTORY.glob("*.py")} - before:
        sys.modules.pop(name, None)


def test_every_bound_is_for_a_cell_of_a_table(benchmarks: dict[str, ModuleType]) -> None:
    report = benchmarks["report"]
    layouts = {layout.key: layout for title in report.TABLES for layout in report.layouts(title)}
    assert len(benchmarks["bounds"].BOUNDS) > 100
    for bound in benchmarks["bounds"].BOUNDS:
        layout = layouts[bound.table]
        assert bound.column in layout.headers[1:], bound
        assert {bound.row} | {bound.peer} | {bound.without} <= {*layout.rows, ""}, bound


def test_no_two_tables_have_the_same_name_and_no_bound_is_stated_twice(benchmarks: dict[str, ModuleType]) -> None:
    report, bounds = benchmarks["report"], benchmarks["bounds"].BOUNDS
    keys = [layout.key for title in report.TABLES for layout in report.layouts(title)]
    assert len(keys) == len(set(keys))
    assert len(bounds) == len({(bound.table, bound.sentence()) for bound in bounds})


def test_a_section_has_the_same_name_wherever_it_is_measured(benchmarks: dict[str, ModuleType]) -> None:
    report = benchmarks["report"]
    assert list(report.TABLES) == list(report.sections(None)) == list(report.quick_sections(None))
    assert set(report.PEERS) <= set(report.TABLES)


def test_a_row_that_the_table_does_not_declare_is_refused(benchmarks: dict[str, ModuleType]) -> None:
    table = benchmarks["table"].Layout("t", ("command", "ms"), ("ours",)).table("Title")
    with pytest.raises(AssertionError, match="no row is called theirs"):
        table.add("theirs", 1.0)


@pytest.mark.parametrize(
    ("bound", "figure", "limit", "met"),
    [
        ({"limit": 10}, 10.0, 10.0, True),
        ({"limit": 9}, 10.0, 9.0, False),
        ({"limit": 5, "scaled": True}, 10.0, 10.0, True),
        ({"limit": 4.9, "scaled": True}, 10.0, 9.8, False),
        ({"limit": 21, "scaled": True, "at_least": True}, 10.0, 10.5, False),
        ({"limit": 20, "scaled": True, "at_least": True}, 10.0, 10.0, True),
        ({"limit": 2.5, "peer": "theirs"}, 10.0, 10.0, True),
        ({"limit": 2, "peer": "theirs"}, 10.0, 8.0, False),
        ({"limit": 2, "peer": "theirs", "without": "start"}, 7.0, 8.0, True),
        ({"limit": 3, "peer": "theirs", "at_least": True}, 10.0, 12.0, False),
        ({"limit": 3, "peer": "absent"}, 10.0, None, False),
        ({"limit": 3, "row": "absent"}, None, 3, False),
        ({"limit": 3, "peer": "theirs", "without": "absent"}, None, 12.0, False),
    ],
)
def test_a_figure_is_compared_with_a_limit_or_a_peer(
    benchmarks: dict[str, ModuleType], bound: dict[str, object], figure: float | None, limit: float | None, met: bool
) -> None:
    """On a machine that is twice as slow as the one of the limits in seconds."""
    rows = ("ours", "theirs", "start", "absent")
    table = benchmarks["table"].Layout("t", ("command", "ms"), rows).table("Title")
    for row, value in {"ours": 10.0, "theirs": 4.0, "start": 3.0}.items():
        table.add(row, value)
    one = benchmarks["judgment"].Bound(**{"table": "t", "row": "ours", "column": "ms", "reason": "typer"} | bound)
    judgment = benchmarks["judgment"].judge_one(one, table, 2.0)
    assert (judgment.figure, judgment.limit, judgment.met) == (figure, limit, met)
    assert ("missed with" in judgment.line()) == (not met and figure is not None and limit is not None)
    assert ("typer" in judgment.line()) == ("missed with" in judgment.line())
    assert ("not measured" in judgment.line()) == (figure is None or limit is None)


def test_a_bound_of_a_table_that_could_not_be_measured_is_missed(benchmarks: dict[str, ModuleType]) -> None:
    judgment, layout = benchmarks["judgment"], benchmarks["table"].Layout("t", ("command", "ms"), ("ours",))
    bounds = [judgment.Bound("t", "ours", "ms", 1), judgment.Bound("elsewhere", "ours", "ms", 1)]
    judged = list(judgment.judge(bounds, [layout], [], 1.0))
    assert [(one.bound.table, one.met) for one in judged] == [("t", False)]


def test_the_slower_machine_is_granted_the_smaller_factor(benchmarks: dict[str, ModuleType]) -> None:
    calibration = benchmarks["report"].Calibration
    assert calibration(start_s=0.018, jq_s=8.8, load=0.0).factor == pytest.approx(2.0)
    assert calibration(start_s=0.036, jq_s=6.6, load=0.0).factor == pytest.approx(3.0)
    assert calibration(start_s=0.036, jq_s=None, load=0.0).factor == pytest.approx(4.0)


def test_a_machine_that_is_busy_before_or_after_a_section_is_not_granted_more_time(
    benchmarks: dict[str, ModuleType],
) -> None:
    calibration = benchmarks["report"].Calibration
    before, after = calibration(start_s=0.036, jq_s=6.6, load=8.0), calibration(start_s=0.018, jq_s=8.8, load=0.5)
    assert before.strictest(after) == calibration(start_s=0.018, jq_s=6.6, load=8.0)
    assert before.strictest(calibration(start_s=0.009, jq_s=None, load=0.5)).factor == pytest.approx(1.0)


def test_check_counts_and_prints_the_missed_bounds(
    benchmarks: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    bound = benchmarks["judgment"].Bound("t", "ours", "ms", 3)
    judgments = [benchmarks["judgment"].Judgment(bound, "Title", figure, 3) for figure in (2.0, 4.0)]
    assert benchmarks["report"].report_missed(judgments) == 1
    assert capsys.readouterr().out == "Title: `ours` ms: at most 3; missed with 4\n"
