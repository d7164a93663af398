"""The page of `observe serve` by keyboard, with a screen reader, on a phone and in both themes."""

import asyncio
import re

import pytest

from observer.web.assets.token_page import token_page
from tests.helpers import event_at
from tests.observer.browsing import WIDE, violations
from tests.observer.report.runs import RUN
from tests.observer.web.page_runs import BEGINNING, NAME, PHONE, Runs, expect, numbered, own_context, pages, playwright

pytestmark = pages


async def test_the_page_can_be_used_by_keyboard(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await tab.keyboard.press("g")
    await expect(tab.locator(".row:focus .title")).to_have_text(f"run {NAME}: A thing that works")
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
    await expect(tab.locator("#closing")).to_be_in_viewport()


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
    await tab.keyboard.press("Escape")
    await tab.keyboard.press("O")
    await expect(tab.get_by_role("dialog", name="Outline")).to_be_visible()
    assert await violations_in_all_looks(tab) == []


async def test_axe_finds_no_violations_in_what_comes_and_goes(runs: Runs) -> None:
    runs.write(*RUN)
    runs.write(*RUN[:5], run="20261122T011230Z-000001")
    tab = await runs.open(f"#{NAME}:99999")
    await expect(tab.locator("#banner")).to_contain_text("not in this run")
    answer = asyncio.Event()

    async def wait(route: "playwright.Route") -> None:
        await answer.wait()
        await route.continue_()

    await tab.route("**/lines*grep*", wait)
    await tab.get_by_role("searchbox").fill("needle")
    await expect(tab.locator("#search-progress")).to_be_visible()
    await tab.get_by_label("Select to compare").first.check()
    assert await violations_in_all_looks(tab) == []
    answer.set()
    await tab.set_viewport_size(WIDE["viewport"])
    await tab.keyboard.press("Escape")
    await tab.get_by_label("Select to compare").last.check()
    await tab.keyboard.press("C")
    await expect(tab.locator("#comparison tbody").first).to_be_visible()
    assert await violations_in_all_looks(tab) == []
    await tab.emulate_media(forced_colors="active", reduced_motion="reduce")
    assert await violations(tab) == []
    await tab.emulate_media(forced_colors="null", reduced_motion="reduce")


async def test_axe_finds_no_violations_in_the_form_for_the_token(runs: Runs) -> None:
    tab = await runs.browser.load("about:blank")
    await tab.set_content(bytes(token_page(is_wrong=True, from_elsewhere=False).body).decode())
    assert await violations_in_all_looks(tab) == []
    await tab.emulate_media(forced_colors="active", reduced_motion="reduce")
    assert await violations(tab) == []
    await tab.emulate_media(forced_colors="null", reduced_motion="reduce")


async def test_axe_finds_no_violations_in_forced_colours(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await tab.emulate_media(forced_colors="active", reduced_motion="reduce")
    assert await violations(tab) == []
    selected = tab.locator("#run-list .run[aria-current=true]")
    assert await selected.evaluate("(run) => getComputedStyle(run).outlineStyle") == "solid"
    share = "(bar) => getComputedStyle(bar).backgroundColor !== getComputedStyle(bar.parentElement).backgroundColor"
    assert await tab.locator("#passing .meter i").evaluate(share)
    await tab.emulate_media(forced_colors="null", reduced_motion="reduce")


async def test_at_400_percent_most_of_the_page_is_the_log_and_nothing_is_cut_off(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    await tab.set_viewport_size({"width": 320, "height": 256})
    await tab.wait_for_function("() => document.getElementById('log').clientHeight > 128")
    cut = "[...document.querySelectorAll('main, #run-header, .status-bar, .filter, #log')]"
    cut = f"{cut}.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.id || box.className)"
    assert await tab.evaluate(cut) == []
    assert await violations(tab) == []


async def test_words_about_errors_do_not_wrap_the_filters(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    step = tab.locator(".filter .step")
    await tab.keyboard.press("e")
    await expect(step).to_contain_text("error 1 of 4")
    await tab.get_by_label("All tools").select_option("Bash")
    await tab.get_by_label("Errors only").check()
    await expect(step).to_contain_text("hit")
    height = "document.querySelector('.filter').offsetHeight"
    before = await tab.evaluate(height)
    await tab.keyboard.press("Escape")
    await tab.get_by_label("All tools").select_option("Bash")
    await expect(tab.get_by_role("button", name="Clear")).to_be_visible()
    await expect(step).to_contain_text("hit")
    await step.evaluate("(step) => { step.textContent = 'hit 123 of 1,234, again from the start'; }")
    assert await tab.evaluate(height) == before < 50
    assert await step.evaluate("(step) => step.clientWidth") > 60


async def test_the_outline_of_many_sessions_has_all_but_the_last_one_folded(runs: Runs) -> None:
    sessions = [
        line
        for first in range(2, 202, 2)
        for line in (
            event_at(first, "session_start", agent_type="CODING", iteration=first // 2, model="claude-x"),
            event_at(first + 1, "prompt", text=f"Step {first // 2}", source="user"),
        )
    ]
    runs.write(BEGINNING[0], *sessions)
    tab = await runs.open()
    await tab.keyboard.press("O")
    outline = tab.get_by_role("dialog", name="Outline")
    await expect(outline.get_by_role("heading", level=3)).to_have_count(100)
    await expect(outline.get_by_text("Step 100")).to_be_visible()
    await expect(outline.get_by_text(re.compile("Step "))).to_have_count(1)
    await outline.get_by_role("button", name="1 in: coding").nth(6).click()
    await expect(outline.get_by_text("Step 7")).to_be_visible()


async def test_the_outline_leads_to_sessions_prompts_and_subagents_by_keyboard(runs: Runs) -> None:
    prompts = [event_at(second, "prompt", text=f"Step {second}\nand more", source="user") for second in (2, 4)]
    spawned = event_at(3, "subagent_start", id="s", tool_use_id="t", agent_type="Explore", description="the parts")
    runs.write(*BEGINNING, prompts[0], spawned, prompts[1], *numbered(6, 300))
    tab = await runs.open()
    await expect(tab.get_by_text("event 300", exact=True)).to_be_in_viewport()
    await tab.keyboard.press("O")
    outline = tab.get_by_role("dialog", name="Outline")
    await expect(outline.get_by_role("heading", level=3)).to_contain_text("coding 3")
    items = outline.get_by_role("listitem")
    beginnings = ("coding 3", "Prompt Step 2 ", "Subagent Explore: the parts ", "Prompt Step 4 ")
    await expect(items).to_have_text([re.compile(beginning) for beginning in beginnings])
    await outline.get_by_role("button", name="1 in: Step 2").press("Enter")
    await expect(items).to_have_text([re.compile(beginnings[place]) for place in (0, 1, 3)])
    assert await violations(tab) == []
    await items.last.get_by_role("link").focus()
    await tab.keyboard.press("Enter")
    await expect(outline).to_be_hidden()
    await expect(tab.locator(".row.current")).to_contain_text("Step 4")
    await expect(tab.locator(".row.current")).to_be_in_viewport()
    await expect(tab.locator(".row.current")).to_be_focused()
