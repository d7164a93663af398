import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.cli.options import zones
from observer.cli.options.zones import SystemRules, choose_zone
from observer.errors import UsageError
from observer.format.timestamps import parse_timestamp
from observer.format.zone import UTC, Zone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the zone of the process cannot be set there")
IDS = ["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


@pytest.fixture
def set_tz(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the zone of this process for one test."""

    def change(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield change
    monkeypatch.undo()
    time.tzset()


def test_the_systems_zone_has_the_offset_of_each_moment(set_tz: Callable[[str], None]) -> None:
    set_tz("America/New_York")
    assert choose_zone(None).name == "America/New_York"
    for zone in (choose_zone(None), Zone("local time", SystemRules())):
        assert zone.date_time(datetime.fromisoformat("2026-11-01T05:30:00Z").timestamp()) == "2026-11-01 01:30:00 EDT"
        assert zone.date_time(datetime.fromisoformat("2026-11-01T06:30:00Z").timestamp()) == "2026-11-01 01:30:00 EST"


def test_a_zone_that_only_the_c_library_understands_is_shown_by_its_letters(set_tz: Callable[[str], None]) -> None:
    set_tz("XST-3XDT,M3.5.0,M10.5.0/3")
    zone = choose_zone(None)
    assert zone.name == "local time"
    assert zone.date_time(datetime.fromisoformat("2026-07-01T00:00:00Z").timestamp()) == "2026-07-01 04:00:00 XDT"


@pytest.mark.parametrize("name", IDS)
def test_the_system_and_the_database_agree(name: str, set_tz: Callable[[str], None]) -> None:
    set_tz(name)
    system, named = Zone("local time", SystemRules()), choose_zone(name)

    @given(st.floats(min_value=0, max_value=2_100_000_000))
    def agree(moment: float) -> None:
        assert system.timestamp(moment) == named.timestamp(moment)
        local = system.local(moment)
        assert local is not None
        assert local.timestamp() == pytest.approx(moment, abs=1e-5)

    agree()


def test_a_timestamp_without_an_offset_is_in_utc_on_every_machine(set_tz: Callable[[str], None]) -> None:
    set_tz("America/New_York")
    assert parse_timestamp("1970-01-01T00:01:00") == 60.0


def test_rules_without_a_time_say_nothing() -> None:
    rules = SystemRules()
    assert rules.utcoffset(None) is rules.tzname(None) is rules.dst(None) is None


@pytest.mark.parametrize("name", ["UTC", "utc", "Etc/UTC", "Zulu"])
def test_utc_needs_no_database(name: str) -> None:
    assert choose_zone(name) is UTC


@pytest.mark.parametrize(
    "name", ["Mars/Base", "America", "../etc/passwd", "/etc/localtime", "a\0b", "\ud800", "x" * 5000]
)
def test_an_unknown_zone_is_one_clear_sentence(name: str) -> None:
    with pytest.raises(UsageError, match=r"unknown time zone .*; use UTC, local, or a name such as"):
        choose_zone(name)


def test_a_zone_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(UsageError, match="such as Europe/Berlin"):
        choose_zone("europe/berlin")


def test_without_a_database_the_sentence_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.available_timezones", set)
    with pytest.raises(UsageError, match="no database of time zones; install its package tzdata"):
        choose_zone("Europe/Nowhere")


def test_the_name_of_the_systems_zone_is_where_the_link_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_tz: Callable[[str], None]
) -> None:
    set_tz("America/New_York")
    monkeypatch.delenv("TZ")
    link = tmp_path / "localtime"
    monkeypatch.setattr(zones, "_SYSTEM_LINK", str(link))
    link.symlink_to("../usr/share/zoneinfo/America/New_York")
    assert choose_zone(None).name == "America/New_York"
    link.unlink()
    assert choose_zone(None).name == "local time"
    assert "TZ" not in os.environ
