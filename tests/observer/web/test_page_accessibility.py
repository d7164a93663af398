"""The page of `observe serve` by keyboard, with a screen reader, on a phone and in both themes."""

import pytest

from tests.helpers import event_at
from tests.observer.browsing import WIDE, violations
from tests.observer.report.runs import RUN
from tests.observer.web.page_runs import BEGINNING, PHONE, Runs, expect, numbered, own_context, pages, playwright

pytestmark = pages


async def test_the_page_can_be_used_by_keyboard(runs: Runs) -> None:
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


@own_context
async def test_a_screen_reader_gets_summaries_not_each_event(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.clock.install()
    tab = await runs.open()
    await tab.evaluate("""() => {
        window.heard = [];
        const place = document.getElementById("announcements");
        const all = {childList: true, characterData: true, subtree: true};
        new MutationObserver(() => heard.push(place.textContent)).observe(place, all);
    }""")
    runs.write(*numbered(3, 302), event_at(303, "error", message="the model is gone", kind="silence"))
    await expect(tab.locator(".row.of-error")).to_be_in_viewport()
    await runs.browser.context.clock.fast_forward("10")
    await expect(tab.locator("#announcements")).to_contain_text("the model is gone")
    assert await tab.locator("#announcements").get_attribute("aria-live") == "polite"
    assert len(await tab.evaluate("heard")) <= 2
    assert await tab.locator("#log [aria-live], #rows[role=log]").count() == 0


@pytest.mark.parametrize("runs", [PHONE], indirect=True)
async def test_on_a_phone_the_run_list_is_a_drawer_and_nothing_is_cut_off(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await expect(tab.locator("#runs")).to_be_hidden()
    boxes = "[...document.querySelectorAll('main, #run-header, .status-bar, #log, .row')]"
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
async def test_the_theme_is_that_of_the_system_until_the_user_chooses(runs: Runs) -> None:
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


async def violations_in_all_looks(tab: "playwright.Page") -> list[str]:
    """Return violations at both widths and in both themes; of the dark theme only contrast is checked."""
    results = []
    for size in (WIDE, PHONE):
        await tab.set_viewport_size(size["viewport"])
        for theme, rules in (("light", ()), ("dark", ("color-contrast",))):
            await tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
            results += [f"{size} {theme} {one}" for one in await violations(tab, *rules)]
    return results


async def test_axe_finds_no_violations(runs: Runs) -> None:
    tab = await runs.browser.load(runs.served.url)
    await expect(tab.locator("#welcome")).to_be_visible()
    assert await violations_in_all_looks(tab) == []
    runs.write(*RUN)
    await tab.locator("#rows .row").first.wait_for()
    await tab.keyboard.press("g")
    for head in await tab.locator(".row .head").all():
        await head.click()
    assert await violations_in_all_looks(tab) == []
    await tab.keyboard.press("?")
    assert await violations_in_all_looks(tab) == []
