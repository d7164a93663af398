"""The HTML report in a real browser, opened from a file. Tests observer.report.html and the modules of its page."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright import async_api as playwright

from observer.format.zone import UTC, Zone
from observer.report.html import render_html
from observer.runs.run import load_run
from tests.helpers import event_at
from tests.observer.browsing import LIMIT_MS, Browser, SharedTab, opened_browser, violations
from tests.observer.report.runs import RUN, hostile_run, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = 1_795_000_000.0
playwright.expect.set_options(timeout=LIMIT_MS)


class Opened:
    """The report of a run in the browser."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self._folder = browser, folder

    @property
    def messages(self) -> list[str]:
        return self._browser.messages

    @property
    def requests(self) -> list[str]:
        return self._browser.requests

    async def load(self, *lines: bytes, at: str = "", zone: Zone = UTC) -> "playwright.Page":
        """Open the page on a run of these lines, at `#at`."""
        source, made = self._folder / "20261123T011230Z-7f3a9c.ndjson", self._folder / "report.html"
        source.write_bytes(b"".join(lines))
        with load_run(source) as run:
            made.write_text("".join(render_html(run, NOW, zone)), "utf-8")
        self.tab = await self._browser.load(made.as_uri() + at)
        return self.tab

    async def open(self, *lines: bytes, at: str = "", zone: Zone = UTC) -> "playwright.Page":
        """Open the page and wait until its log stands there."""
        await self.load(*lines, at=at, zone=zone)
        await self.tab.locator("#log-view .filter").wait_for()
        return self.tab

    async def titles(self) -> list[str]:
        """Return the titles of the rows in the document."""
        return await self.tab.locator("#log .row .title").all_text_contents()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(
    tmp_path: Path, request: pytest.FixtureRequest, chromium: "playwright.Browser", shared_tab: SharedTab
) -> AsyncIterator[Opened]:
    """An empty page; `indirect` parameters are those of a context of its own."""
    async with opened_browser(chromium, shared_tab, request) as browser:
        yield Opened(browser, tmp_path)


async def expect_count(tab: "playwright.Page", text: str) -> None:
    await playwright.expect(tab.locator(".filter output")).to_have_text(text)


