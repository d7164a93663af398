"""Helpers of the tests of the page of `observe serve`: a served directory of runs, and a browser."""

import pytest
from playwright import async_api as playwright

from tests.helpers import event_at
from tests.observer.browsing import LIMIT_MS, Browser
from tests.observer.web.page_server import Served

own_context = pytest.mark.parametrize("runs", [{}], indirect=True)
"""For a test that changes the context of its browser: routes, clock, permissions, scripts."""
pages = pytest.mark.asyncio(loop_scope="session")
expect = playwright.expect
expect.set_options(timeout=LIMIT_MS)

NAME = "20261123T011230Z-7f3a9c"
PHONE = {"viewport": {"width": 380, "height": 760}}
BEGINNING = (
    event_at(0, "run_start", project_dir="/home/me/thing", command="agent build SPEC.md", about="A thing that works"),
    event_at(1, "session_start", agent_type="CODING", iteration=3, model="claude-x").replace(b'"seq":1,', b'"seq":2,'),
)


class Runs:
    """A directory of runs, its server and a browser."""

    def __init__(self, served: Served, browser: Browser) -> None:
        self.served, self.browser = served, browser
        self.directory = served.directory

    def write(self, *lines: bytes, run: str = NAME) -> None:
        """Append lines to a run."""
        with (self.directory / f"{run}.ndjson").open("ab") as file:
            file.write(b"".join(lines))

    async def open(self, at: str = "") -> "playwright.Page":
        """Open the page and wait for rows."""
        return await self.browser.open(self.served.url + at)


def numbered(first: int, last: int) -> list[bytes]:
    """Return `info` events with the line numbers `first` to `last`, and that number as message."""
    return [
        event_at(number, "info", message=f"event {number}").replace(b'"seq":1,', b'"seq":%d,' % number)
        for number in range(first, last + 1)
    ]
