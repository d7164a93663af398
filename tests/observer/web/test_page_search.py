"""Filters, search, the next error and links in the page of `observe serve`."""

import asyncio

import pytest

from tests.helpers import event_at
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


async def test_a_key_goes_to_the_next_error_wherever_it_is(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "error", message="early trouble", kind="silence"), *numbered(4, 3000))
    runs.write(event_at(3001, "error", message="late trouble", kind="silence"), *numbered(3002, 3100))
    tab = await runs.open()
    await tab.keyboard.press("Shift+E")
    await expect(tab.get_by_text("late trouble")).to_be_in_viewport()
    await tab.keyboard.press("Shift+E")
    await expect(tab.get_by_text("early trouble")).to_be_in_viewport()
    await tab.keyboard.press("e")
    await expect(tab.get_by_text("late trouble")).to_be_in_viewport()
    await tab.keyboard.press("e")
    await expect(tab.locator("#banner")).to_have_text("No later errors.")


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
