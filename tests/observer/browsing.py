"""A real browser for tests of the page and the report."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from tests import needs
from tests.helpers import patient

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page, Route

CHROMIUM = next(filter(None, map(shutil.which, needs.CHROMIUM)), None)
AXE = files("axe_playwright_python") / "axe.min.js"
LIMIT_MS = patient(15_000)
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
"""The options of a browser context unless a test asks for others."""
GRANT_NOTIFICATIONS = """
Object.defineProperty(Notification, "permission", {get: () => "granted"});
Notification.requestPermission = async () => "granted";
"""
"""What a browser without windows lacks: it shows no notifications, so it grants none either."""
ONE_PROCESS = "--process-per-site"
"""The argument with which all tabs of a context that show pages of 127.0.0.1 share one process of Chromium."""
SERVER_GONE = ("net::ERR_", "the server responded with a status of")
"""Console messages about a stopped server, which are expected in tests that stop it."""


class SharedTab:
    """One tab for all tests that leave its context as it is: a new one costs a second of processor time.

    Beside it a tab with an empty page of 127.0.0.1 keeps the process of that site (see `ONE_PROCESS`), which would
    otherwise end with each test, and take a fifth of the next one to start.
    """

    def __init__(self, chromium: "Chromium") -> None:
        self._chromium = chromium
        self._tab: Page | None = None
        self._keeper: Page | None = None
        self.port = 0
        """At which the page was last served."""

    async def get(self) -> "Page":
        """Return the tab, empty and as wide as `WIDE`."""
        if self._tab is None or self._tab.is_closed():
            context = await self._chromium.new_context(**WIDE)
            self._keeper = await context.new_page()
            await self._keeper.route("**", lambda route: route.fulfill(body=""))
            await self._keeper.goto("http://127.0.0.1/")
            self._tab = await context.new_page()
        return self._tab

    async def put_back(self) -> None:
        """Undo what a test may have done to the tab, and close the others of its context."""
        tab = await self.get()
        for other in tab.context.pages:
            if other not in {tab, self._keeper}:
                await other.close()
        await tab.unroute_all(behavior="ignoreErrors")
        if tab.url != "about:blank":
            await tab.evaluate("localStorage.clear()")
        await tab.goto("about:blank")
        await tab.mouse.move(0, 0)
        await tab.set_viewport_size(WIDE["viewport"])
        await tab.emulate_media(media="null", color_scheme="null", reduced_motion="reduce")


class Listeners:
    """Listeners to the events of pages, which can be removed from a page that is used again."""

    def __init__(self) -> None:
        self._added: list[tuple[Page, str, Callable[[Any], None]]] = []

    def add(self, tab: "Page", event: str, listener: Callable[[Any], None]) -> None:
        tab.on(event, listener)  # type: ignore[call-overload]
        self._added.append((tab, event, listener))

    def remove_all(self) -> None:
        for tab, event, listener in self._added:
            tab.remove_listener(event, listener)
        self._added.clear()


class Browser:
    """A browser context that collects console messages, errors and requests of its pages.

    A test that changes the context (clock, permissions, routes) has one of its own; the others share a tab.
    """

    def __init__(self, tab: "Page", *, shared: bool) -> None:
        self._context, self._shared = tab.context, shared
        self._first: Page | None = tab
        self.listeners = Listeners()
        self.messages: list[str] = []
        self.requests: list[str] = []

    @property
    def context(self) -> "BrowserContext":
        assert not self._shared, "a test that changes the context needs @own_context"
        return self._context

    async def open(self, url: str) -> "Page":
        """Open a page and wait until it shows rows of a run."""
        tab = await self.load(url)
        await tab.locator("#rows .row").first.wait_for()
        return tab

    async def load(self, url: str) -> "Page":
        """Open a page."""
        tab, self._first = self._first or await self._context.new_page(), None
        tab.set_default_timeout(LIMIT_MS)
        self.listeners.add(tab, "console", lambda message: self._add_message(message.text))
        self.listeners.add(tab, "pageerror", lambda error: self.messages.append(str(error)))
        self.listeners.add(tab, "dialog", lambda dialog: self.messages.append(dialog.message))
        self.listeners.add(tab, "request", lambda request: self.requests.append(request.url))
        await tab.goto(url)
        return tab

    async def change_file(self, pattern: str, **replaced: str) -> None:
        """Let the next page that is opened have a file in which some words are replaced."""
        assert self._first is not None, "a page is open already"

        async def answer(route: "Route") -> None:
            response = await route.fetch()
            text = await response.text()
            for old, new in replaced.items():
                assert old in text
                text = text.replace(old, new)
            await route.fulfill(body=text, content_type=response.headers["content-type"])  # which nobody caches

        await self._first.route(pattern, answer)

    def _add_message(self, text: str) -> None:
        if not any(message in text for message in SERVER_GONE):
            self.messages.append(text)


@asynccontextmanager
async def opened_browser(
    chromium: "Chromium", shared: SharedTab, request: pytest.FixtureRequest
) -> AsyncIterator[Browser]:
    """Yield the shared tab, or one in a context of its own with the options that the test's parameter holds."""
    if not hasattr(request, "param"):
        browser = Browser(await shared.get(), shared=True)
        yield browser
        browser.listeners.remove_all()
        await shared.put_back()
        return
    context = await chromium.new_context(**{**WIDE, **request.param})
    if "notifications" in request.param.get("permissions", []):
        await context.add_init_script(GRANT_NOTIFICATIONS)
    yield Browser(await context.new_page(), shared=False)
    await context.close()


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
