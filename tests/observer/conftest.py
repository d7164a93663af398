"""Fixtures of the observer's tests."""

import math
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from observer.terminal.markdown_text import HighlightTime
from tests.observer.browsing import CHROMIUM, ONE_PROCESS, SharedTab
from tests.observer.observing import Observe

if TYPE_CHECKING:
    from playwright.async_api import Browser

HIGHLIGHT_LIMITS = {
    "observer.report.html": "HIGHLIGHT_S", "observer.terminal.ui.detail": "_HIGHLIGHT_S",
    "observer.terminal.ui.log_items": "_HIGHLIGHT_S", "observer.web.broadcasts.row_encoder": "_HIGHLIGHT_S",
}  # fmt: skip
"""Where the time for the colours of code is limited, in seconds."""


@pytest.fixture(autouse=True)
def on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, no viewer comes late: it would wait for a timer.

    A command that runs in this process does not make it a viewer: later tests would wait as one, with a low priority.
    """
    monkeypatch.setattr("observer.source.watcher.ProcessorWait.seconds", lambda _: 0.0)
    monkeypatch.setattr("observer.source.watcher.lower_priority", lambda _increment: None)
    monkeypatch.setattr("observer.source.watcher._is_viewer", threading.Event())


@pytest.fixture(autouse=True)
def time_for_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, there is time for the colours of code; tests of that limit pass a clock."""
    monkeypatch.setattr(HighlightTime.__init__, "__defaults__", (lambda: 0.0,))
    for module, limit in HIGHLIGHT_LIMITS.items():
        if module in sys.modules:
            monkeypatch.setattr(sys.modules[module], limit, math.inf)


@pytest.fixture
def observe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Observe]]:
    started: list[Observe] = []

    def start(*arguments: str | Path, **how: Any) -> Observe:
        started.append(Observe(tmp_path_factory.mktemp("observe"), *map(str, arguments), **how))
        return started[-1]

    yield start
    for one in started:
        with suppress(ProcessLookupError):
            one.process.kill()
        one.process.wait()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_tab(chromium: "Browser") -> SharedTab:
    """A tab for the tests that change nothing but the tab itself."""
    return SharedTab(chromium)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> "AsyncIterator[Browser]":
    """One browser for all; each test has a context of its own in it."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - most tests never need it

    async with async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", ONE_PROCESS])
        yield browser
        await browser.close()
