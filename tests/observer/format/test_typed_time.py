"""Times as people type them. It is Friday, 27 November 2026, 12:00 in New York, unless a test says otherwise."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format.typed_time import parse_since, parse_until
from observer.format.zone import UTC, Zone

ZONES = [
    Zone(name, ZoneInfo(name))
    for name in ("America/New_York", "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo")
]
NEW_YORK = ZONES[0]
NOW = datetime(2026, 11, 27, 12, tzinfo=NEW_YORK.rules).timestamp()


def since(text: str, now: float = NOW, zone: Zone = NEW_YORK) -> str:
    return zone.timestamp(parse_since(text, now, zone))


def until(text: str, now: float = NOW, zone: Zone = NEW_YORK, begin: str | None = None) -> str:
    first = None if begin is None else datetime.fromisoformat(begin).timestamp()
    return zone.timestamp(parse_until(text, now, zone, first))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-27T12:00:00"),
        ("90s", "2026-11-27T11:58:30"),
        ("1h30m", "2026-11-27T10:30:00"),
        ("2d ago", "2026-11-25T12:00:00"),
        ("today", "2026-11-27T00:00:00"),
        ("yesterday", "2026-11-26T00:00:00"),
        ("yesterday 08:00", "2026-11-26T08:00:00"),
        ("Today  8:00", "2026-11-27T08:00:00"),
        ("08:00", "2026-11-27T08:00:00"),
        ("08:00:30.5", "2026-11-27T08:00:30.500000"),
        ("12:00", "2026-11-27T12:00:00"),
        ("13:00", "2026-11-26T13:00:00"),  # it has not passed yet today
        ("friday", "2026-11-27T00:00:00"),
        ("FRI 08:00", "2026-11-27T08:00:00"),
        ("friday 13:00", "2026-11-20T13:00:00"),
        ("sat", "2026-11-21T00:00:00"),
        ("thurs 23:59:59", "2026-11-26T23:59:59"),
        ("2026-11-02", "2026-11-02T00:00:00"),
        ("2026-11-02 03:00", "2026-11-02T03:00:00"),
        ("2026-11-02T03:00:00", "2026-11-02T03:00:00"),
        ("Monday, 2026-11-02", "2026-11-02T00:00:00"),
        ("2026-11-02T03:00:00Z", "2026-11-01T22:00:00"),
        ("2026-11-02t03:00:00z", "2026-11-01T22:00:00"),
        ("2026-11-02 03:00:00 UTC", "2026-11-01T22:00:00"),
        ("2026-11-02T03:00:00+01:00", "2026-11-01T21:00:00"),
        ("2026-11-02 03:00 UTC+0545", "2026-11-01T16:15:00"),
        ("08:00 EST", "2026-11-27T08:00:00"),
        ("13:00 utc", "2026-11-27T08:00:00"),
        ("today 01:00 UTC", "2026-11-26T20:00:00"),
        ("2026-11-02T03:00:60Z", "2026-11-01T22:00:59"),
    ],
)
def test_what_is_typed_begins_here(text: str, expected: str) -> None:
    assert since(text).startswith(expected)


@pytest.mark.parametrize(
    ("text", "begin", "expected"),
    [
        ("1h", None, "2026-11-27T11:00:00.000000"),
        ("yesterday", None, "2026-11-26T23:59:59.999999"),
        ("2026-11-02", None, "2026-11-02T23:59:59.999999"),
        ("08:00", None, "2026-11-27T08:00:00.999999"),
        ("08:00:30.5", None, "2026-11-27T08:00:30.500000"),
        ("18:00", None, "2026-11-27T18:00:00.999999"),  # today, although it has not come yet
        ("06:00", "2026-11-25T22:00:00-05:00", "2026-11-26T06:00:00.999999"),
        ("23:00", "2026-11-25T22:00:00-05:00", "2026-11-25T23:00:00.999999"),
        ("wed", "2026-11-23T22:00:00-05:00", "2026-11-25T23:59:59.999999"),
        ("mon", "2026-11-23T22:00:00-05:00", "2026-11-23T23:59:59.999999"),
        ("mon 08:00", "2026-11-23T22:00:00-05:00", "2026-11-30T08:00:00.999999"),
        ("friday", None, "2026-11-27T23:59:59.999999"),
        ("thursday", None, "2026-11-26T23:59:59.999999"),
    ],
)
def test_what_is_typed_ends_here(text: str, begin: str | None, expected: str) -> None:
    assert until(text, begin=begin).startswith(expected)


def test_a_time_that_occurs_twice_is_both() -> None:
    assert since("2026-11-01 01:30:00") == "2026-11-01T01:30:00.000000-04:00"
    assert until("2026-11-01 01:30:00") == "2026-11-01T01:30:00.999999-05:00"
    assert since("2026-11-01 01:30 EST") == "2026-11-01T01:30:00.000000-05:00"
    assert until("2026-11-01 01:30 EDT") == "2026-11-01T01:30:00.999999-04:00"


def test_a_time_that_is_skipped_is_when_clocks_are_turned_forward() -> None:
    assert since("2026-03-08 02:30") == "2026-03-08T03:00:00.000000-04:00"
    half_an_hour = Zone("Lord Howe", ZoneInfo("Australia/Lord_Howe"))
    assert since("2026-10-04 02:15", zone=half_an_hour) == "2026-10-04T02:30:00.000000+11:00"


def test_a_day_begins_when_its_midnight_is_skipped() -> None:
    cairo = Zone("Africa/Cairo", ZoneInfo("Africa/Cairo"))
    assert since("2026-04-24", zone=cairo) == "2026-04-24T01:00:00.000000+03:00"
    assert until("2026-04-23", zone=cairo) == "2026-04-23T23:59:59.999999+02:00"


@pytest.mark.parametrize(
    "text",
    ["", "soon", "10", "5y", "-5m", "2026-13-01", "2026-11-31", "25:00", "08:60", "fr", "friday friday", "1x", "utc",
     "today 2026-11-02", "friday, 2026-11-02", "2026-11-02 UTC", "08:00+99:00", "9" * 30 + "d", "08:00:00.", "ago"],
)  # fmt: skip
def test_what_is_not_a_time_is_told_with_the_forms_that_are(text: str) -> None:
    for parse in (parse_since, parse_until):
        with pytest.raises(ValueError, match=r"is not a time; use for example 08:00, friday, .* or an age such as 10m"):
            parse(text, NOW, NEW_YORK)


def test_the_abbreviation_of_another_zone_is_not_guessed() -> None:
    for text in ("2026-11-02 03:00 CET", "2026-11-02 03:00 EDT"):
        with pytest.raises(ValueError, match="is not what America/New_York is called then; leave it out"):
            parse_since(text, NOW, NEW_YORK)


def test_what_ends_behind_the_calendar_is_an_error() -> None:
    with pytest.raises(ValueError, match="is not in the years 1 to 9999"):
        parse_until("9999-12-31", NOW, NEW_YORK)


MOMENTS = st.one_of(
    st.floats(min_value=946_684_800, max_value=2_000_000_000).map(lambda number: round(number, 6)),
    st.sampled_from([datetime(2026, 11, 1, 5, 30), datetime(2026, 3, 8, 7), datetime(2026, 4, 23, 22)]).flatmap(
        lambda time: st.integers(-7_200_000_000, 7_200_000_000).map(
            lambda micros: (time.replace(tzinfo=ZoneInfo("UTC")) + timedelta(microseconds=micros)).timestamp()
        )
    ),
)


@given(MOMENTS, st.floats(min_value=0, max_value=1e6), st.sampled_from([UTC, *ZONES]))
def test_every_time_that_is_shown_finds_what_is_shown_with_it(moment: float, age: float, zone: Zone) -> None:
    now = moment + age
    shown = [zone.date_time(moment), zone.moment(moment, now), zone.timestamp(moment), zone.day(moment)]
    shown += zone.column([moment, None], now)[:1]
    if zone.same_day(moment, now):
        shown.append(zone.clock(moment))
    for text in shown:
        first, last = parse_since(text, now, zone), parse_until(text, now, zone)
        assert first <= moment <= last, text
    for text in (zone.date_time(moment), zone.timestamp(moment)):
        assert moment - parse_since(text, now, zone) < 1 > parse_until(text, now, zone) - moment
