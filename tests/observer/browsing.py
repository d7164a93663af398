"""A real browser for tests of the page and the report."""

import json
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tests.helpers import patient

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = files("axe_playwright_python") / "axe.min.js"
LIMIT_MS = patient(15_000)
SERVER_GONE = ("net::ERR_", "the server responded with a status of")
"""Console messages about a stopped server, which are expected in tests that stop it."""


class Browser:
    """A browser context that collects console messages, errors and requests of its pages."""

    def __init__(self, context: "BrowserContext") -> None:
        self.context = context
        self.messages: list[str] = []
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
        tab.on("console", lambda message: self._add_message(message.text))
        tab.on("pageerror", lambda error: self.messages.append(str(error)))
        tab.on("dialog", lambda dialog: self.messages.append(dialog.message))
        tab.on("request", lambda request: self.requests.append(request.url))
        await tab.goto(url)
        return tab

    def _add_message(self, text: str) -> None:
        if not any(message in text for message in SERVER_GONE):
            self.messages.append(text)


async def titles(tab: "Page") -> list[str]:
    """Return the titles of the rows in the document."""
    texts: list[str] = await tab.locator("#rows .row .title").all_text_contents()
    return texts


async def seqs(tab: "Page") -> list[int]:
    """Return the `seq` of the first line of each row, from the links to them."""
    numbers: list[int] = await tab.evaluate(
        "[...document.querySelectorAll('#rows .row .time')].map((link) => Number(link.hash.split(':')[1]))"
    )
    return numbers


async def violations(tab: "Page", *rules: str) -> list[str]:
    """Return the violations that axe-core finds in a page, with their elements; by all rules, or only by `rules`."""
    session = await tab.context.new_cdp_session(tab)  # the policy of the page forbids other scripts
    if not await tab.evaluate("'axe' in window"):
        await session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    options = json.dumps({"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {}))
    expression = f"axe.run(document, {options}).then((result) => JSON.stringify(result.violations))"
    answer: dict[str, Any] = await session.send(
        "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
    )
    await session.detach()
    return [
        f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:200]}"
        for violation in json.loads(answer["result"]["value"])
        for node in violation["nodes"]
    ]
