"""Filters, search and its progress, the next error and links in the page of `observe serve`."""

import asyncio
import re

import pytest

from observer.runs.window import pages as pages_module
from tests.helpers import event_at, wait_until_async
from tests.observer.report.runs import RUN
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, numbered, own_context, pages, playwright

pytestmark = pages


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
async def test_filters_show_matching_events_with_the_calls_of_results(
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


async def test_search_finds_and_highlights_text_anywhere_in_the_run(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "info", message="A needle (in hay)"), *numbered(4, 3000))
    tab = await runs.open()
    await tab.keyboard.press("/")
    await tab.keyboard.type("needle (IN")
    await expect(tab.locator(".row .title")).to_have_text(["A needle (in hay)"])
    await expect(tab.locator(".row mark")).to_have_text("needle (in")
    await tab.get_by_label("Search the events").fill("nowhere to be found")
    await expect(tab.locator("#above")).to_have_text("No events match these filters.")
    await tab.keyboard.press("Escape")
    await expect(tab.locator(".row .title").last).to_have_text("event 3000")
    await tab.get_by_label("Search the events").fill("Event 3000")  # which is in sight already
    await expect(tab.locator(".row mark")).to_have_text("event 3000")
    await tab.keyboard.press("Escape")
    await expect(tab.locator(".row mark")).to_have_count(0)


async def test_a_search_goes_to_its_first_hit_from_where_one_reads_while_one_types(runs: Runs) -> None:
    lines = numbered(3, 1000)
    for place in (100, 600, 900):
        lines[place - 3] = lines[place - 3].replace(b"event ", b"needle ")
    runs.write(*BEGINNING, *lines)
    tab = await runs.open(f"#{NAME}:500")
    await expect(tab.get_by_text("event 500", exact=True)).to_be_in_viewport()
    await tab.get_by_label("Search the events").press_sequentially("need")
    step = tab.locator(".filter .step")
    await expect(step).to_have_text("hit 2 of 3")
    await expect(tab.locator(".row.current")).to_contain_text("needle 600")
    await expect(tab.get_by_label("Search the events")).to_be_focused()
    await tab.get_by_label("Search the events").press_sequentially("le")
    await expect(tab.locator(".row.current mark")).to_have_text("needle")
    await expect(step).to_have_text("hit 2 of 3")
    await tab.get_by_label("Search the events").press("Enter")
    await expect(tab.locator(".row.current")).to_contain_text("needle 900")
    await tab.get_by_label("Search the events").fill("nowhere to be found")
    await expect(tab.locator("#above")).to_have_text("No events match these filters.")
    await expect(tab.get_by_label("Search the events")).to_be_focused()


@own_context
async def test_the_calls_of_results_are_found_even_if_the_first_answer_is_slow(runs: Runs) -> None:
    call = event_at(2, "tool_use", id="t1", name="Bash", input={"command": "make"})
    result = event_at(3001, "tool_result", tool_use_id="t1", name="Bash", status="error", output="a needle")
    runs.write(*BEGINNING, call, *numbered(4, 3000), result)
    await runs.browser.context.clock.install()
    tab = await runs.open()
    asked, begun = asyncio.Event(), asyncio.Event()

    async def hold(route: "playwright.Route") -> None:
        asked.set()
        await begun.wait()
        await route.continue_()

    await tab.route("**/lines?*before=end*", hold)
    await tab.get_by_label("Search the events").fill("needle")
    await asked.wait()
    await runs.browser.context.clock.fast_forward("02")  # a tick of the page, in which it must not ask amiss
    begun.set()
    await expect(tab.locator(".row .title")).to_have_text(["make"])


