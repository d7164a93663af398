"""Rows, cards and text in the page of `observe serve`, and that text of a run stays text."""

import asyncio
import re
from pathlib import Path

from tests.end_to_end.conftest import script, workplace
from tests.end_to_end.writing import DONE, bash, conversation
from tests.helpers import event_at
from tests.observer.browsing import LIMIT_MS
from tests.observer.report.runs import HOSTILE, RUN, hostile_run
from tests.observer.web.page_runs import BEGINNING, Runs, expect, pages

pytestmark = pages


async def test_text_streams_into_the_page(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "thought", text="I run the ", message="m1", block=0))
    tab = await runs.open()
    await expect(tab.locator(".of-thought .prose")).to_have_text("I run the ")
    runs.write(event_at(3, "thought", text="tests first.", message="m1", block=0))
    await expect(tab.locator(".of-thought .prose")).to_have_text("I run the tests first.")
    await expect(tab.locator(".row.divider .title")).to_have_text("Coding Agent, iteration 3")
    await expect(tab.locator(".row.divider .works-with")).to_have_text("claude-x")


async def test_the_header_shows_agent_progress_time_and_cost(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "progress", passing=2, total=5, changed=[]))
    tab = await runs.open()
    await expect(tab.locator("#agent")).to_have_text("Coding Agent, iteration 3")
    await expect(tab.locator("#about")).to_have_text("A thing that works")
    await expect(tab.locator("#passing output")).to_have_text("2/5 passing")
    runs.write(
        *RUN[-3:], event_at(20, "complete", outcome="success", passing=5, total=5, cost_usd=0.75, duration_ms=61000)
    )
    await expect(tab.locator("#verdict")).to_have_text("complete")
    await expect(tab.locator("#passing output")).to_have_text("5/5 passing")
    await expect(tab.locator("#elapsed")).to_have_text("1m 01s")
    await expect(tab.locator("#cost")).to_have_text("$0.75")


async def test_a_quiet_agent_can_be_watched_until_it_is_done(runs: Runs, tmp_path: Path) -> None:
    tab = await runs.browser.load(runs.served.url)
    task = 'description = "Look", subagent_type = "general-purpose", prompt = "LOOK", run_in_background = false'
    spawn = f'block = [{{ type = "tool_use", name = "Agent", input = {{ {task} }} }}]'
    look = conversation("look", bash("ls"), DONE, match="LOOK")
    with workplace(tmp_path, sandbox=False) as place:
        agent = place.rehearse(script(bash("echo begun"), spawn, DONE) + "\n" + look, "--quiet")
        try:
            await expect(tab.locator(".row.of-tool").first).to_be_visible(timeout=4 * LIMIT_MS)
            await expect(tab.locator(".row.of-complete.good")).to_be_in_viewport(timeout=4 * LIMIT_MS)
            assert await asyncio.to_thread(agent.communicate) == ("", "")
        finally:
            agent.kill()
    await expect(tab.locator("#verdict")).to_have_text("complete")
    await expect(tab.locator(".nested .row").first).to_be_attached()
    calls = [event["data"]["id"] for event in place.events() if event["type"] == "tool_use"]
    await expect(tab.locator(".row.of-tool")).to_have_count(len(calls))
    await expect(tab.locator(".row.of-tool.running")).to_have_count(0)


async def test_a_call_is_a_card_that_is_completed_by_its_result(runs: Runs) -> None:
    edit = {"file_path": "/home/me/thing/app.py", "old_string": "a\nb\nc", "new_string": "a\nB\nc"}
    runs.write(*BEGINNING, event_at(2, "tool_use", id="t1", name="Edit", input=edit))
    tab = await runs.open()
    card = tab.locator(".row.of-tool")
    await expect(card.locator(".title")).to_have_text("app.py")
    await expect(card.locator(".status")).to_have_text("running")
    await expect(card.locator(".diff .removed code")).to_have_text("b")
    await expect(card.locator(".diff .added code")).to_have_text("B")
    runs.write(
        event_at(4, "tool_result", tool_use_id="t1", name="Edit", status="success", duration_ms=1234, output="done")
    )
    await expect(card.locator(".duration")).to_have_text("1.2s")
    await expect(card).to_have_class(re.compile("good"))
    await card.locator(".head").click()
    await expect(card.locator("pre.output")).to_have_text(["/home/me/thing/app.py", "done"])


