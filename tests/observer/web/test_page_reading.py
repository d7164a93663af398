"""Following, pausing and scrolling through a run of any length in the page of `observe serve`."""

import asyncio
import re

from tests.helpers import event_at
from tests.observer.browsing import seqs
from tests.observer.report.runs import tool
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, numbered, own_context, pages, playwright

pytestmark = pages
LOWER = "(before) => document.getElementById('log').getBoundingClientRect().top > before + 5"
OLDER = "(before) => Number(document.querySelector('#rows .time').hash.split(':')[1]) < before"
HOLD_FRAMES = """() => {
    const [request, held] = [window.requestAnimationFrame, []];
    window.requestAnimationFrame = (callback) => held.push(callback);
    window.releaseFrames = () => {
        window.requestAnimationFrame = request;
        held.forEach((callback) => request(callback));
    };
}"""
"""Makes the page lag: it receives events, and shows none before `releaseFrames()`."""
FRAME = "() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))"
POSITION = """(text) => {
    const titles = [...document.querySelectorAll("#rows .title")];
    const [log, timeline, above] = ["log", "timeline", "above"].map((id) => document.getElementById(id));
    const top = (element) => element.getBoundingClientRect().top;
    return {
        row: top(titles.find((title) => title.textContent === text)), log: top(log), scrolled: log.scrollTop,
        timeline: timeline.offsetHeight, above: above.offsetHeight,
    };
}"""
NARROWED = """async () => {
    const log = document.getElementById("log").getBoundingClientRect();
    const box = (row) => row.getBoundingClientRect();
    const row = [...document.querySelectorAll("#rows > .row")].find((row) => box(row).bottom > log.top);
    const before = box(row);
    document.querySelector("main").style.width = "500px";
    await new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)));
    return [box(row).top - before.top, box(row).height - before.height];
}"""
"""Gives the log less width. Returns how far the first row in sight moved by that, and how much higher it got."""


async def scrolled(tab: "playwright.Page", pixels: int) -> None:
    """Scroll down, or up, as a wheel does, and wait for it."""
    place = await tab.locator("#log").evaluate("(log) => log.scrollTop")
    await tab.locator("#log").hover()
    await tab.mouse.wheel(0, pixels)
    came = "([place, pixels]) => (document.getElementById('log').scrollTop - place) / pixels > 0.5"
    await tab.wait_for_function(came, arg=[place, pixels])


async def hold_few_events(runs: Runs) -> None:
    """Let the page hold 300 events, and 100 more for a while, so that a run of 900 is a long one."""
    await runs.browser.change_file("**/", **{"MAX_EVENTS = 2000": "MAX_EVENTS = 300", "SLACK = 500": "SLACK = 100"})


async def test_scrolling_up_pauses_and_the_button_counts_new_events(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 200))
    tab = await runs.open()
    await expect(tab.locator("#to-end")).to_be_hidden()
    await scrolled(tab, -900)
    await expect(tab.locator("#to-end")).to_be_visible()
    await expect(tab.locator("#to-end")).to_have_text("↓ To the end")
    place = await tab.locator("#log").evaluate("(log) => log.scrollTop")
    runs.write(*numbered(201, 234))
    await expect(tab.locator("#to-end")).to_have_text("↓ 34 new events")
    assert await tab.locator("#log").evaluate("(log) => log.scrollTop") == place
    await tab.locator("#to-end").click()
    await expect(tab.locator("#to-end")).to_be_hidden()
    await expect(tab.get_by_text("event 234", exact=True)).to_be_in_viewport()


async def test_scrolling_up_in_the_moment_in_which_the_end_is_shown_pauses(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 200))
    tab = await runs.open()
    await scrolled(tab, -900)
    await expect(tab.locator("#to-end")).to_be_visible()
    at_once = "(log) => { document.getElementById('to-end').click(); log.scrollBy(0, -300); }"
    await tab.locator("#log").evaluate(at_once)
    await tab.evaluate(FRAME)
    await expect(tab.locator("#to-end")).to_be_visible()


