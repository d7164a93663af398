"""The page's search in all runs, and what it can save."""

from tests.helpers import event_at
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, pages

pytestmark = pages
OTHER = "20261123T011229Z-000001"


async def test_hits_in_all_runs_are_listed_and_lead_to_their_events(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "info", message="Nothing of the kind"))
    runs.write(event_at(0, "run_start", about="An earlier one"), run=OTHER)
    runs.write(*(event_at(second, "info", message=f"filler {second}") for second in range(1, 400)), run=OTHER)
    runs.write(event_at(400, "info", message="Here is the <b>Needle</b>"), run=OTHER)
    runs.write(*(event_at(second, "info", message=f"filler {second}") for second in range(401, 800)), run=OTHER)
    tab = await runs.open(f"#{NAME}")
    await tab.keyboard.press("a")
    await tab.get_by_label("Text to search for").fill("needle")
    search = tab.locator("#run-search")
    await expect(search.get_by_role("status")).to_have_text("1 hit in 1 of 2 runs")
    await expect(search.locator("h3")).to_have_text("An earlier one")
    await expect(search.locator("a mark")).to_have_text("Needle")
    await search.locator("a").click()
    await expect(search).not_to_be_visible()
    await expect(tab.locator("#about")).to_have_text("An earlier one")
    await expect(tab.locator("#log").get_by_text("Here is the <b>Needle</b>")).to_be_in_viewport()


async def test_the_search_ends_when_its_text_is_edited_and_when_it_is_closed(runs: Runs) -> None:
    runs.write(*BEGINNING, *(event_at(second, "info", message="hay " * 100) for second in range(2000)))
    tab = await runs.open()
    requests: list[str] = []
    tab.on("request", lambda request: requests.append(request.url) if "/api/search" in request.url else None)
    await tab.locator("#search-all").click()
    await tab.get_by_label("Text to search for").fill("a needle")
    status = tab.locator("#run-search").get_by_role("status")
    await expect(status).to_have_text("No hits in 0 of 1 run")
    await tab.get_by_label("Text to search for").fill("")
    await expect(status).to_have_text("")
    assert len(requests) == 1
    await tab.keyboard.press("Escape")
    await expect(tab.locator("#run-search")).not_to_be_visible()
    assert runs.served.server.pools.searches.pending == 0


async def test_the_run_is_saved_as_it_is_under_its_name(runs: Runs) -> None:
    runs.write(*BEGINNING)
    tab = await runs.open()
    await tab.get_by_role("button", name="Save", exact=True).click()
    async with tab.expect_download() as saving:
        await tab.get_by_role("link", name="Run file").click()
    download = await saving.value
    assert download.suggested_filename == f"{NAME}.ndjson"
    assert (await download.path()).read_bytes() == b"".join(BEGINNING)
    await expect(tab.locator("#save-menu")).not_to_be_visible()
