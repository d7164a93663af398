"""Where to go: what can be typed behind `:`."""

import pytest

from observer.errors import UsageError
from observer.format.zone import UTC
from observer.terminal.ui.places import parse_place

NOW = 1_764_000_000.0


@pytest.mark.parametrize("text", ["812344", "#812344", " 812344 "])
def test_a_number_is_that_of_an_event(text: str) -> None:
    assert parse_place(text, NOW, UTC, None).seq == 812_344


def test_an_age_counts_from_the_last_event() -> None:
    assert parse_place("-10m", NOW, UTC, 5000.0).since == 4400.0
    assert parse_place("-10m", NOW, UTC, None).since == NOW - 600


def test_a_time_is_one_as_in_since() -> None:
    assert parse_place("2025-11-24T00:00:00Z", NOW, UTC, None).since == 1_763_942_400.0


@pytest.mark.parametrize("text", ["", "nowhere", "-", "-soon", "25:99"])
def test_anything_else_is_explained(text: str) -> None:
    with pytest.raises(UsageError, match="no such place"):
        parse_place(text, NOW, UTC, None)