async def test_it_opens_from_a_file_without_errors_and_without_the_network(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    await tab.locator("#timeline-view .lanes canvas").scroll_into_view_if_needed()
    await tab.get_by_role("button", name="Expand all").click()
    await tab.emulate_media(media="print")
    assert opened.messages == []
    assert [url for url in opened.requests if not url.endswith("/report.html")] == []


async def test_search_and_filters_narrow_the_log(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    await expect_count(tab, "15 rows")
    await tab.keyboard.press("/")
    await tab.keyboard.type("PARSER")
    await expect_count(tab, "2 of 15 rows")
    await playwright.expect(tab.locator("#log mark").first).to_have_text("parser")  # PARSE already finds as many
    await tab.get_by_role("button", name="Clear").click()
    for name, value, said in (
        ("type", "tool", "5 of 15 rows"), ("tool", "=Bash", "2 of 15 rows"), ("status", "blocked", "1 of 15 rows"),
    ):  # fmt: skip
        await tab.locator(f"select[name={name}]").select_option(value)
        await expect_count(tab, said)
    assert await opened.titles() == ["curl example.com | sh"]
    await tab.get_by_role("button", name="Clear").click()
    await tab.locator("select[name=agent]").select_option(label="Explore: Review the parser (3)")
    await expect_count(tab, "3 of 15 rows")
    await tab.get_by_role("button", name="Clear").click()
    await tab.get_by_label("Errors only").check()
    await expect_count(tab, "4 of 15 rows")
    await tab.get_by_label("Search the log").fill("nothing says this")
    await playwright.expect(tab.get_by_text("No events match these filters.")).to_be_visible()


async def test_a_click_in_the_timeline_opens_the_call_in_the_log(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    canvas = tab.locator("#timeline-view .lanes canvas")
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box is not None
    # The second lane is the main agent's; `pytest -q` ran from second 3 to 7 of 20, on lines 6 and 7.
    point = {"x": box["width"] * 0.25, "y": 26 + 48 + 20 + 9}
    await canvas.hover(position=point)
    await playwright.expect(tab.locator(".tooltip")).to_contain_text("pytest -q")
    await canvas.click(position=point)
    await tab.wait_for_url("**#L6")
    row = tab.locator("#log .row", has_text="1 failed, 33 passed")
    await playwright.expect(row.locator(".head")).to_be_focused()
    await playwright.expect(row.locator(".body")).to_be_in_viewport()


async def test_the_timeline_can_be_used_by_keyboard(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    await tab.locator("#timeline-view .lanes canvas").focus()
    for key, said in (("ArrowRight", "coding 3"), ("ArrowDown", "I run the tests"), ("ArrowRight", "pytest -q")):
        await tab.keyboard.press(key)
        await playwright.expect(tab.locator(".tooltip")).to_contain_text(said)
    await tab.keyboard.press("Enter")
    await tab.wait_for_url("**#L6")


async def test_buttons_keys_and_the_wheel_zoom_and_fit_shows_the_whole_run(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    canvas = tab.locator("#timeline-view .lanes canvas")
    await canvas.scroll_into_view_if_needed()
    drawn = "document.querySelector('#timeline-view .lanes canvas').toDataURL()"
    whole = await tab.evaluate(drawn)

    async def changes(before: str) -> str:
        await tab.wait_for_function(f"before => {drawn} !== before", arg=before)
        return str(await tab.evaluate(drawn))

    await tab.get_by_role("button", name="Zoom in").click()
    nearer = await changes(whole)
    await tab.get_by_role("button", name="Later").click()
    later = await changes(nearer)
    await canvas.focus()
    await canvas.hover()
    await tab.mouse.wheel(0, -200)
    await changes(later)
    await tab.mouse.move(0, 0)
    await tab.get_by_role("button", name="Fit").click()
    await tab.wait_for_function(f"whole => {drawn} === whole", arg=whole)


async def test_a_link_to_a_line_opens_it_even_if_the_filter_excludes_it(opened: Opened) -> None:
    tab = await opened.open(*RUN, at="#L18")
    await playwright.expect(tab.locator("#log .row .head:focus")).to_contain_text("Task")
    await tab.locator("select[name=type]").select_option("thought")
    await tab.locator("#errors a").last.click()
    await playwright.expect(tab.locator("#log .row .head:focus")).to_contain_text("complete")
    await expect_count(tab, "15 rows")


async def test_the_log_can_be_used_by_keyboard(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    focused = tab.locator("#log .row .head:focus")
    await tab.locator("#log .row .head").first.focus()
    await tab.keyboard.press("ArrowDown")
    await playwright.expect(focused).to_contain_text("session start")
    await tab.keyboard.press("End")
    await playwright.expect(focused).to_contain_text("complete")
    await tab.keyboard.press("Enter")
    await playwright.expect(focused).to_have_attribute("aria-expanded", "true")
    await playwright.expect(tab.locator("#log .row .body")).to_contain_text("the budget is spent")


async def test_a_hostile_run_stays_text(opened: Opened) -> None:
    tab = await opened.open(*hostile_run())
    await tab.get_by_role("button", name="Expand all").click()
    await tab.get_by_label("Search the log").fill("<img")
    await playwright.expect(tab.locator("#log mark").first).to_have_text("<img")
    assert opened.messages == []
    assert await tab.evaluate("[document.scripts.length, document.images.length, 'pwned' in window]") == [2, 0, False]


async def test_a_few_failures_among_thousands_of_calls_are_flags_not_a_red_lane(opened: Opened) -> None:
    calls = (
        tool(n / 10, f"t{n}", "Bash", "success" if n % 10 else "error", "", seconds=0.1, command="make")
        for n in range(2000)
    )
    tab = await opened.open(RUN[0], *calls, event_at(200, "complete", outcome="success"))
    await tab.locator("#timeline-view").scroll_into_view_if_needed()
    red = """(y) => {
        const canvas = document.querySelector("#timeline-view .lanes canvas");
        const {data} = canvas.getContext("2d").getImageData(0, y, canvas.width, 1);
        return data.filter((one, at) => at % 4 === 0 && one > 150 && data[at + 1] < 80 && data[at + 3] > 0).length;
    }"""  # the first lane's bars begin below its ruler and its label

    assert await tab.evaluate(red, 49) > 100
    assert await tab.evaluate(red, 60) == 0


async def test_fifty_thousand_events_open_and_scroll_to_the_end(opened: Opened) -> None:
    calls = (
        tool(n % 60, f"t{n}", "Bash", "success", f"output {n}", seconds=0, command=f"make {n}") for n in range(24_999)
    )
    agents = (
        event_at(
            second, f"subagent_{what}", id=f"a{n}", tool_use_id=f"t{n}", agent_type="Explore", description="d", **more
        )
        for n, begin in enumerate((*range(0, 20, 2), 1))
        for second, what, more in ((begin, "start", {}), (begin + 1.5, "complete", {"status": "completed"}))
    )
    tab = await opened.open(RUN[0], *calls, *agents, RUN[-1])
    await expect_count(tab, "25,023 rows")
    picture = tab.locator("#timeline-view .lanes canvas")
    shared = "Timeline of 3 lanes: Main agent, Subagents, More subagents (in parallel)"
    await playwright.expect(picture).to_have_attribute("aria-label", shared)
    await tab.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await playwright.expect(tab.locator("#log .row").last).to_contain_text("the budget is spent")
    assert await tab.locator("#log .row").count() < 200
    await tab.get_by_label("Search the log").fill("output 24321")
    await expect_count(tab, "1 of 25,023 rows")


@pytest.mark.parametrize("opened", [{"java_script_enabled": False}], indirect=True)
async def test_outcome_and_problems_can_be_read_without_javascript(opened: Opened) -> None:
    tab = await opened.load(*RUN)
    for said in ("the budget is spent", "curl is not on the list", "the model is gone", "The log requires JavaScript."):
        await playwright.expect(tab.get_by_text(said).first).to_be_visible()


@pytest.mark.parametrize("opened", [{"viewport": {"width": 380, "height": 800}, "color_scheme": "dark"}], indirect=True)
async def test_a_narrow_dark_screen_needs_no_horizontal_scrolling(opened: Opened) -> None:
    tab = await opened.open(*hostile_run())
    await tab.get_by_role("button", name="Expand all").click()
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 380
    background = "getComputedStyle(document.body).backgroundColor"
    dark = await tab.evaluate(background)
    assert await violations(tab) == []
    await tab.get_by_role("button", name=re.compile("light theme")).click()
    assert await tab.evaluate(background) != dark
    assert await violations(tab, "color-contrast") == []
    await tab.reload()
    assert await tab.evaluate(background) != dark
    await tab.keyboard.press("t")
    assert await tab.evaluate(background) == dark


async def test_the_page_of_an_empty_file_says_that_there_are_no_rows(opened: Opened) -> None:
    tab = await opened.open()
    await expect_count(tab, "0 rows")
    await playwright.expect(tab.get_by_text("no sessions or tool calls to draw")).to_be_visible()
    assert opened.messages == []


async def test_an_open_row_states_what_was_omitted_and_where_it_is(opened: Opened) -> None:
    tab = await opened.open(
        event_at(0, "info", message="x"), tool(1, "a", "Bash", "success", "y" * 16_000, command="yes")
    )
    await tab.locator("#log .row", has_text="yes").locator(".head").click()
    await playwright.expect(tab.locator("#log pre em")).to_have_text("… 12 kB omitted; see line 3 of the run file …")


async def test_a_row_that_was_opened_stays_in_view_when_the_filters_are_cleared(opened: Opened) -> None:
    tab = await opened.open(RUN[0], *(event_at(n % 60, "info", message=f"number {n}") for n in range(3000)))
    await tab.get_by_label("Search the log").fill("number 2345")
    await expect_count(tab, "1 of 3,001 rows")
    await tab.locator("#log .row .head").click()
    await tab.get_by_role("button", name="Clear").click()
    await expect_count(tab, "3,001 rows")
    await playwright.expect(tab.locator("#log .row", has_text="number 2345").locator(".body")).to_be_in_viewport()


async def test_printing_uses_the_light_theme_and_states_how_many_rows_are_missing(opened: Opened) -> None:
    tab = await opened.open(RUN[0], *(event_at(n % 60, "info", message=f"number {n}") for n in range(3000)))
    await tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert await tab.locator("#log .row").count() == 2000
    await playwright.expect(tab.get_by_text("… 1,001 more rows of the log, not printed")).to_be_visible()
    assert await tab.evaluate("document.documentElement.dataset.theme") == "light"
    await tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert await tab.locator("#log .row").count() < 200


async def test_every_time_is_in_the_zone_in_which_the_report_was_made(opened: Opened) -> None:
    limit = {"status": "rejected", "resets_at": "2026-11-28T03:20:19+02:00"}
    lines = event_at(0, "run_start", about="x"), event_at(60, "rate_limit", **limit)
    tab = await opened.open(*lines, zone=Zone("America/New_York", ZoneInfo("America/New_York")))
    await playwright.expect(tab.locator("#overview time").last).to_have_text("2026-11-22 20:12:30 EST")
    await playwright.expect(tab.locator("#overview")).to_contain_text("America/New_York")
    row = tab.locator("#log .row", has_text="rate limit").last
    await playwright.expect(row.locator(".title")).to_contain_text("resets 2026-11-27 20:20:19 EST")
    await playwright.expect(row.locator(".time")).to_have_attribute("title", re.compile("^2026-11-22 20:13:30 EST"))
    assert "UTC" not in await tab.locator("body").inner_text()


async def test_rows_stay_aligned_when_their_times_get_longer(opened: Opened) -> None:
    tab = await opened.open(RUN[0], RUN[1], event_at(3600 * 100, "progress", passing=1, total=2))
    assert len(set(await tab.locator("#log .row .kind").evaluate_all("all => all.map((one) => one.offsetLeft)"))) == 1
