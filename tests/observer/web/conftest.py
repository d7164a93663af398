"""Fixtures of the tests of `observe serve`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.observer.browsing import Browser
from tests.observer.web.page_server import Served

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium

    from tests.observer.web.page_runs import Runs


@pytest_asyncio.fixture(loop_scope="session")
async def runs(tmp_path: Path, request: pytest.FixtureRequest, chromium: "Chromium") -> "AsyncIterator[Runs]":
    """A directory and a server for each test; `indirect` parameters are those of the browser's context."""
    from tests.observer.web.page_runs import WIDE, Runs  # noqa: PLC0415 - needs playwright

    (tmp_path / "runs").mkdir()
    options = {**WIDE, "reduced_motion": "reduce", **getattr(request, "param", {})}
    async with Served(tmp_path / "runs") as served:
        context = await chromium.new_context(**options)
        browser = Browser(context)
        yield Runs(served, browser)
        await context.close()
    assert browser.messages == []
