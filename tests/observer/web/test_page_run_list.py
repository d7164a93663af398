"""The page's list of runs, by the hundred: counts, order, groups, filters, and pages as it is scrolled."""

import re
from datetime import UTC, datetime

from tests.helpers import event_at
from tests.observer.web.page_runs import NAME, PHONE, Runs, expect, own_context, pages

pytestmark = pages
PROJECTS = ("shop", "blog", "api")
RECENTLY = (datetime.now(UTC) - datetime(2026, 11, 23, 1, 12, 30, tzinfo=UTC)).total_seconds() - 3600
"""An hour ago, in seconds as `event_at` takes them: a run that failed needs a person for a day."""


def name_of(number: int) -> str:
    return f"20261123T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}Z-{number:06x}"


def write_runs(runs: Runs, count: int) -> None:
    """Write `count` runs; every hundredth has failed, the others have succeeded."""
    for number in range(count):
        project = PROJECTS[number % len(PROJECTS)]
        start = event_at(RECENTLY, "run_start", project_dir=f"/home/me/{project}", about=f"Task {number}", host="anna")
        outcome = "failed" if number % 100 == 50 else "success"
        runs.write(
            start,
            event_at(RECENTLY + number / 100, "complete", outcome=outcome, cost_usd=number / 100),
            run=name_of(number),
        )


async def test_the_list_counts_all_runs_and_shows_more_as_it_is_scrolled(runs: Runs) -> None:
    write_runs(runs, 312)
    tab = await runs.open()
    await expect(tab.locator("#run-count")).to_have_text("312 runs · 3 need you")
    rows = tab.locator("#run-list .run")
    await expect(rows).to_have_count(100)
    await expect(rows.first.locator(".place")).to_have_text("blog · anna")
    for count in (200, 312):
        await rows.last.scroll_into_view_if_needed()
        await expect(rows).to_have_count(count)
    await expect(tab.locator("#about")).to_have_text("Task 311")


async def test_five_thousand_runs_are_listed_to_the_last_one_and_opened_there(runs: Runs) -> None:
    write_runs(runs, 5000)
    tab = await runs.open()
    await expect(tab.locator("#run-count")).to_have_text("5,000 runs · 50 need you")
    await tab.select_option("#run-filter [aria-label='Needs me first']", "newest")
    await expect(tab.locator("#run-list .about").first).to_have_text("Task 4999")
    rows = tab.locator("#run-list .run")
    shown = 0
    while shown < 5000:
        await expect(rows).not_to_have_count(shown)  # a fast scroll may bring more than one page
        shown = await rows.count()
        await rows.last.scroll_into_view_if_needed()
    await expect(rows.last.locator(".about")).to_have_text("Task 0")
    await rows.last.hover()  # which scrolls as far as a click needs
    top = await tab.locator("#run-list").evaluate("list => list.scrollTop")
    await rows.last.click()
    await expect(tab.locator("#about")).to_have_text("Task 0")
    await expect(rows.last).to_have_attribute("aria-current", "true")
    assert await tab.locator("#run-list").evaluate("list => list.scrollTop") == top


async def test_the_list_is_filtered_sorted_and_grouped(runs: Runs) -> None:
    write_runs(runs, 300)
    tab = await runs.open()
    names = tab.locator("#run-list .about")
    await expect(names.first).to_have_text("Task 250")
    await tab.select_option("#run-filter [aria-label='Needs me first']", "cost")
    await expect(names.first).to_have_text("Task 299")
    await tab.select_option("#run-filter [aria-label='No groups']", "project")
    heads = tab.locator("#run-list .group")
    await expect(heads.first).to_have_text(re.compile("api.*100 · 1 needs you"))
    await tab.select_option("#run-filter [aria-label='All projects']", "shop")
    await expect(heads).to_have_text(["shop100 · 1 needs you"])
    await expect(tab.locator("#run-count")).to_have_text("100 of 300 runs · 3 need you")
    await tab.locator("#run-filter input").fill("task 29")
    await expect(names).to_have_text(["Task 297", "Task 294", "Task 291"])
    await tab.select_option("#run-filter [aria-label='All verdicts']", "failed")
    await expect(tab.locator("#no-runs")).to_be_visible()


@own_context
async def test_the_order_and_the_groups_are_remembered_and_a_filter_is_not(runs: Runs) -> None:
    write_runs(runs, 10)
    tab = await runs.open()
    await tab.select_option("#run-filter [aria-label='No groups']", "verdict")
    await tab.locator("#run-filter input").fill("task 3")
    await expect(tab.locator("#run-list .run")).to_have_count(1)
    await tab.reload()
    await expect(tab.locator("#run-list .run")).to_have_count(10)
    await expect(tab.locator("#run-list .group")).to_have_text(["complete10"])


async def test_the_open_run_stays_up_to_date_although_the_list_leaves_it_out(runs: Runs) -> None:
    write_runs(runs, 10)
    runs.write(event_at(0, "run_start", about="The open one", project_dir="/home/me/other"))
    tab = await runs.open(f"#{NAME}")
    await tab.locator("#run-filter input").fill("task 3")
    await expect(tab.locator("#run-list .about")).to_have_text(["Task 3"])
    await expect(tab.locator("#verdict")).not_to_contain_text("complete")
    runs.write(event_at(1, "complete", outcome="success"))
    await expect(tab.locator("#verdict")).to_contain_text("complete")
    (runs.directory / f"{NAME}.ndjson").unlink()
    await expect(tab.locator("#banner")).to_contain_text("The run file was deleted")


@own_context
async def test_on_a_phone_the_list_keeps_its_place_while_a_run_is_open(runs: Runs) -> None:
    write_runs(runs, 300)
    tab = await runs.open()
    await tab.set_viewport_size(PHONE["viewport"])
    await tab.click("#open-runs")
    row = tab.locator("#run-list .run", has_text="Task 220")
    await row.scroll_into_view_if_needed()
    await row.click()
    await expect(tab.locator("#about")).to_have_text("Task 220")
    await tab.click("#open-runs")
    await expect(row).to_be_in_viewport()
