from datetime import UTC as UTC_RULES
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from observer.format.zone import UTC, Zone, label, spans_between

NEW_YORK = Zone("America/New_York", ZoneInfo("America/New_York"))


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_each_moment_has_the_offset_that_holds_then() -> None:
    assert NEW_YORK.date_time(seconds("2026-11-01T05:30:00Z")) == "2026-11-01 01:30:00 EDT"
    assert NEW_YORK.date_time(seconds("2026-11-01T06:30:00Z")) == "2026-11-01 01:30:00 EST"
    assert NEW_YORK.full_name(seconds("2026-11-01T06:30:00Z")) == "America/New_York (EST)"
    assert UTC.full_name(0) == "UTC"


def test_a_moment_has_its_date_where_the_day_differs_in_the_zone() -> None:
    evening, night = seconds("2026-11-02T03:00:00Z"), seconds("2026-11-02T05:00:00Z")
    assert NEW_YORK.moment(night, evening) == "2026-11-02 00:00:00 EST"
    assert UTC.moment(night, evening) == "05:00:00 UTC"
    assert UTC.moment(night, None) == "2026-11-02 05:00:00 UTC"


def test_a_day_on_which_clocks_are_changed_is_two() -> None:
    before, after = seconds("2026-11-01T05:30:00Z"), seconds("2026-11-01T06:30:00Z")
    assert UTC.same_day(before, after)
    assert not NEW_YORK.same_day(before, after)
    assert NEW_YORK.column([before], after) == ["2026-11-01 01:30:00 EDT"]


def test_a_column_has_dates_in_each_row_or_in_none() -> None:
    one, two = seconds("2026-11-02T03:00:00Z"), seconds("2026-11-03T03:00:00Z")
    assert UTC.column([one, None, two], two) == ["2026-11-02 03:00:00 UTC", "..:..:..", "2026-11-03 03:00:00 UTC"]
    assert UTC.column([two, None], two) == ["03:00:00 UTC", "..:..:.."]


@pytest.mark.parametrize("time", [None, float("nan"), float("inf"), -1e12, 1e12, -62135596800.0, 253402300799.0])
def test_a_time_that_no_calendar_has_is_empty_and_never_an_error(time: float | None) -> None:
    for zone in (UTC, NEW_YORK, Zone("east", timezone(timedelta(hours=14)))):
        for text in (zone.clock(time), zone.date_time(time), zone.moment(time, time), zone.day(time)):
            assert isinstance(text, str)
    assert UTC.date_time(None) == UTC.clock(float("inf")) == UTC.timestamp(1e12) == UTC.day(None) == ""


def test_a_zone_without_letters_of_its_own_is_named_by_its_offset() -> None:
    assert label(datetime(2026, 1, 1, tzinfo=ZoneInfo("America/Sao_Paulo"))) == "UTC-03:00"
    assert label(datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Kathmandu"))) == "UTC+05:45"
    assert label(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1), "W. Europe Standard Time"))) == "UTC+01:00"
    assert label(datetime(2026, 1, 1, tzinfo=UTC_RULES)) == "UTC"


def test_a_timestamp_can_be_read_back_to_the_microsecond() -> None:
    time = seconds("2026-11-01T05:30:00.123457Z")
    assert NEW_YORK.timestamp(time) == "2026-11-01T01:30:00.123457-04:00"
    assert seconds(NEW_YORK.timestamp(time)) == seconds(UTC.timestamp(time)) == time


def test_the_offsets_of_a_time_are_those_of_each_change_in_it() -> None:
    first, last = seconds("2026-10-01T00:00:00Z"), seconds("2027-03-31T00:00:00Z")
    assert [(UTC.timestamp(span.begin), span.offset, span.label) for span in spans_between(NEW_YORK, first, last)] == [
        ("2026-10-01T00:00:00.000000Z", -240, "EDT"),
        ("2026-11-01T06:00:00.000000Z", -300, "EST"),
        ("2027-03-14T07:00:00.000000Z", -240, "EDT"),
    ]
    assert [span.label for span in spans_between(NEW_YORK, last, last)] == ["EDT"]
    assert len(spans_between(NEW_YORK, -6e10, 2.5e11)) > 2  # and it ends
