"""Several tabs, new runs, server restarts and replaced run files in the page of `observe serve`."""

import os

from tests.helpers import event_at, wait_until_async
from tests.observer.browsing import seqs, titles
from tests.observer.report.runs import RUN
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, numbered, own_context, pages

pytestmark = pages


async def test_two_tabs_show_the_same_events(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tabs = [await runs.open(), await runs.open()]
    runs.write(*numbered(3, 40))
    for tab in tabs:
        await expect(tab.locator(".row .title").last).to_have_text("event 40")
        assert await seqs(tab) == await seqs(tabs[0])


@own_context
async def test_a_hidden_tab_closes_its_streams_and_catches_up_when_it_is_shown(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.add_init_script(
        "window.seen = false; Object.defineProperty(document, 'hidden', {get: () => !window.seen})"
    )
    await runs.browser.context.clock.install()
    tab = await runs.open()
    hub = runs.served.server.hub
    await wait_until_async(lambda: hub.clients == 1)
    await runs.browser.context.clock.fast_forward("05")
    await wait_until_async(lambda: hub.clients == 0)
    runs.write(*numbered(3, 20))
    await tab.evaluate("() => { window.seen = true; document.dispatchEvent(new Event('visibilitychange')); }")
    await expect(tab.get_by_text("event 20", exact=True)).to_be_in_viewport()
    assert await seqs(tab) == list(range(1, 21))


async def test_a_new_run_appears_in_the_list_and_can_be_opened(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    other = "20261124T080000Z-0000aa"
    runs.write(*BEGINNING, event_at(2, "info", message="the other one"), run=other)
    entry = tab.locator("#run-list .run").first
    await expect(entry).to_have_attribute("title", other)
    await entry.click()
    await expect(tab.locator(".row.of-info .title")).to_have_text("the other one")
    await expect(entry).to_have_attribute("aria-current", "true")
    assert tab.url.endswith(f"#{other}")


async def test_a_restart_of_the_server_causes_neither_gap_nor_repetition(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 20))
    tab = await runs.open()
    await expect(tab.locator(".row .title").last).to_have_text("event 20")
    await runs.served.stop()
    await expect(tab.locator("#banner")).to_contain_text("The server is not responding")
    runs.write(*numbered(21, 60))
    runs.served.start()
    await expect(tab.locator(".row .title").last).to_have_text("event 60")
    await expect(tab.locator("#banner")).not_to_contain_text("The server is not responding")
    runs.write(*numbered(61, 70))
    await expect(tab.locator(".row .title").last).to_have_text("event 70")
    assert (await titles(tab))[2:] == [f"event {number}" for number in range(3, 71)]


async def test_a_run_selected_while_the_server_is_down_opens_when_it_is_back(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "info", message="the earlier one"), run="20261122T080000Z-0000aa")
    runs.write(*RUN)
    tab = await runs.open()
    await runs.served.stop()
    await expect(tab.locator("#banner")).to_contain_text("The server is not responding")
    await tab.keyboard.press("[")  # the earlier one has not ended, so it is listed first
    runs.served.start()
    await expect(tab.locator(".row.of-info .title")).to_have_text("the earlier one")


async def test_a_replaced_run_file_is_loaded_again(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 30))
    tab = await runs.open()
    await expect(tab.locator(".row .title").last).to_have_text("event 30")
    replacement = runs.directory / "new"
    replacement.write_bytes(
        b"".join([event_at(100, "run_start", about="Another thing"), event_at(101, "info", message="anew")])
    )
    os.replace(replacement, runs.directory / f"{NAME}.ndjson")
    await expect(tab.locator("#banner")).to_contain_text("replaced or truncated")
    await expect(tab.locator(".row .title")).to_have_text([f"run {NAME}: Another thing", "anew"])


async def test_a_run_that_cannot_be_encoded_does_not_hide_the_others(runs: Runs) -> None:
    runs.write(
        event_at(0, "run_start", about="cut HERE short").replace(b"HERE", b"\\ud800"), run="20261124T080000Z-0000aa"
    )
    runs.write(*RUN)
    tab = await runs.open(f"#{NAME}")
    await expect(tab.locator("#run-list .run")).to_have_count(2)
    await expect(tab.locator(".row.of-complete")).to_be_in_viewport()
    await expect(tab.locator("#run-list .about").first).to_contain_text("cut")


async def test_an_empty_directory_says_so_and_shows_its_first_run(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    await expect(tab.get_by_role("status").filter(has_text="There are no runs in this directory yet")).to_be_visible()
    await expect(tab.get_by_role("search")).to_be_hidden()
    runs.write(*BEGINNING)
    await expect(tab.locator(".row.divider .title")).to_contain_text("Coding Agent, iteration 3")
    await expect(tab.locator("#welcome")).to_be_hidden()


async def test_a_run_whose_file_is_empty_or_was_emptied_is_followed_from_its_first_line_on(runs: Runs) -> None:
    runs.write()
    tab = await runs.browser.load(f"{runs.served.url}#{NAME}:@50")
    await expect(tab.get_by_text("No events yet.", exact=True)).to_be_visible()
    await expect(tab.locator("#timeline")).to_contain_text("The timeline has no events yet.")
    runs.write(*BEGINNING, *numbered(3, 5), event_at(6, "error", message="trouble", kind="silence"))
    await expect(tab.locator(".row .title").last).to_contain_text("trouble")
    await tab.keyboard.press("e")
    await expect(tab.locator(".filter .step")).to_contain_text("error 1 of 1")
    os.truncate(runs.directory / f"{NAME}.ndjson", 0)
    await expect(tab.locator("#banner")).to_contain_text("replaced or truncated")
    runs.write(*numbered(1, 3))
    await expect(tab.locator(".row .title").last).to_have_text("event 3")
