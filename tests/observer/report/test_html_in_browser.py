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
from observer.runs.one_run.run import load_run
from tests.helpers import event_at
from tests.observer.browsing import LIMIT_MS, Browser, SharedTab, opened_browser, violations
from tests.observer.report.runs import RUN, hostile_run, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = 1_795_000_000.0
playwright.expect.set_options(timeout=LIMIT_MS)


class Opened:
    """The report of a run in the browser."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self.folder = browser, folder

    @property
    def messages(self) -> list[str]:
        return self._browser.messages

    @property
    def requests(self) -> list[str]:
        return self._browser.requests

    async def load(self, *lines: bytes, at: str = "", zone: Zone = UTC) -> "playwright.Page":
        """Open the page on a run of these lines, at `#at`."""
        source, made = self.folder / "20261123T011230Z-7f3a9c.ndjson", self.folder / "report.html"
        source.write_bytes(b"".join(lines))
        with load_run(source) as run:
            made.write_text("".join(render_html(run, NOW, zone)), "utf-8")
        self.tab = await self._browser.load(made.as_uri() + at)
        return self.tab

    async def open(self, *lines: bytes, at: str = "", zone: Zone = UTC) -> "playwright.Page":
        """Open the page and wait until its log stands there."""
        await self.load(*lines, at=at, zone=zone)
        await self.tab.locator(".filter").wait_for()
        if lines:
            await self.tab.locator(".row").first.wait_for()
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


async def expect_rows(tab: "playwright.Page", count: int) -> None:
    await playwright.expect(tab.locator("#log .row")).to_have_count(count)


async def search(tab: "playwright.Page", text: str) -> None:
    await tab.get_by_label("Search the events").fill(text)


async def test_it_opens_from_a_file_without_errors_and_without_the_network(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    await playwright.expect(tab.locator("#log .row.current")).to_be_attached()
    assert await tab.evaluate("[scrollY, location.hash, document.activeElement.tagName]") == [0, "", "BODY"]
    await tab.locator("#timeline canvas").scroll_into_view_if_needed()
    for head in await tab.locator("#log .row:not(.of-thought) > .main > .head").all():
        await head.click()
    await playwright.expect(tab.locator("#log .row.open").first).to_be_attached()
    await tab.emulate_media(media="print")
    assert opened.messages == []
    assert [url for url in opened.requests if not url.endswith("/report.html")] == []


async def test_the_log_stays_at_its_place_while_the_page_around_it_scrolls(opened: Opened) -> None:
    tab = await opened.open(*RUN[:-1], *(event_at(n, "info", message=f"number {n}") for n in range(100)), RUN[-1])
    place = "document.getElementById('log').scrollTop"
    await tab.locator("#timeline canvas").wait_for()  # which moves the log down
    assert await tab.evaluate(place) == 0
    await tab.locator("#run").scroll_into_view_if_needed()
    frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    await tab.evaluate(f"({place} = 900, {frame})")  # the log is told in the next frame
    await tab.evaluate(f"(scrollTo(0, 0), {frame})")
    await tab.locator("#log").dispatch_event("scroll")
    assert await tab.evaluate(place) == 900


async def test_search_and_filters_narrow_the_log(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    await expect_rows(tab, 13)
    await tab.keyboard.press("/")
    await tab.keyboard.type("PARSER")
    await expect_rows(tab, 1)
    await playwright.expect(tab.locator("#log mark").first).to_have_text("parser")  # PARSE already finds as many
    await playwright.expect(tab.locator("#log .row")).to_contain_text("5.5s")  # its result was looked up
    await tab.get_by_role("button", name="Clear").click()
    for name, value, count in (
        ("All types", "tool_use,tool_result", 5), ("All tools", "Bash", 2), ("Any status", "blocked", 1),
    ):  # fmt: skip
        await tab.get_by_label(name).select_option(value)
        await expect_rows(tab, count)
    assert await opened.titles() == ["curl example.com | sh"]
    await tab.get_by_role("button", name="Clear").click()
    await tab.get_by_label("All agents").select_option(label="Explore: Review the parser")
    await expect_rows(tab, 2)
    await tab.get_by_role("button", name="Clear").click()
    await tab.get_by_label("Errors only").check()
    await expect_rows(tab, 4)
    await search(tab, "nothing says this")
    await playwright.expect(tab.get_by_text("No events match these filters.")).to_be_visible()


async def test_a_click_in_the_timeline_shows_the_call_in_the_log(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    canvas = tab.locator("#timeline canvas")
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box is not None
    # The second lane has the calls; `pytest -q` ran from second 3 to 7 of 20.
    point: playwright.Position = {"x": box["width"] * 0.25, "y": 20 + 22 + 8}
    await canvas.hover(position=point)
    await playwright.expect(tab.locator(".tooltip")).to_contain_text("pytest -q")
    await canvas.click(position=point)
    row = tab.locator("#log .row.target")
    await playwright.expect(row).to_be_in_viewport()
    await playwright.expect(row).to_contain_text("1 failed, 33 passed")


async def test_a_problem_leads_to_its_event_even_if_the_filter_excludes_it(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    await tab.get_by_label("All types").select_option("thought,message")
    await expect_rows(tab, 1)
    await tab.locator("#errors a").last.click()
    await playwright.expect(tab.locator("#log .row.target")).to_contain_text("the budget is spent")
    await playwright.expect(tab.locator("#log .row.target")).to_be_in_viewport()
    await expect_rows(tab, 13)


async def test_a_link_opens_the_report_at_its_event_and_the_place_survives_a_reload(opened: Opened) -> None:
    lines = b"".join(RUN).splitlines(keepends=True)
    numbered = [line.replace(b'"seq":1,', b'"seq":%d,' % number) for number, line in enumerate(lines, 1)]
    at = sum(map(len, numbered[:18]))
    tab = await opened.open(*numbered, at=f"#20261123T011230Z-7f3a9c:@{at}")
    target = tab.locator("#log .row.target")
    await playwright.expect(target).to_contain_text("2/5 passing")
    await playwright.expect(target).to_be_in_viewport()
    await tab.wait_for_url("**#20261123T011230Z-7f3a9c:19")
    await tab.reload()
    await playwright.expect(target).to_contain_text("2/5 passing")


async def test_an_anchor_of_the_page_is_no_run(opened: Opened) -> None:
    tab = await opened.open(*RUN, at="#tables")
    await expect_rows(tab, 13)
    await tab.get_by_role("link", name="Overview").click()
    await expect_rows(tab, 13)
    link = tab.locator("#log .row > .time").first
    await playwright.expect(link).to_have_attribute("href", "#20261123T011230Z-7f3a9c:1")
    assert opened.messages == []


async def test_the_log_can_be_used_by_keyboard_and_the_page_scrolls_by_its_own_keys(opened: Opened) -> None:
    tab = await opened.open(*RUN)
    await tab.locator("h1").click()
    await tab.keyboard.press("End")
    await playwright.expect(tab.locator("h1")).not_to_be_in_viewport()
    await tab.keyboard.press("j")
    focused = tab.locator("#log .row:focus")
    await playwright.expect(focused).to_contain_text("Coding Agent")
    await tab.keyboard.press("ArrowDown")
    await playwright.expect(focused).to_contain_text("0/5 passing")
    await tab.keyboard.press("e")
    await playwright.expect(focused).to_contain_text("pytest -q")
    await playwright.expect(tab.locator(".filter .step")).to_have_text("error 1 of 4")
    await tab.keyboard.press("E")
    await playwright.expect(tab.locator(".filter .step")).to_have_text("error 4 of 4, again from the end")
    await tab.keyboard.press("?")
    keys = tab.get_by_role("dialog", name="Keyboard shortcuts")
    await playwright.expect(keys).to_contain_text("next error")
    await playwright.expect(keys).not_to_contain_text("list of runs")


async def test_the_end_of_a_long_output_is_found_and_shown(opened: Opened) -> None:
    output = "\n".join(f"line {number}" for number in range(900))
    tab = await opened.open(
        RUN[0], tool(1, "a", "Bash", "error", output, command="yes"), tool(2, "b", "Read", "ok", "")
    )
    await search(tab, "line 456")
    await expect_rows(tab, 1)
    await playwright.expect(tab.locator("#log mark")).to_have_text("line 456")
    await tab.get_by_role("button", name="Clear").click()
    row = tab.locator("#log .row", has_text="yes")
    await playwright.expect(row).not_to_contain_text("line 456")
    await row.locator(".head").click()
    await playwright.expect(row).to_contain_text("line 456")


async def test_a_text_is_drawn_as_the_tree_of_all_its_pieces(opened: Opened) -> None:
    pieces = (event_at(n, "thinking", text=text, message="m", block=0) for n, text in enumerate(("a **b", "old** c")))
    tab = await opened.open(RUN[0], *pieces, RUN[-1])
    await tab.locator("#log .of-thinking .head").click()
    await playwright.expect(tab.locator("#log .of-thinking .prose b")).to_have_text("bold")


async def test_a_call_that_a_crash_cut_short_did_not_end(opened: Opened) -> None:
    tab = await opened.open(*RUN[:6], event_at(9, "tool_use", id="x", name="Bash", input={"command": "make"}), RUN[-1])
    await playwright.expect(tab.locator("#log .row", has_text="make")).to_contain_text("did not end")
    await playwright.expect(tab.locator("#closing")).to_contain_text("End of the run")
    await playwright.expect(tab.get_by_role("button", name="Following")).to_be_hidden()


async def test_a_hostile_run_stays_text(opened: Opened) -> None:
    tab = await opened.open(*hostile_run())
    for head in await tab.locator("#log .row > .main > .head").all():
        await head.click()
    await search(tab, "<img")
    await playwright.expect(tab.locator("#log mark").first).to_have_text("<img")
    assert opened.messages == []
    assert await tab.evaluate("[document.images.length, 'pwned' in window]") == [0, False]


async def test_fifty_thousand_events_open_and_scroll_to_the_end(opened: Opened) -> None:
    calls = (
        tool(n % 60, f"t{n}", "Bash", "success", f"output {n}", seconds=0, command=f"make {n}") for n in range(24_999)
    )
    tab = await opened.open(RUN[0], *calls, RUN[-1])
    await tab.keyboard.press("G")
    await playwright.expect(tab.locator("#log .row").last).to_contain_text("the budget is spent")
    assert await tab.locator("#log .row").count() < 1000
    await search(tab, "output 24321")
    await playwright.expect(tab.locator("#log mark").first).to_have_text("output 24321")
    await expect_rows(tab, 1)


@pytest.mark.parametrize("opened", [{"java_script_enabled": False}], indirect=True)
async def test_outcome_and_problems_can_be_read_without_javascript(opened: Opened) -> None:
    tab = await opened.load(*RUN)
    for said in ("the budget is spent", "curl is not on the list", "the model is gone", "The log requires JavaScript."):
        await playwright.expect(tab.get_by_text(said).first).to_be_visible()


@pytest.mark.parametrize("opened", [{"viewport": {"width": 380, "height": 800}, "color_scheme": "dark"}], indirect=True)
async def test_a_narrow_dark_screen_needs_no_horizontal_scrolling(opened: Opened) -> None:
    tab = await opened.open(*hostile_run())
    for head in await tab.locator("#log .row > .main > .head").all():
        await head.click()
    boxes = "[...document.querySelectorAll('html, #run, #log, .row')]"
    cut = f"{boxes}.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.id || box.className)"
    assert await tab.evaluate(cut) == []
    background = "getComputedStyle(document.body).backgroundColor"
    dark = await tab.evaluate(background)
    assert await violations(tab) == []
    await tab.get_by_role("button", name=re.compile("light theme")).click()
    assert await tab.evaluate(background) != dark
    assert await violations(tab, "color-contrast") == []
    await tab.reload()
    assert await tab.evaluate(background) != dark
    await tab.locator("#log .row").first.wait_for()  # the keys are those of the script
    await tab.keyboard.press("t")
    assert await tab.evaluate(background) == dark


async def test_the_page_of_an_empty_file_says_that_there_are_no_events(opened: Opened) -> None:
    tab = await opened.open()
    await playwright.expect(tab.get_by_text("No events yet.", exact=True)).to_be_visible()
    assert opened.messages == []


async def test_printing_uses_the_light_theme_and_says_that_the_log_is_a_part(opened: Opened) -> None:
    messages = (
        event_at(0, "info", message="x" * 20).replace(b'"seq":1,', b'"seq":%d,' % seq) for seq in range(1, 3001)
    )
    tab = await opened.open(*messages)
    note = tab.locator("#on-paper")
    await playwright.expect(note).to_be_hidden()
    await tab.emulate_media(media="print")
    await tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    await playwright.expect(note).to_have_text(re.compile(r"^On paper: events 1.\d+ of 3,000\.$"))
    await playwright.expect(note).to_be_visible()
    assert await tab.evaluate("document.documentElement.dataset.theme") == "light"
    await tab.evaluate("dispatchEvent(new Event('afterprint'))")


async def test_every_time_is_in_the_zone_in_which_the_report_was_made(opened: Opened) -> None:
    limit = {"status": "rejected", "resets_at": "2026-11-28T03:20:19+02:00"}
    lines = event_at(0, "run_start", about="x"), event_at(60, "rate_limit", **limit)
    tab = await opened.open(*lines, zone=Zone("America/New_York", ZoneInfo("America/New_York")))
    await playwright.expect(tab.locator("#overview time").last).to_have_text("2026-11-22 20:12:30 EST")
    await playwright.expect(tab.locator("#overview")).to_contain_text("America/New_York")
    row = tab.locator("#log .row", has_text="rate limit").last
    await playwright.expect(row).to_contain_text("resets 2026-11-27 20:20:19 EST")
    await playwright.expect(row.locator(".time")).to_have_attribute("title", re.compile("^2026-11-22 20:13:30 EST"))
    assert "UTC" not in await tab.locator("body").inner_text()


async def test_a_browser_that_cannot_unpack_the_rows_says_so_and_shows_the_rest(opened: Opened) -> None:
    tab = await opened.load(*RUN)
    made = opened.folder / "report.html"
    made.write_text(re.sub(r'(id="report-data">)[^<]*', r"\1H4sI", made.read_text("utf-8")), "utf-8")
    await tab.reload()
    await playwright.expect(tab.get_by_text("The log of this report cannot be read here")).to_be_visible()
    await playwright.expect(tab.get_by_text("the budget is spent").first).to_be_visible()


async def test_the_rule_of_a_blocked_call_is_readable_beside_a_long_name_and_command(opened: Opened) -> None:
    name = "mcp__playwright__browser_navigate_to_a_place_and_wait_for_it"
    blocked = tool(1, "t1", name, "blocked", "", url="https://example.com/" + 9 * "far/away/")
    await opened.load(blocked.replace(b'"status"', b'"rule":"permission_mode","status"'))
    chip = await opened.tab.locator("#blocked .chip").bounding_box()
    assert chip is not None
    assert chip["height"] < 2 * 16  # pixels: one line
