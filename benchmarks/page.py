"""Measures how long the page takes to open a run, also from far away, how it scrolls, and how much memory it uses.

python benchmarks/page.py [--events 1000000]
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from distance import distant
from playwright.async_api import Browser, Page, async_playwright
from serve import free_port, serve_command, server
from table import Layout, Table

SHORT, LONG = "a short run", "a long run"
PAGE = Layout(
    "page",
    (
        "run", "events", "seconds to its end", "seconds to its summary", "seconds to its start", "median frame ms",
        "longest of 20 frames ms", "peak heap MB", "peak elements",
    ),
    (SHORT, LONG),
    "Headless Chromium, which draws 60 frames a second at most; frames are those of scrolling back.",
)  # fmt: skip
FIRST, AGAIN = "first visit", "second visit"
ROUND_TRIP_S = 0.15
DISTANT = Layout(
    "page distant",
    ("visit", "requests", "seconds to its end"),
    (FIRST, AGAIN),
    f"The short run, through a proxy that delays connections and data by a round trip of {1000 * ROUND_TRIP_S:.0f} ms.",
)
LINE = (
    b'{"seq":%d,"timestamp":"2026-11-23T%02d:%02d:%02d.000000Z","run":"r","type":"info","phase":"coding","iteration":3,'
    b'"parent":null,"data":{"kind":"note","message":"event %d of a run with a great many events"}}\n'
)
ANY_PORT = ("--allow-host", "127.0.0.1")
"""Options of the server: the name is accepted with the port of the proxy, too."""
SCREENS = 60
"""Screens that are scrolled back from the end."""
WATCH_FRAMES = """
window.frameTimes = [];
(function watch(before) {
  requestAnimationFrame((now) => {
    if (before) frameTimes.push(now - before);
    if (window.frameTimes) watch(now);
  });
})();
"""


def write(path: Path, events: int) -> None:
    """Write a run of `events` small events."""
    with path.open("wb") as file:
        for first in range(1, events + 1, 10_000):
            numbers = range(first, min(first + 10_000, events + 1))
            file.write(b"".join(LINE % (n, n // 3600 % 24, n // 60 % 60, n % 60, n) for n in numbers))


async def usage(tab: Page) -> tuple[float, int]:
    """Return the heap in MB after garbage collection, and the number of elements in the document."""
    session = await tab.context.new_cdp_session(tab)
    await session.send("HeapProfiler.collectGarbage")
    heap: dict[str, Any] = await session.send("Runtime.getHeapUsage")
    return heap["usedSize"] / 1e6, await tab.evaluate("document.querySelectorAll('*').length")


async def wait_for_row(tab: Page, text: str) -> None:
    await tab.locator("#rows .row", has_text=text).first.wait_for()


async def frames_of_scrolling(tab: Page) -> tuple[float, float]:
    """Scroll back; return how long half of the frames take at most, and nineteen of twenty, in ms."""
    await tab.locator("#log").hover()
    await tab.evaluate(WATCH_FRAMES)
    for _ in range(SCREENS):
        await tab.mouse.wheel(0, -800)
        await tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    frames = sorted(await tab.evaluate("frameTimes"))
    await tab.evaluate("window.frameTimes = null")
    return frames[len(frames) // 2], frames[len(frames) * 19 // 20]


async def measure_run(tab: Page, url: str, name: str, events: int, table: Table) -> None:
    start = time.perf_counter()
    await tab.goto(url)
    await wait_for_row(tab, f"event {events} of")
    to_end = time.perf_counter() - start
    await tab.locator("#panel section").first.wait_for()
    to_summary = time.perf_counter() - start
    heap, nodes = await usage(tab)
    median, long = await frames_of_scrolling(tab)
    scrolled, _ = await usage(tab)
    start = time.perf_counter()
    await tab.keyboard.press("g")
    await wait_for_row(tab, "event 1 of")
    to_start = time.perf_counter() - start
    heap_at_start, nodes_at_start = await usage(tab)
    heap = max(heap, scrolled, heap_at_start)
    table.add(name, events, to_end, to_summary, to_start, median, long, heap, max(nodes, nodes_at_start))


async def measure_from_afar(browser: Browser, port: int, events: int, table: Table) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    async with distant(port, ROUND_TRIP_S) as far_port:
        for visit in (FIRST, AGAIN):
            tab = await context.new_page()
            requests: list[str] = []
            tab.on("request", lambda request, requests=requests: requests.append(request.url))
            start = time.perf_counter()
            await tab.goto(f"http://127.0.0.1:{far_port}/", wait_until="commit")
            await wait_for_row(tab, f"event {events} of")
            table.add(visit, len(requests), time.perf_counter() - start)
            await tab.close()
    await context.close()


async def measure(events: int) -> list[Table]:
    table, from_afar = PAGE.table("The page"), DISTANT.table("The page from far away")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory(prefix="runtail-page-") as name:
        async with async_playwright() as browsers:
            browser = await browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for row, count in ((SHORT, 1000), (LONG, events)):
                directory = Path(name) / str(count)
                directory.mkdir()
                write(directory / "20261123T011230Z-7f3a9c.ndjson", count)
                port = free_port()
                with server([*serve_command(directory, port), *ANY_PORT], port):
                    tab = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
                    await measure_run(tab, f"http://127.0.0.1:{port}/", row, count, table)
                    await tab.close()
                    if row == SHORT:
                        await measure_from_afar(browser, port, count, from_afar)
            await browser.close()
    return [table, from_afar]


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [PAGE, DISTANT]


def tables(events: int = 1_000_000) -> list[Table]:
    """Return the measured tables; none if Chromium is not installed."""
    return asyncio.run(measure(events)) if shutil.which("chromium") else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the long run")
    for table in tables(parser.parse_args().events):
        table.print()


if __name__ == "__main__":
    main()
