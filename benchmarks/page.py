"""How long does the page take to open a run, and what does it hold of it? A run of a thousand events beside a long one.

python benchmarks/page.py [--events 1000000]
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright
from serve import free_port
from table import Table

LINE = (
    b'{"seq":%d,"timestamp":"2026-11-23T%02d:%02d:%02d.000000Z","run":"r","type":"info","phase":"coding","iteration":3,'
    b'"parent":null,"data":{"kind":"note","message":"event %d of a long run that goes on and on"}}\n'
)
SCREENS = 60
"""How far it is scrolled back from the end."""


def write(path: Path, events: int) -> None:
    with path.open("wb") as file:
        for first in range(1, events + 1, 10_000):
            numbers = range(first, min(first + 10_000, events + 1))
            file.write(b"".join(LINE % (n, n // 3600 % 24, n // 60 % 60, n % 60, n) for n in numbers))


async def held(tab: Page) -> tuple[float, int]:
    """Megabytes of the heap after collecting garbage, and elements in the document."""
    session = await tab.context.new_cdp_session(tab)
    await session.send("HeapProfiler.collectGarbage")
    heap: dict[str, Any] = await session.send("Runtime.getHeapUsage")
    return heap["usedSize"] / 1e6, await tab.evaluate("document.querySelectorAll('*').length")


async def row_of(tab: Page, words: str) -> None:
    await tab.locator("#rows .row", has_text=words).first.wait_for()


async def look(tab: Page, url: str, events: int, table: Table) -> None:
    began = time.perf_counter()
    await tab.goto(url)
    await row_of(tab, f"event {events} of")
    opened = time.perf_counter() - began
    heap, nodes = await held(tab)
    await tab.locator("#log").hover()
    for _ in range(SCREENS):
        await tab.mouse.wheel(0, -800)
        await tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    scrolled, _ = await held(tab)
    began = time.perf_counter()
    await tab.keyboard.press("g")
    await row_of(tab, "event 1 of")
    start = time.perf_counter() - began
    most, most_nodes = await held(tab)
    table.add(f"{events:,}", opened, start, max(heap, scrolled, most), max(nodes, most_nodes))


async def measure(events: int) -> Table:
    table = Table(
        "The page", ("events", "seconds to its end", "seconds to its start", "heap MB at most", "elements at most"),
        note="Bound: a run of a million events opens within 2 s. Chromium without a screen.",
    )  # fmt: skip
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory(prefix="runtail-page-") as name:
        async with async_playwright() as started:
            browser = await started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for count in (1000, events):
                folder = Path(name) / str(count)
                folder.mkdir()
                write(folder / "20261123T011230Z-7f3a9c.ndjson", count)
                port = free_port()
                server = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "observer", "serve", str(folder), "--port", str(port),
                    stderr=asyncio.subprocess.PIPE,
                )  # fmt: skip
                assert server.stderr is not None
                await server.stderr.readline()
                tab = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
                await look(tab, f"http://127.0.0.1:{port}/", count, table)
                await tab.close()
                server.terminate()
                await server.wait()
            await browser.close()
    return table


def tables(events: int = 1_000_000) -> list[Table]:
    """Measure; nothing where there is no Chromium."""
    return [asyncio.run(measure(events))] if shutil.which("chromium") else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    for table in tables(parser.parse_args().events):
        table.print()


if __name__ == "__main__":
    main()
