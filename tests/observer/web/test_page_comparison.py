"""Two runs of the list side by side on the page."""

import re

from tests.helpers import event_at
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, pages

pytestmark = pages
OTHER = "20261123T011229Z-000001"


def use(command: str) -> bytes:
    return event_at(5, "tool_use", id="t1", name="Bash", input={"command": command})


async def test_two_runs_are_selected_compared_and_lead_to_where_they_part(runs: Runs) -> None:
    runs.write(*BEGINNING, use("make <b>test</b>"))
    runs.write(event_at(0, "run_start", about="An earlier one"), use("make all"), run=OTHER)
    tab = await runs.open(f"#{NAME}")
    await tab.get_by_label("Select to compare: An earlier one").check()
    picks = tab.locator("#picks")
    await expect(picks.get_by_role("button").first).to_have_text("Compare with the open run")
    await tab.locator(f"[data-run='{NAME}'] a").focus()
    await tab.keyboard.press("x")
    await expect(picks.get_by_role("status")).to_have_text("2 runs selected")
    await tab.keyboard.press("C")
    dialog = tab.get_by_role("dialog", name="Two runs side by side")
    await expect(dialog.locator("thead a")).to_have_text([OTHER, NAME])
    row = dialog.locator("tr", has_text="first difference")
    await expect(row.locator("td")).to_have_text(["Bash make all · event 1", "Bash make <b>test</b> · event 1"])
    await expect(dialog.get_by_role("progressbar")).to_be_hidden()
    await expect(tab).to_have_url(re.compile(f"compare={OTHER}&compare={NAME}$"))
    await tab.keyboard.press("Escape")
    await expect(tab).not_to_have_url(re.compile("compare="))
    await picks.get_by_role("button", name="Clear the selection").click()
    await expect(picks).to_be_hidden()
    await tab.goto(f"{runs.served.url}#{NAME}?compare={OTHER}&compare={NAME}")
    await expect(dialog.locator("thead a")).to_have_text([OTHER, NAME])
    await tab.reload()
    await row.locator("td a").first.click()
    await expect(dialog).to_be_hidden()
    await expect(tab.locator("#about")).to_have_text("An earlier one")
    await expect(tab.locator(".row.current")).to_contain_text("make all")


async def test_a_comparison_with_the_open_run_says_what_is_wrong_with_a_run_that_is_gone(runs: Runs) -> None:
    runs.write(*BEGINNING)
    runs.write(event_at(0, "run_start", about="An earlier one"), run=OTHER)
    tab = await runs.open(f"#{NAME}")
    await tab.get_by_label("Select to compare: An earlier one").check()
    await tab.route("**/api/compare*", lambda route: route.abort())
    await tab.get_by_role("button", name="Compare with the open run").click()
    dialog = tab.get_by_role("dialog", name="Two runs side by side")
    await expect(dialog.get_by_role("status")).to_contain_text("was interrupted")
    await tab.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