async def test_thinking_is_collapsed_until_it_is_opened(runs: Runs) -> None:
    long = "First the store. " * 40
    runs.write(*BEGINNING, event_at(2, "thinking", text=long, message="m1", block=0))
    tab = await runs.open()
    row = tab.locator(".row.of-thinking")
    await expect(row.locator(".head")).to_have_attribute("aria-expanded", "false")
    await expect(row.locator(".prose")).to_have_count(0)
    await row.locator(".head").click()
    await expect(row.locator(".prose")).to_have_text(long)


async def test_a_replaced_text_is_struck_out(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "thought", text="I will delete it", message="m1", block=0))
    tab = await runs.open()
    runs.write(event_at(3, "thought", text="I will keep it", message="m2", block=0, replaces="m1"))
    await expect(tab.locator(".row.of-thought.void .title")).to_have_text("I will delete it")
    await expect(tab.locator(".row.of-thought:not(.void) .prose")).to_have_text("I will keep it")


async def test_the_rows_of_a_subagent_are_inside_the_call_that_started_it(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    inside = tab.locator(".row.of-tool", has=tab.locator(".nested")).last
    await expect(inside.locator("> .main > .head .title")).to_have_text("Review the parser")
    await expect(inside.locator(".nested .row .title")).to_have_text(["app.py"])
    await expect(inside.locator("> .main > .body .note")).to_contain_text("1 tool")
    await inside.locator(".fold").click()
    await expect(inside.locator(".nested")).to_be_hidden()


async def test_blocked_calls_and_errors_stand_out(runs: Runs) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    blocked = tab.locator(".row.of-tool.blocked")
    await expect(blocked.locator(".note.blocked")).to_contain_text(
        "This call was blocked and never ran. curl is not on the list"
    )
    await expect(blocked.locator(".status")).to_contain_text("blocked")
    await expect(tab.locator(".row.of-error .title")).to_have_text("silence: the model is gone")
    await expect(tab.locator(".row.of-error pre")).to_contain_text("session.py")
    await expect(tab.locator(".row.of-tool.bad .title")).to_have_text("pytest -q")


async def test_heartbeats_are_a_pulse_and_not_rows(runs: Runs) -> None:
    beat = {"state": "in_tool", "in_flight": [], "elapsed_s": 5.0, "idle_s": 1.0}
    runs.write(*BEGINNING, event_at(5, "heartbeat", **beat), event_at(6, "info", message="here"))
    tab = await runs.open()
    runs.write(event_at(10, "heartbeat", **beat), event_at(11, "info", message="there"))
    await expect(tab.locator(".row.of-info")).to_have_count(2)
    await expect(tab.locator(".row.of-heartbeat")).to_have_count(0)


async def test_a_hostile_run_stays_text(runs: Runs) -> None:
    runs.write(*hostile_run(), b"\n")
    tab = await runs.open()
    await tab.keyboard.press("g")
    for head in await tab.locator(".row .head").all():
        await head.click()
    assert await tab.evaluate("window.pwned") is None
    assert await tab.locator("#log img, #run-header img, main iframe, #runs script").count() == 0
    text = await tab.evaluate("document.body.innerText")
    assert "\\u202egnp\\u2066" in text
    assert "\\x1b[31mred" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u2066\u200b\ufeff\u2028]", text)
    assert "</script><script>window.pwned" in await tab.locator("#about").inner_text()
    assert all(url.startswith(runs.served.url) for url in runs.browser.requests)


async def test_a_very_long_line_is_loaded_on_request(runs: Runs) -> None:
    giant = event_at(
        2, "tool_result", tool_use_id="t", name="Bash", status="error", output=f"{HOSTILE}\n" + "x" * 3_000_000
    )
    runs.write(*BEGINNING, giant, event_at(3, "info", message="after it"))
    tab = await runs.open()
    await expect(tab.get_by_text("after it")).to_be_in_viewport()
    await expect(tab.locator(".row.of-long .title")).to_contain_text("3.0 MB")
    await tab.get_by_role("button", name="Load line").click()
    await expect(tab.locator(".row.of-tool.bad pre.output").first).to_contain_text("</script>")
    assert await tab.evaluate("window.pwned") is None
