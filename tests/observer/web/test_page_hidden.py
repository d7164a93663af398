"""What a tab that nobody looks at says of its run: title, icon and notifications.

The streams of tabs are those of run_feed.js and run_feed_worker.js.
"""

from datetime import UTC, datetime
from socket import gethostname

import pytest

from agent.runlog.lock import lock_kind, take_lock
from tests.helpers import encoded, event_at, wait_until_async
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, numbered, own_context, pages, playwright

pytestmark = pages

HIDE = "window.away = true; Object.defineProperty(document, 'hidden', {get: () => window.away})"
RECORD = """
window.shown = [];
window.Notification = class extends Notification {
  constructor(title, options) {
    super(title, options);
    window.shown.push([title, options.body]);
  }
};
"""
CRASHED, ENDED, FAILED_RUN = (f"20261123T01122{digit}Z-000000" for digit in range(3))
FAILED = event_at(9, "complete", outcome="failed", message="out of budget")
icon = "document.querySelector('link[rel=icon]').getAttribute('href')"
notifying = pytest.mark.parametrize("runs", [{"permissions": ["notifications"]}], indirect=True)


async def turn(tab: "playwright.Page", *, away: bool) -> None:
    """Hide the tab, or show it again."""
    await tab.evaluate(f"() => {{ window.away = {str(away).lower()}; "
                       "document.dispatchEvent(new Event('visibilitychange')); }")  # fmt: skip


@own_context
async def test_the_title_and_the_icon_of_a_hidden_tab_become_those_of_a_run_that_fails(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.add_init_script(HIDE)
    tab = await runs.open()
    await expect(tab).to_have_title("● A thing that works")
    assert await tab.evaluate(icon) == "/page/icon.svg"
    runs.write(FAILED)
    await expect(tab).to_have_title("✗ A thing that works")
    assert await tab.evaluate(icon) == "/page/icon_bad.svg"


@own_context
async def test_the_title_of_a_hidden_tab_says_that_nothing_is_known_while_the_server_is_away(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.add_init_script(HIDE)
    tab = await runs.open()
    await expect(tab).to_have_title("● A thing that works")
    await runs.served.stop()
    await expect(tab).to_have_title("○ A thing that works")
    runs.served.start()
    await expect(tab).to_have_title("● A thing that works")


@own_context
async def test_a_hidden_tab_keeps_its_run_and_place_when_a_newer_run_begins(runs: Runs) -> None:
    runs.write(*BEGINNING, *numbered(3, 400))
    await runs.browser.context.add_init_script(HIDE.replace("true", "false"))
    tab = await runs.open()
    await expect(tab.get_by_text("event 400", exact=True)).to_be_in_viewport()
    await tab.locator("#log").hover()
    await tab.mouse.wheel(0, -2000)
    await expect(tab.locator("#to-end")).to_be_visible()
    place = "() => [...document.querySelectorAll('.row')].find((row) => row.getBoundingClientRect().bottom > "
    place += "document.getElementById('log').getBoundingClientRect().top).textContent"
    before = await tab.evaluate(place)
    await turn(tab, away=True)
    runs.write(*BEGINNING, run="20261124T080000Z-0000aa")
    await turn(tab, away=False)
    await expect(tab.locator("#run-list .run")).to_have_count(2)
    runs.write(*numbered(401, 410))
    await expect(tab.locator("#to-end")).to_contain_text("10 new events")
    assert await tab.evaluate(place) == before


@own_context
async def test_hidden_tabs_share_one_stream_and_shown_ones_do_without_it(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.add_init_script(HIDE)
    tabs = [await runs.open(), await runs.open(), await runs.open()]
    run_list, hub = runs.served.server.run_list, runs.served.server.hub
    await wait_until_async(lambda: (run_list._clients, hub.clients) == (1, 0))
    runs.write(FAILED)
    for tab in tabs:
        await expect(tab).to_have_title("✗ A thing that works")
        await turn(tab, away=False)
    await wait_until_async(lambda: (run_list._clients, hub.clients) == (3, 3))


@notifying
async def test_a_hidden_tab_notifies_those_who_want_it_of_what_needs_them_and_of_each_end(runs: Runs) -> None:
    def now(kind: str, **data: object) -> bytes:
        return encoded(1, datetime.now(UTC), NAME, kind, 1, None, data)

    async def expect_shown(*titles: str) -> None:
        await tab.wait_for_function("(count) => shown.length >= count", arg=len(titles))
        shown = await tab.evaluate("shown")
        assert [title.startswith(words) for (title, _), words in zip(shown, titles, strict=True)] == [True] * len(
            titles
        )
        assert {body for _, body in shown} == {"Deploy it"}

    about = {"host": "elsewhere", "heartbeat_s": 600.0, "about": "Deploy it"}
    ends = {CRASHED: None, ENDED: event_at(9, "complete"), FAILED_RUN: FAILED}
    here = {"host": gethostname(), "lock": lock_kind()}
    runs.write(now("run_start", **about), now("session_start", agent_type="SINGLE"))
    for run in ends:
        runs.write(now("run_start", **{**about, **(here if run == CRASHED else {})}), run=run)
    writer = (runs.directory / f"{CRASHED}.ndjson").open("ab")
    take_lock(writer.fileno())
    await runs.browser.context.add_init_script(HIDE.replace("true", "false") + RECORD)
    tab = await runs.open(f"#{NAME}")
    await tab.get_by_role("button", name="Notify").click()
    await expect(tab.get_by_role("button", name="Notify")).to_have_attribute("aria-pressed", "true")
    await turn(tab, away=True)
    runs.write(now("heartbeat", state="waiting_on_human", in_flight=[]))
    titles = ["waiting on human"]
    await expect_shown(*titles)
    runs.write(now("heartbeat", state="waiting_on_model", idle_s=700.0, in_flight=[]))
    titles += ["stalled"]
    await expect_shown(*titles)
    runs.write(now("complete", outcome="success"))
    titles += ["complete"]
    await expect_shown(*titles)
    for run, line in ends.items():
        await tab.evaluate("(run) => { location.hash = run; }", run)
        await expect(tab).to_have_title("● Deploy it")
        if line is None:
            writer.close()
        else:
            runs.write(line, run=run)
        titles += [{CRASHED: "crashed", ENDED: "ended", FAILED_RUN: "failed"}[run]]
        await expect_shown(*titles)


@notifying
async def test_a_tab_does_not_notify_unless_it_is_asked_to_and_hidden(runs: Runs) -> None:
    runs.write(*BEGINNING)
    await runs.browser.context.add_init_script(HIDE + RECORD)
    tab = await runs.open()
    other = await runs.open()
    await turn(other, away=False)
    await other.get_by_role("button", name="Notify").click()
    runs.write(FAILED)
    for one in (tab, other):
        await expect(one).to_have_title("✗ A thing that works")
        assert await one.evaluate("shown") == []
