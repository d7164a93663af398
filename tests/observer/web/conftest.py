"""Fixtures of the tests of `observe serve`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.observer.browsing import SharedTab, opened_browser
from tests.observer.web.page_server import Served

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium

    from tests.observer.web.page_runs import Runs


@pytest_asyncio.fixture(loop_scope="session")
async def runs(
    tmp_path: Path, request: pytest.FixtureRequest, chromium: "Chromium", shared_tab: SharedTab
) -> "AsyncIterator[Runs]":
    """A directory and a server for each test; `indirect` parameters are those of a browser context of its own.

    The servers have the same address one after the other, for which the browser has the page's files and has compiled
    its scripts: a seventh of the time of loading it.
    """
    from tests.observer.web.page_runs import Runs  # noqa: PLC0415 - needs playwright

    (tmp_path / "runs").mkdir()
    async with (
        Served(tmp_path / "runs", port=shared_tab.port) as served,
        opened_browser(chromium, shared_tab, request) as browser,
    ):
        shared_tab.port = served.port
        yield Runs(served, browser)
    assert browser.messages == []
