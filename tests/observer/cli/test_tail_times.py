"""Times as `observe` shows and reads them, as a process: the zone, the days, and what is typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.observing import Observe

Run = Callable[..., Observe]
NEW_YORK = {"TZ": "America/New_York"}


def line(seq: int, timestamp: str, kind: str, /, **data: object) -> bytes:
    event = {"seq": seq, "timestamp": timestamp, "run": "r", "type": kind, "iteration": 1, "parent": None, "data": data}
    return json.dumps(event).encode() + b"\n"


@pytest.fixture
def three_days(tmp_path: Path) -> Path:
    """A run that begins in daylight saving time, and passes midnight in UTC and in New York."""
    path = tmp_path / "run.ndjson"
    path.write_bytes(
        line(1, "2026-10-31T22:00:00.000000Z", "run_start", about="x", project_dir="/p")
        + line(2, "2026-11-01T05:30:00.000000Z", "tool_use", id="a", name="Bash", input={"command": "early"})
        + line(3, "2026-11-01T06:30:00.000000Z", "tool_use", id="b", name="Bash", input={"command": "late"})
        + line(4, "2026-11-02T03:00:00.250000Z", "error", kind="x", message="boom")
        + line(5, "2026-11-02T05:00:00.000000Z", "complete", outcome="failed", message="done")
    )
    return path


@pytest.mark.parametrize(
    "since",
    [
        "2026-11-01 22:00:00", "2026-11-01 22:00:00 EST", "2026-11-01T22:00", "2026-11-01T22:00:00.250000-05:00",
        "2026-11-02T03:00:00Z", "Monday, 2026-11-02 03:00 UTC",
    ],
)  # fmt: skip
def test_a_time_that_is_typed_as_it_was_shown_finds_its_event(observe: Run, three_days: Path, since: str) -> None:
    viewer = observe("tail", "--no-follow", "-o", "text", "--since", since, three_days, env=NEW_YORK)
    assert viewer.ends() == 1
    first, last = viewer.out.decode().splitlines()
    assert first.startswith("2026-11-01T22:00:00.250000-05:00  1  error")
    assert last.startswith("2026-11-02T00:00:00.000000-05:00  1  complete")


def test_of_a_time_that_occurs_twice_a_letter_chooses_one(observe: Run, three_days: Path) -> None:
    viewer = observe(
        "tail", "--no-follow", "--since", "2026-11-01 01:30 EST", "--until", "2026-11-01 01:30 EST", three_days,
        env={"RUNTAIL_TZ": "America/New_York"},
    )  # fmt: skip
    viewer.ends()
    heading, _, call = viewer.out.decode().splitlines()
    assert heading.startswith("── Sunday, 2026-11-01 ─")
    assert heading.endswith("─ America/New_York (EST) ──")
    assert call.startswith("● Bash  late ")
    assert call.endswith(" 01:30:00")


def test_times_of_each_event_count_from_the_start_also_of_a_run_that_is_filtered(
    observe: Run, three_days: Path
) -> None:
    viewer = observe("tail", "--no-follow", "--time", "relative", "--type", "error", three_days)
    viewer.ends()
    assert viewer.out.decode().rstrip().endswith(" +29h00m00s")


def test_a_status_a_page_and_a_report_are_in_the_zone_of_the_settings(
    observe: Run, three_days: Path, tmp_path: Path
) -> None:
    config = tmp_path / "runtail" / "config.toml"
    config.parent.mkdir()
    config.write_text('tz = "Asia/Tokyo"\n')
    settings = {"XDG_CONFIG_HOME": str(tmp_path)}
    shown = observe("show", three_days, env=settings)
    report = observe("report", "--format", "md", three_days, env=settings)
    utc = observe("show", "--utc", three_days, env=settings)
    for process in (shown, report, utc):
        process.ends()
    assert "2026-11-01 07:00:00 JST" in shown.out.decode()
    assert "2026-11-02 12:00:00 JST" in report.out.decode()
    assert "UTC" not in (shown.out + report.out).decode()
    assert "2026-10-31 22:00:00 UTC" in utc.out.decode()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--tz", "Mars/Base"], "observe: unknown time zone 'Mars/Base'; use UTC, local, or a name such as "),
        (
            ["--since", "sometime"],
            'observe: invalid value for --since: "sometime" is not a time; use for example 08:00',
        ),
        (["--until", "25:00"], 'observe: invalid value for --until: "25:00" is not a time; use for example 08:00'),
    ],
)
def test_a_wrong_zone_or_time_is_one_sentence(
    observe: Run, three_days: Path, arguments: list[str], sentence: str
) -> None:
    viewer = observe("tail", "--no-follow", *arguments, three_days)
    assert viewer.ends() == 2
    assert viewer.err.startswith(sentence)
    assert viewer.err.count("\n") == 1