async def open_held(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> tuple["playwright.Page", list[str]]:
    """Open a run of which the server searches a tenth at once; later requests, and those for errors, are not answered.

    Return the tab, and a list to which the requests are added that the page cancels.
    """
    runs.write(*BEGINNING, *numbered(3, 3000))
    size = sum(file.stat().st_size for file in runs.directory.glob("2*"))
    monkeypatch.setattr(pages_module, "MAX_SEARCHED_BYTES", size // 10)
    monkeypatch.setattr(pages_module, "_SEARCHED_BLOCK_BYTES", size // 100)
    tab = await runs.open()
    cancelled = list[str]()

    def add(request: "playwright.Request") -> None:
        if "/lines?" in request.url or "/problem?" in request.url:
            cancelled.append(request.url)

    runs.browser.listeners.add(tab, "requestfailed", add)
    answered = 0

    async def hold(route: "playwright.Route") -> None:
        nonlocal answered
        answered += 1
        if answered == 1 and "/problem?" not in route.request.url:
            await route.continue_()

    await tab.route(re.compile(r"/lines\?.*(grep|errors|status)|/problem\?"), hold)
    return tab, cancelled


async def test_a_search_that_takes_long_says_how_far_it_is_and_for_what(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, cancelled = await open_held(runs, monkeypatch)
    progress = tab.locator("#search-progress")
    await expect(progress).to_be_hidden()
    await tab.get_by_label("Search the events").fill("Needle")
    await expect(progress.locator(".subject")).to_have_text("Searching earlier events for “Needle”")
    await expect(progress.locator("output")).to_have_text(re.compile(r"^1\d % \(0\.\d of 0\.\d MB\)$"))
    assert int(await progress.get_by_role("progressbar").get_attribute("aria-valuenow") or "") in range(10, 20)
    assert cancelled == []


async def test_a_search_is_cancelled_by_escape_by_its_button_and_by_another_text(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, cancelled = await open_held(runs, monkeypatch)
    progress, text = tab.locator("#search-progress"), tab.get_by_label("Search the events")
    last = tab.locator(".row .title").last
    for count, cancel in enumerate(("Escape", "button", "text"), 1):
        await text.fill("needle")
        await expect(progress).to_be_visible()
        if cancel == "Escape":
            await tab.keyboard.press("Escape")
        elif cancel == "button":
            await progress.get_by_role("button", name="Cancel").click()
        else:
            await text.fill("needles")
        await wait_until_async(lambda count=count: len(cancelled) >= count)  # type: ignore[misc]
        if cancel != "text":
            await expect(progress).to_be_hidden()
            await expect(last).to_have_text("event 3000")
    await expect(progress.locator(".subject")).to_have_text("Searching earlier events for “needles”")


async def test_a_text_that_is_restored_while_it_is_typed_is_searched_again(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, cancelled = await open_held(runs, monkeypatch)
    await tab.get_by_label("Search the events").fill("needle")
    await expect(tab.locator("#search-progress")).to_be_visible()
    await tab.unroute_all()
    await tab.keyboard.press("s")
    await tab.keyboard.press("Backspace")
    await expect(tab.locator("#above")).to_have_text("No events match these filters.")
    assert len(cancelled) == 1


async def test_the_search_for_an_error_is_cancelled_and_the_events_stay(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, cancelled = await open_held(runs, monkeypatch)
    await tab.keyboard.press("Shift+E")
    progress = tab.locator("#search-progress")
    await expect(progress.locator(".subject")).to_have_text("Searching for the previous error")
    await tab.keyboard.press("Escape")
    await expect(progress).to_be_hidden()
    await wait_until_async(lambda: len(cancelled) == 1)
    await expect(tab.locator(".row .title").last).to_have_text("event 3000")
    await expect(tab.locator("#banner")).to_be_hidden()


TROUBLE = (
    *BEGINNING, event_at(2, "error", message="early trouble", kind="silence"), *numbered(4, 3000),
    event_at(3001, "error", message="late trouble", kind="silence"), *numbered(3002, 3100),
)  # fmt: skip


async def test_a_key_goes_to_the_next_error_wherever_it_is_and_begins_again_after_the_last_one(runs: Runs) -> None:
    runs.write(*TROUBLE)
    tab = await runs.open()
    early, late = (tab.locator("#rows").get_by_text(f"{when} trouble") for when in ("early", "late"))
    step = tab.locator(".filter .step")
    await expect(step).to_have_text("2 errors")
    for key, row, words in (
        ("e", early, "error 1 of 2, again from the start"),
        ("e", late, "error 2 of 2"),
        ("e", early, "error 1 of 2, again from the start"),
        ("Shift+E", late, "error 2 of 2, again from the end"),
        ("Shift+E", early, "error 1 of 2"),
    ):
        await tab.keyboard.press(key)
        await expect(step).to_have_text(words)
        await expect(row).to_be_in_viewport()
    await expect(tab.locator("#announcements")).to_have_text("error 1 of 2")


async def test_the_previous_error_of_a_run_that_is_read_at_its_end_is_the_last_one_though_it_is_in_view(
    runs: Runs,
) -> None:
    runs.write(*BEGINNING, event_at(2, "error", message="early trouble", kind="silence"), *numbered(4, 300))
    runs.write(event_at(301, "error", message="late trouble", kind="silence"), *numbered(302, 304))
    tab = await runs.open()
    await expect(tab.locator("#rows").get_by_text("late trouble")).to_be_in_viewport()
    await tab.get_by_role("button", name="Previous error").click()
    await expect(tab.locator(".filter .step")).to_have_text("error 2 of 2")
    await expect(tab.locator(".row.target")).to_contain_text("late trouble")


async def test_errors_are_looked_for_from_where_the_reader_has_scrolled_to(runs: Runs) -> None:
    runs.write(*TROUBLE)
    tab = await runs.open()
    await tab.keyboard.press("e")
    await expect(tab.locator(".row.target")).to_contain_text("early trouble")
    await tab.keyboard.press("G")
    await expect(tab.locator(".row .title").last).to_have_text("event 3100")
    await tab.keyboard.press("Shift+E")
    await expect(tab.locator(".row.target")).to_contain_text("late trouble")


async def test_an_error_that_the_filter_hides_is_shown_without_the_filter(runs: Runs) -> None:
    runs.write(*TROUBLE)
    tab = await runs.open()
    await tab.get_by_label("Errors only").check()
    await expect(tab.locator(".row .title")).to_have_text(["silence: early trouble", "silence: late trouble"])
    await tab.keyboard.press("e")
    await expect(tab.locator(".row.target")).to_contain_text("early trouble")
    assert await tab.get_by_label("Errors only").is_checked()
    await tab.get_by_label("Errors only").uncheck()
    await tab.get_by_label("Search the events").fill("event 70")
    await expect(tab.locator(".row .title").first).to_have_text("event 70")
    await tab.get_by_label("Search the events").blur()
    await tab.keyboard.press("e")
    await expect(tab.locator(".row.target")).to_contain_text("trouble")
    await expect(tab.get_by_label("Search the events")).to_have_value("")


async def test_failed_calls_that_overlap_are_gone_through_one_by_one(runs: Runs) -> None:
    uses = [
        event_at(second, "tool_use", id=f"t{second}", name="Bash", input={"command": f"c{second}"}) for second in (2, 3)
    ]
    ends = [
        event_at(second + 3, "tool_result", tool_use_id=f"t{second}", name="Bash", status="error", output="no")
        for second in (2, 3)
    ]
    runs.write(*BEGINNING, *uses, *ends, *numbered(7, 200))
    tab = await runs.open()
    for key, title in (("e", "c2"), ("e", "c3"), ("Shift+E", "c2")):
        await tab.keyboard.press(key)
        await expect(tab.locator(".row.target .title")).to_have_text(title)


async def test_a_run_without_an_error_says_so(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 30))
    tab = await runs.open()
    await tab.keyboard.press("e")
    await expect(tab.locator(".filter .step")).to_have_text("no errors")


@own_context
async def test_a_link_to_an_event_opens_there(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 3000))
    await runs.browser.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = await runs.open(f"#{NAME}:700")
    await expect(tab.locator(".row.target .title")).to_have_text("event 700")
    await tab.keyboard.press("j")
    await tab.keyboard.press("c")
    copied = await tab.evaluate("navigator.clipboard.readText()")
    assert copied == f"{runs.served.url}#{NAME}:701"
    other = await runs.browser.open(copied)
    await expect(other.locator(".row.target .title")).to_have_text("event 701")


async def test_hits_are_counted_and_gone_to_one_after_the_other_with_a_word_where_they_begin_again(runs: Runs) -> None:
    hits = [event_at(number * 100, "info", message=f"needle {number}") for number in (1, 2, 3)]
    hay = [event_at(400 + number, "info", message="hay") for number in range(600)]
    runs.write(*BEGINNING, hits[0], *hay[:300], hits[1], *hay[300:], hits[2])
    tab = await runs.open()
    step = tab.locator(".filter .step")
    await tab.get_by_role("searchbox").fill("needle")
    await expect(step).to_have_text("3 hits")
    await tab.keyboard.press("Enter")
    await expect(step).to_have_text("hit 1 of 3, again from the start")
    await expect(tab.locator(".row.current mark")).to_have_text("needle")
    await expect(tab.locator(".row.current")).to_contain_text("needle 1")
    await expect(tab.get_by_role("searchbox")).to_be_focused()
    await tab.get_by_role("button", name="Next hit").click()
    await expect(step).to_have_text("hit 2 of 3")
    await tab.keyboard.press("N")
    await tab.keyboard.press("N")
    await expect(step).to_have_text("hit 3 of 3, again from the end")
    await expect(tab.locator(".row.current")).to_contain_text("needle 3")
    runs.write(event_at(2000, "info", message="another needle"))
    await expect(step).to_have_text("hit 3 of 4")
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("button", name="Next error")).to_be_visible()
