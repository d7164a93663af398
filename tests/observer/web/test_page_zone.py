"""The zone in which the page shows times: that of the browser, or UTC."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

import observer
from observer.format.timestamps import parse_timestamp
from observer.format.zone import UTC, Zone, spans_between
from tests.helpers import LIMIT_S
from tests.observer.web.page_runs import BEGINNING, Runs, expect, pages

ZONE_JS = Path(observer.__file__).parent / "web" / "page" / "zone.js"
NEW_YORK = Zone("America/New_York", ZoneInfo("America/New_York"))
KATHMANDU = Zone("Asia/Kathmandu", ZoneInfo("Asia/Kathmandu"))
IN_NEW_YORK = pytest.mark.parametrize("runs", [{"timezone_id": "America/New_York"}], indirect=True)
TIMES = [
    parse_timestamp(f"2026-{text}Z") or 0.0
    for text in ("11-01T05:59:59.9", "11-01T06:00:00", "11-02T05:00:00", "03-08T07:00:00", "07-01T00:00:00")
]


def in_node(script: str, values: object, zone: str, directory: Path) -> Any:
    """Return what a script prints as JSON in a time zone; `values` is its input, `zone` the module."""
    (directory / "zone.mjs").write_bytes(ZONE_JS.read_bytes())
    code = f'import * as zone from "./zone.mjs";\nconst values = {json.dumps(values)};\n{script}'
    node = subprocess.run(
        ["node", "--input-type=module"], input=code, cwd=directory, capture_output=True, text=True, timeout=LIMIT_S,
        check=False, env={**os.environ, "TZ": zone},
    )  # fmt: skip
    assert node.returncode == 0, node.stderr
    return json.loads(node.stdout)


def words(zone: Zone) -> list[list[str]]:
    return [[zone.date_time(time), zone.moment(time, TIMES[0]), zone.moment(time, None)] for time in TIMES]


SHOW = """console.log(JSON.stringify(values.times.map((ms) => [
  zone.formatDateTime(ms), zone.formatMoment(ms, values.times[0]), zone.formatMoment(ms, NaN),
])));"""


@pytest.mark.needs("node")
@pytest.mark.parametrize("zone", [UTC, NEW_YORK, KATHMANDU], ids=lambda zone: zone.name)
def test_the_page_shows_times_as_the_terminal_does(zone: Zone, tmp_path: Path) -> None:
    times = [time * 1000 for time in TIMES]
    spans = [(span.begin * 1000, span.offset, span.label) for span in spans_between(zone, min(TIMES), max(TIMES))]
    values = {"times": times, "zone": {"name": zone.name, "spans": msgspec.to_builtins(spans)}}
    assert in_node(f"zone.setZone(zone.viewerZone());{SHOW}", values, zone.name, tmp_path) == words(zone)
    assert in_node(f"zone.setZone(zone.zoneOf(values.zone));{SHOW}", values, "Asia/Tokyo", tmp_path) == words(zone)


@pytest.mark.needs("node")
def test_an_invalid_time_has_no_text(tmp_path: Path) -> None:
    script = 'console.log(JSON.stringify([NaN, null, undefined, 9e15, -9e15, "x"].map(zone.formatDateTime)));'
    assert in_node(script, None, "America/New_York", tmp_path) == [""] * 6


@pages
@IN_NEW_YORK
async def test_the_page_is_in_the_zone_of_the_browser_until_utc_is_chosen(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tab = await runs.open()
    started = tab.locator("#zone")
    await expect(started).to_have_text("started 2026-11-22 20:12:30 EST")
    await expect(started).to_have_attribute("title", "Times are in America/New_York; switch to UTC (z)")
    time = tab.locator(".of-session_start > .time")
    await expect(time).to_have_attribute("title", "2026-11-22 20:12:31 EST · line 2 · click to copy the link (c)")
    await tab.keyboard.press("z")
    await expect(started).to_have_text("started 2026-11-23 01:12:30 UTC")
    await expect(time).to_have_attribute("title", "2026-11-23 01:12:31 UTC · line 2 · click to copy the link (c)")
    assert "?utc=1" in tab.url
    await started.click()
    await expect(started).to_have_text("started 2026-11-22 20:12:30 EST")
    assert "utc" not in tab.url


@pages
@IN_NEW_YORK
async def test_utc_can_be_chosen_by_the_url(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tab = await runs.open("?utc")
    await expect(tab.locator("#zone")).to_have_text("started 2026-11-23 01:12:30 UTC")
