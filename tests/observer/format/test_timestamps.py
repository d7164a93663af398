"""Times and durations, as files and users write them."""

from datetime import UTC, datetime

import pytest

from observer.format.timestamps import parse_duration, parse_timestamp, utc_datetime


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01t00:01:00z", 60.0),
        ("1970-01-01T02:01:00+02:00", 60.0),
        ("1970-01-01T00:00:60Z", 60.0),  # a leap second
        ("1970-01-01T00:01:00", 60.0),  # on every machine
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_timestamp_is_seconds_since_1970(text: str | None, seconds: float | None) -> None:
    assert parse_timestamp(text) == seconds


def test_seconds_are_a_time_in_utc_if_the_calendar_has_it() -> None:
    assert utc_datetime(60.5) == datetime(1970, 1, 1, 0, 1, 0, 500_000, tzinfo=UTC)
    impossible = [None, 1e12, -1e12, 1e300, float("inf"), float("nan")]
    assert [utc_datetime(seconds) for seconds in impossible] == [None] * len(impossible)


def test_a_duration_is_a_number_of_seconds_or_has_units() -> None:
    assert [parse_duration(text) for text in ("90s", "30m", "1h30m", "2d", "2.5")] == [90, 1800, 5400, 172_800, 2.5]
    for text in ("", "xx", "-1", "1e9", "nan", "inf", f"{'9' * 5000}s"):
        with pytest.raises(ValueError, match="is not a duration"):
            parse_duration(text)
