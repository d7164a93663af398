"""The panel of a run, and how a run that is over ends, in the page of `observe serve`."""

import pytest

from tests.helpers import event_at
from tests.observer.browsing import violations
from tests.observer.report.runs import HOSTILE, RUN
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, numbered, own_context, pages

pytestmark = pages
MAGNIFIED = {"viewport": {"width": 320, "height": 256}}
"""A window of 1280 x 1024 at 400 %."""
ERROR = event_at(30, "error", message="later trouble", kind="silence")


async def test_a_run_opens_with_a_panel_of_what_a_reader_wants_to_know_first(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    panel = tab.get_by_role("region", name="Summary")
    await expect(panel.get_by_role("heading", level=3)).to_have_text([
        "How it ended", "Features: 2 of 5 pass", "What went wrong: 4", "Cost and tokens", "Sessions: 1", "Subagents: 1",
        "Files written: 1",
    ])  # fmt: skip
    await expect(panel.locator(".of-verdict li")).to_have_text(["failed the budget is spent"])
    await expect(panel.locator(".of-files li")).to_have_text(["app.py +1"])
    assert await violations(tab) == []


async def test_a_problem_in_the_panel_leads_to_its_event_and_the_next_error_goes_on_from_there(runs: Runs) -> None:
    runs.write(*RUN[:-1], *numbered(25, 3000), ERROR)
    tab = await runs.open()
    problems = tab.locator("#panel .of-problems a")
    await expect(problems).to_have_count(4)
    await problems.nth(1).click()
    await expect(tab.locator(".row.target")).to_contain_text("curl example.com")
    await tab.keyboard.press("e")
    await expect(tab.locator(".row.target")).to_contain_text("the model is gone")
    await expect(tab.locator(".filter .step")).to_have_text("error 3 of 4")
    href = await problems.nth(3).get_attribute("href") or ""
    other = await runs.browser.load(runs.served.url + href)
    await expect(other.locator(".row.target")).to_contain_text("later trouble")


async def test_the_event_of_a_link_stays_in_view_when_the_panel_takes_its_room(runs: Runs) -> None:
    errors = [line.replace(b'"info"', b'"error"') for line in numbered(2001, 2009)]
    runs.write(*BEGINNING, *numbered(3, 2000), *errors)
    tab = await runs.open(f"#{NAME}:1000")
    row, lower = tab.get_by_text("event 1000", exact=True), "() => document.getElementById('log').offsetTop > 400"
    for _ in range(2):
        await expect(tab.locator("#panel .of-problems a")).to_have_count(9)
        await tab.wait_for_function(lower)
        await expect(row).to_be_in_viewport()
        await tab.reload()
    await expect(row).to_be_in_viewport()


async def test_the_panel_follows_a_live_run_and_keeps_the_focus(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 30), ERROR)
    tab = await runs.open()
    first = tab.locator("#panel .of-problems a").first
    await first.focus()
    runs.write(event_at(40, "error", message="more trouble", kind="silence"))
    await expect(tab.locator("#panel .of-problems h3")).to_have_text("What went wrong: 2")
    await expect(first).to_be_focused()
    await expect(tab.locator(".filter .step")).to_have_text("2 errors")


async def test_the_panel_is_closed_and_opened_and_stays_so(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    panel = tab.locator("#panel")
    button = tab.get_by_role("button", name="Summary")
    await expect(panel).to_be_visible()
    await expect(button).to_have_attribute("aria-expanded", "true")
    await tab.keyboard.press("s")
    await expect(panel).to_be_hidden()
    await tab.reload()
    await tab.locator("#rows .row").first.wait_for()
    await expect(panel).to_be_hidden()
    await button.click()
    await expect(panel).to_be_visible()


@pytest.mark.parametrize("runs", [MAGNIFIED], indirect=True)
async def test_at_400_percent_the_panel_takes_no_room_from_the_log_and_lies_over_it_when_it_is_opened(
    runs: Runs,
) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    panel = tab.locator("#panel")
    height = "document.getElementById('log').clientHeight"
    await expect(panel).to_be_hidden()
    before = await tab.evaluate(height)
    await tab.keyboard.press("s")
    await expect(panel).to_be_visible()
    assert await tab.evaluate(height) == before
    await tab.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(tab.get_by_role("button", name="Summary")).to_be_focused()
    await tab.keyboard.press("s")
    await tab.locator("#panel .of-problems a").first.click()
    await expect(panel).to_be_hidden()
    await expect(tab.locator(".row.target")).to_contain_text("pytest -q")


async def test_a_run_that_is_over_closes_with_a_row_that_says_so_and_is_not_followed(runs: Runs) -> None:
    runs.write(*RUN[:-1])
    tab = await runs.open()
    following, closing = tab.get_by_role("button", name="Following"), tab.locator("#closing")
    await expect(following).to_be_visible()
    await expect(closing).to_be_hidden()
    runs.write(RUN[-1])
    await expect(closing).to_have_text("End of the run failed the budget is spent")
    await expect(closing).to_be_in_viewport()
    await expect(following).to_be_hidden()
    await expect(tab.get_by_role("button", name="Paused")).to_be_hidden()
    await tab.keyboard.press("g")
    await expect(tab.locator("#to-end")).to_be_visible()


async def test_a_crash_closes_the_log_though_no_event_says_it(runs: Runs) -> None:
    from socket import gethostname  # noqa: PLC0415

    start = event_at(0, "run_start", host=gethostname(), pid=2**22 + 7, pid_start="1", lock=None, heartbeat_s=5.0)
    runs.write(start, *numbered(2, 40), event_at(41, "heartbeat", state="in_tool", in_flight=[]))
    tab = await runs.open()
    await expect(tab.locator("#closing")).to_contain_text("End of the run crashed its writer is gone")


async def test_text_of_the_run_in_the_panel_is_text(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(4, "error", message=HOSTILE, kind=HOSTILE))
    tab = await runs.open()
    await expect(tab.locator("#panel .of-problems code")).to_contain_text("<script>")
    assert await tab.locator("#panel :is(script, img)").count() == 0
    assert await tab.evaluate("window.pwned") is None


@own_context
async def test_the_times_of_the_panel_are_in_the_zone_of_the_page(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open(f"?utc#{NAME}")
    await expect(tab.locator("#panel .of-problems time").first).to_have_text("01:12:37 UTC")