async def test_a_long_run_opens_at_its_end_and_scrolls_back_to_its_start(runs: Runs) -> None:
    await hold_few_events(runs)
    runs.write(*BEGINNING, *numbered(3, 900))
    tab = await runs.open()
    await expect(tab.get_by_text("event 900", exact=True)).to_be_in_viewport()
    assert len(await seqs(tab)) < 500
    earliest = "Number(document.querySelector('#rows .time').hash.split(':')[1])"
    max_rows, first = 0, (await seqs(tab))[0]
    while first > 1:
        await tab.locator("#log").evaluate("(log) => log.scrollTo(0, 0)")
        await tab.wait_for_function(f"(first) => {earliest} < first", arg=first)
        numbers = await seqs(tab)
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), "the stretch has a gap"
        max_rows, first = max(max_rows, len(numbers)), numbers[0]
    await tab.locator("#log").evaluate("(log) => log.scrollTo(0, 0)")
    await expect(tab.get_by_text("A thing that works", exact=True).last).to_be_in_viewport()
    assert max_rows < 500, "the page holds a window, not the run"
    await expect(tab.locator("#to-end")).to_be_visible()
    await tab.keyboard.press("End")
    await expect(tab.get_by_text("event 900", exact=True)).to_be_in_viewport()


async def test_following_a_long_run_keeps_a_part_of_it_in_memory(runs: Runs) -> None:
    await hold_few_events(runs)
    runs.write(*BEGINNING)
    tab = await runs.open()
    for last in range(200, 801, 200):
        runs.write(*numbered(last - 199 if last > 200 else 3, last))
        await expect(tab.get_by_text(f"event {last}", exact=True)).to_be_in_viewport()
    numbers = await seqs(tab)
    assert numbers == list(range(numbers[0], 801))
    assert len(numbers) < 500


async def test_a_page_that_suddenly_lags_far_behind_shows_no_gap(runs: Runs) -> None:
    await hold_few_events(runs)
    runs.write(*BEGINNING)
    tab = await runs.open()
    await tab.evaluate(HOLD_FRAMES)
    async with tab.expect_request("**/lines?*before=end*"):  # more came than it holds, so it opens the end anew
        runs.write(*numbered(3, 900))
    await tab.evaluate("releaseFrames()")
    await expect(tab.get_by_text("event 900", exact=True)).to_be_in_viewport()
    numbers = await seqs(tab)
    assert numbers == list(range(numbers[0], 901))


async def test_scrolling_from_far_back_to_the_end_resumes_following(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 800))
    tab = await runs.open(f"#{NAME}:50")
    await expect(tab.get_by_text("event 50", exact=True)).to_be_in_viewport()
    runs.write(*numbered(801, 900))
    await expect(tab.locator("#to-end")).to_have_text("↓ 100 new events")
    for _ in range(100):
        await tab.locator("#log").evaluate("(log) => log.scrollBy(0, 6000)")
        if await tab.locator("#to-end").is_hidden():
            break
        await tab.locator("#log").evaluate("() => new Promise(requestAnimationFrame)")
    await expect(tab.locator("#to-end")).to_be_hidden()
    await expect(tab.get_by_text("event 900", exact=True)).to_be_in_viewport()
    numbers = await seqs(tab)
    assert numbers == list(range(numbers[0], 901))
    runs.write(*numbered(901, 903))
    await expect(tab.get_by_text("event 903", exact=True)).to_be_in_viewport()


async def late(runs: Runs, pattern: str) -> asyncio.Event:
    """Keep the server's answers to these requests back until the event that is returned is set."""
    answer = asyncio.Event()

    async def wait(route: "playwright.Route") -> None:
        await answer.wait()
        await route.continue_()

    await runs.browser.context.route(pattern, wait)
    return answer


async def position_of(tab: "playwright.Page", number: int) -> dict[str, float]:
    """Return where the row of an event is on the screen, and the positions it results from, in pixels."""
    await tab.evaluate(FRAME)
    numbers: dict[str, float] = await tab.evaluate(POSITION, f"event {number}")
    return numbers


@own_context
async def test_the_row_being_read_stays_in_place_when_older_events_are_loaded(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 1000))
    tab = await runs.open(f"#{NAME}:500")
    await expect(tab.get_by_text("event 500", exact=True)).to_be_in_viewport()
    answer, first = await late(runs, "**/lines?*before=*"), (await seqs(tab))[0]
    await tab.locator("#log").evaluate("(log) => log.scrollTo(0, 200)")
    before = await position_of(tab, first + 20)
    answer.set()
    await tab.wait_for_function(OLDER, arg=first)
    after = await position_of(tab, first + 20)
    assert abs(after["row"] - before["row"]) < 2, (before, after)


@own_context
async def test_the_row_being_read_stays_in_place_when_the_timeline_appears(runs: Runs) -> None:
    make = tool(101, "t1", "Bash", "success", "made", command="make")
    runs.write(*BEGINNING, *numbered(3, 200), make, *numbered(203, 1000))
    answer = await late(runs, "**/timeline")
    tab = await runs.open(f"#{NAME}:600")
    await expect(tab.get_by_text("event 600", exact=True)).to_be_in_viewport()
    before = await position_of(tab, 600)
    answer.set()
    await tab.wait_for_function(LOWER, arg=before["log"])
    after = await position_of(tab, 600)
    assert abs(after["row"] - before["row"]) < 2, (before, after)


