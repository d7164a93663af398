"""The URL of the page holds the run, the place and the filters; what a link leads to.

Tests observer.web.assets.token_page.
"""

from tests.helpers import event_at
from tests.observer.report.runs import RUN
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, numbered, own_context, pages, playwright
from tests.observer.web.page_server import Served

pytestmark = pages

OTHER = "20261122T080000Z-0000aa"
TOKEN = "a-token-of-16-signs-or-more"


async def url_of(tab: "playwright.Page", end: str) -> None:
    """Wait until the URL ends with something."""
    await tab.wait_for_function("(end) => location.href.endsWith(end)", arg=end)


async def test_the_newest_run_stays_open_after_a_reload_although_a_newer_one_has_begun(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tab = await runs.open()
    await url_of(tab, f"#{NAME}")
    runs.write(*BEGINNING, event_at(2, "info", message="the other one"), run="20261124T080000Z-0000aa")
    await tab.reload()
    await expect(tab.locator("#run-list .run")).to_have_count(2)
    await expect(tab.locator("#run-name")).to_have_text(NAME)


async def test_place_and_selection_survive_a_reload(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 900))
    tab = await runs.open(f"#{NAME}:400")
    await expect(tab.locator(".row.current .title")).to_have_text("event 400")
    await tab.keyboard.press("j")
    await url_of(tab, f"#{NAME}:401")
    await tab.reload()
    await expect(tab.locator(".row.current .title")).to_have_text("event 401")
    await expect(tab.locator(".row.current")).to_be_in_viewport()
    await tab.locator("#log").hover()
    await tab.mouse.wheel(0, 3000)
    await tab.wait_for_function("() => Number(location.hash.split(':')[1]) > 410")
    before = tab.url
    await tab.reload()
    await expect(tab.locator(".row.current")).to_be_in_viewport()
    assert tab.url == before


async def test_filters_survive_a_reload(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await tab.get_by_label("All tools").select_option("Bash")
    await url_of(tab, f"#{NAME}?tool=Bash")
    await tab.get_by_role("searchbox").fill("pytest")
    await url_of(tab, f"#{NAME}?tool=Bash&text=pytest")
    count = await tab.locator("#rows > .row").count()
    await tab.reload()
    await expect(tab.get_by_label("All tools")).to_have_value("Bash")
    await expect(tab.get_by_role("searchbox")).to_have_value("pytest")
    await expect(tab.locator("#rows > .row")).to_have_count(count)
    await tab.get_by_role("button", name="Clear").click()
    await url_of(tab, f"#{NAME}")


async def test_place_and_filters_survive_the_way_to_another_run_and_back(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 900))
    runs.write(*BEGINNING, event_at(2, "info", message="the earlier one"), run=OTHER)
    tab = await runs.open(f"#{NAME}:400?type=error%2Capi_retry%2Crate_limit%2Ccompaction%2Cinfo")
    await expect(tab.locator(".row.current .title")).to_have_text("event 400")
    await tab.keyboard.press("]")
    await expect(tab.locator(".row .title")).to_have_text(["the earlier one"])
    await expect(tab.get_by_label("All types")).to_have_value("error,api_retry,rate_limit,compaction,info")
    await tab.keyboard.press("[")
    await expect(tab.locator(".row.current .title")).to_have_text("event 400")
    await expect(tab.get_by_label("All types")).to_have_value("error,api_retry,rate_limit,compaction,info")


async def test_a_link_to_an_event_that_is_gone_says_so(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 30))
    tab = await runs.open(f"#{NAME}:4000")
    await expect(tab.locator("#banner")).to_contain_text("Event 4000 is not in this run any more")


async def test_a_link_to_a_run_that_is_gone_says_so(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tab = await runs.browser.load(runs.served.url + f"#{OTHER}:3")
    await expect(tab.locator("#banner")).to_contain_text("No such run")
    await expect(tab.locator("#run-name")).to_have_text(OTHER)


async def test_a_link_to_an_event_that_its_filters_exclude_shows_it(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 30))
    tab = await runs.open(f"#{NAME}:12?type=prompt")
    await expect(tab.locator(".row.current .title")).to_have_text("event 12")
    await expect(tab.locator("#banner")).to_be_hidden()
    await expect(tab.get_by_label("All types")).to_have_value("")


@own_context
async def test_a_link_without_the_cookie_asks_for_the_token_and_then_leads_to_its_event(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 900))
    async with Served(runs.directory, TOKEN) as served:
        tab = await runs.browser.load(f"{served.url}#{NAME}:400")
        await expect(tab.get_by_role("heading", name="Access token required")).to_be_visible()
        await tab.get_by_label("Access token").fill("something else")
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_text("This token is wrong")).to_be_visible()
        await tab.get_by_label("Access token").fill(TOKEN)
        await tab.keyboard.press("Enter")
        await expect(tab.locator(".row.current .title")).to_have_text("event 400")
        assert TOKEN not in tab.url


@own_context
async def test_a_link_on_another_site_opens_without_the_form_for_those_who_have_the_cookie(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 900))
    async with Served(runs.directory, TOKEN) as served:
        tab = await runs.browser.load(f"{served.url}?token={TOKEN}")
        await tab.locator("#rows .row").first.wait_for()
        elsewhere = f'<a href="{served.url}#{NAME}:400">a link</a>'
        await tab.route(
            "http://elsewhere.example/", lambda route: route.fulfill(body=elsewhere, content_type="text/html")
        )
        await tab.goto("http://elsewhere.example/")
        await tab.get_by_text("a link").click()
        await expect(tab.locator(".row.current .title")).to_have_text("event 400")
