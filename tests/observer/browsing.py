"""A real browser for the tests of pages."""

import json
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to open the page in")
AXE = files("axe_playwright_python") / "axe.min.js"
LIMIT_MS = 15_000
LOST = ("net::ERR_", "the server responded with a status of")
"""How a browser complains of a server that is not there: expected where a test takes it away."""


class Browser:
    """A context of the browser, with everything that its pages complained about or asked for."""

    def __init__(self, context: "BrowserContext") -> None:
        self.context = context
        self.complaints: list[str] = []
        self.requests: list[str] = []

    async def open(self, url: str) -> "Page":
        """Open a page and wait until it shows rows of a run."""
        tab = await self.load(url)
        await tab.locator("#rows .row").first.wait_for()
        return tab

    async def load(self, url: str) -> "Page":
        """Open a page."""
        tab = await self.context.new_page()
        tab.set_default_timeout(LIMIT_MS)
        tab.on("console", lambda message: self._complain(message.text))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        tab.on("request", lambda request: self.requests.append(request.url))
        await tab.goto(url)
        return tab

    def _complain(self, text: str) -> None:
        if not any(sign in text for sign in LOST):
            self.complaints.append(text)


async def titles(tab: "Page") -> list[str]:
    """Return what the heads of the rows in the document say."""
    found: list[str] = await tab.locator("#rows .row .title").all_text_contents()
    return found


async def seqs(tab: "Page") -> list[int]:
    """Return the numbers of the lines that begin rows, as the links to them say."""
    found: list[int] = await tab.evaluate(
        "[...document.querySelectorAll('#rows .row .time')].map((made) => Number(made.hash.split(':')[1]))"
    )
    return found


async def violations(tab: "Page", *rules: str) -> list[str]:
    """Return what axe-core finds wrong with a page, each with the elements that it is about; by all rules or these."""
    session = await tab.context.new_cdp_session(tab)  # the page's policy refuses scripts that are not its own
    if not await tab.evaluate("'axe' in window"):
        await session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    how = json.dumps({"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {}))
    asked = f"axe.run(document, {how}).then((found) => JSON.stringify(found.violations))"
    answer: dict[str, Any] = await session.send(
        "Runtime.evaluate", {"expression": asked, "awaitPromise": True, "returnByValue": True}
    )
    await session.detach()
    return [
        f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:200]}"
        for one in json.loads(answer["result"]["value"])
        for node in one["nodes"]
    ]