@own_context
async def test_a_pause_at_the_end_lasts_when_the_timeline_appears(runs: Runs) -> None:
    make = tool(101, "t1", "Bash", "success", "made", command="make")
    runs.write(*BEGINNING, make, *numbered(5, 600))
    answer = await late(runs, "**/timeline")
    tab = await runs.open()
    await expect(tab.get_by_text("event 600", exact=True)).to_be_in_viewport()
    await tab.keyboard.press("f")
    await expect(tab.locator("#to-end")).to_be_visible()
    before = await position_of(tab, 600)
    answer.set()
    await tab.wait_for_function(LOWER, arg=before["log"])
    await tab.evaluate(FRAME)
    await expect(tab.locator("#to-end")).to_be_visible()
    await scrolled(tab, -60)
    await scrolled(tab, 60)
    await expect(tab.locator("#to-end")).to_be_hidden()


async def test_the_row_being_read_stays_in_place_when_its_lines_get_shorter(runs: Runs) -> None:
    thoughts = (f"Thought {number}: {'all that is thought ' * 20}" for number in range(2, 60))
    runs.write(
        *BEGINNING, *(event_at(at, "thought", text=text, message=f"m{at}") for at, text in enumerate(thoughts, 2))
    )
    tab = await runs.open()
    await expect(tab.locator("#rows > .row").last).to_be_in_viewport()
    await tab.evaluate(FRAME)
    await scrolled(tab, -1500)
    await expect(tab.locator("#to-end")).to_be_visible()
    moved, grown = await tab.evaluate(NARROWED)
    assert grown > 0
    assert abs(moved) < 2


async def test_scrolling_up_pauses_also_while_the_log_gets_shorter(runs: Runs) -> None:
    thoughts = (f"Thought {number}: {'all that is thought ' * 20}" for number in range(2, 60))
    runs.write(
        *BEGINNING, *(event_at(at, "thought", text=text, message=f"m{at}") for at, text in enumerate(thoughts, 2))
    )
    tab = await runs.open()
    await expect(tab.locator("#rows > .row").last).to_be_in_viewport()
    await tab.locator("main").evaluate("(main) => { main.style.width = '500px'; }")
    await tab.evaluate(FRAME)
    await expect(tab.locator("#rows > .row").last).to_be_in_viewport()
    at_once = "(log) => { document.querySelector('main').style.width = ''; log.scrollTop -= 600; }"
    await tab.locator("#log").evaluate(at_once)
    await expect(tab.locator("#to-end")).to_be_visible()


async def test_scrolling_up_pauses_also_in_the_moment_in_which_the_run_ends(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 200))
    tab = await runs.open()
    await expect(tab.get_by_text("event 200", exact=True)).to_be_in_viewport()
    await tab.locator("#closing").evaluate(
        """(closing) => { closing.replaceChildren = (...rows) => {
             document.getElementById("log").scrollTop -= 600;
             delete closing.replaceChildren;
             closing.replaceChildren(...rows);
           }; }"""
    )
    runs.write(event_at(999, "complete", outcome="failed", message="out of budget"))
    await expect(tab.locator("#to-end")).to_be_visible()


async def test_the_row_being_read_stays_in_place_after_printing(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 1000))
    tab = await runs.open(f"#{NAME}:500")
    await expect(tab.get_by_text("event 500", exact=True)).to_be_in_viewport()
    before, first = await position_of(tab, 500), (await seqs(tab))[0]
    await tab.emulate_media(media="print")
    await tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    await expect(tab.locator("#on-paper")).to_have_text(re.compile(r"^On paper: events [34]\d\d.[56]\d\d of 1,000\.$"))
    await tab.evaluate(FRAME)
    await tab.evaluate("dispatchEvent(new Event('afterprint'))")
    await tab.emulate_media(media="screen")
    after = await position_of(tab, 500)
    assert abs(after["row"] - before["row"]) < 2, (before, after)
    assert (await seqs(tab))[0] == first


async def test_a_run_whose_beginning_is_gone_says_from_which_event_on_it_is_known(runs: Runs) -> None:
    runs.write(*numbered(1771, 1773), run="20261123T011231Z-cut")
    tab = await runs.open("#20261123T011231Z-cut")

    words = "known from event 1,771 on; what came before is gone"
    await expect(tab.locator("#about")).to_have_text(words)
    await expect(tab.locator("a.run").first).to_contain_text(words)
