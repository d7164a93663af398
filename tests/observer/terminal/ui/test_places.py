"""Where to go: what can be typed behind `:`, and what is said if it is not there."""

from pathlib import Path

import pytest

from observer.errors import UsageError
from observer.format.zone import UTC
from observer.source.seek import StartPosition
from observer.terminal.ui.places import Landmark, Landmarks, Moments, explain_arrival, parse_place
from tests.helpers import RUN, line
from tests.observer.terminal.ui.showing import showing

NOW = 1_764_000_000.0


@pytest.mark.parametrize("text", ["812344", "#812344", " 812344 "])
def test_a_number_is_that_of_an_event(text: str) -> None:
    assert parse_place(text, Moments(now=NOW), UTC).seq == 812_344


def test_an_age_counts_from_the_last_event() -> None:
    assert parse_place("-10m", Moments(now=NOW, last=5000.0), UTC).since == 4400.0
    assert parse_place("-10m", Moments(now=NOW), UTC).since == NOW - 600


def test_a_time_is_one_as_in_since() -> None:
    assert parse_place("2025-11-24T00:00:00Z", Moments(now=NOW), UTC).since == 1_763_942_400.0


def test_a_time_alone_is_on_the_day_that_is_looked_at() -> None:
    selected = NOW - 3 * 86_400
    day = selected - selected % 86_400
    assert parse_place("14:05", Moments(now=NOW, selected=selected), UTC).since == day + 14 * 3600 + 5 * 60


@pytest.mark.parametrize("text", ["", "nowhere", "-", "-soon", "25:99"])
def test_anything_else_is_explained(text: str) -> None:
    with pytest.raises(UsageError, match="no such place"):
        parse_place(text, Moments(now=NOW), UTC)


FIRST, MIDDLE, LAST = Landmark(3, "run_start", 100.0), Landmark(10, "tool_input", 200.0), Landmark(90, "info", 300.0)


@pytest.mark.parametrize(
    ("position", "there", "shown", "words"),
    [
        (StartPosition(seq=10), MIDDLE, {10, 12}, ""),
        (StartPosition(seq=10), MIDDLE, {9, 10}, "event 10 is a part of this entry (events 9 to 10)"),
        (StartPosition(seq=9), MIDDLE, {10}, "no event 9: the next one is 10"),
        (StartPosition(seq=1), FIRST, {3}, "no event 1: the first one is 3"),
        (StartPosition(seq=1234), None, {90}, "no event 1,234: the last one is 90"),
        (StartPosition(seq=10), MIDDLE, {11}, "event 10 is hidden (tool input)"),
        (StartPosition(since=150.0), MIDDLE, {11}, ""),
        (StartPosition(since=100.0), FIRST, {3}, ""),
        (StartPosition(since=0.0), FIRST, {3}, "no event at 00:00:00 UTC or before: the first one was at 00:01:40 UTC"),
        (StartPosition(since=400.0), None, {90}, "no event at 00:06:40 UTC or later: the last one was at 00:05:00 UTC"),
    ],
)
def test_it_is_said_why_another_place_is_shown(
    position: StartPosition, there: Landmark | None, shown: set[int], words: str
) -> None:
    assert explain_arrival(position, Landmarks(there, FIRST, LAST, frozenset(shown)), UTC, 500.0) == words


def test_events_without_numbers_cannot_be_gone_to_by_number() -> None:
    odd = Landmark(None, "info", None)
    landmarks = Landmarks(None, odd, odd, frozenset())
    assert explain_arrival(StartPosition(seq=4), landmarks, UTC, 0.0) == "no event 4: they have no numbers"


async def test_the_last_event_is_shown_for_a_place_beyond_it_and_a_hidden_one_is_named(tmp_path: Path) -> None:
    beat = line(4, "heartbeat", elapsed_s=5.0, idle_s=1.0)
    remarks = [line(seq, "info", message="a") for seq in (2, 3, 5, 7)]
    lines = [line(1, "run_start", format=1), *remarks[:2], beat, *remarks[2:]]
    (path := tmp_path / f"{RUN}.ndjson").write_bytes(b"".join(lines))
    async with showing(path) as shown:
        for place, seq, words in (
            ("812344", 7, "no event 812,344: the last one is 7"),
            ("0", 1, "no event 0: the first one is 1"),
            ("4", 5, "event 4 is hidden (heartbeat)"),
            ("6", 7, "no event 6: the next one is 7"),
            ("2099-01-01", 7, "or later: the last one was at"),
            ("2001-01-01", 1, "or before: the first one was at"),
        ):
            await shown.press("colon", *place, "enter")
            await shown.until(lambda words=words: words in shown.bottom)
            assert shown.view.entry is not None
            assert shown.view.entry.row.seq == seq
