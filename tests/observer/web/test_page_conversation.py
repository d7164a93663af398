"""Prompts, messages, to-do lists, tokens and waits for a person in the page of `observe serve`."""

from datetime import UTC, datetime

from tests.helpers import encoded, event_at
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, pages
from tests.observer.written import IMAGE, every_type

pytestmark = pages

OLDER = "20261120T011230Z-7f3a9c"


def message(second: float, text: str, **more: object) -> bytes:
    data = {"id": "m1", "model": "claude-x", "stop_reason": "end_turn", "tokens": {"input": 9, "output": 4}, **more}
    return event_at(second, "message", text=text, **data)


def piece(second: float, text: str) -> bytes:
    return event_at(second, "thought", text=text, message="m1", block=0)


async def test_every_type_of_event_is_drawn(runs: Runs) -> None:
    runs.write(*(line + b"\n" for line in every_type().lines))
    tab = await runs.open()
    await expect(tab.locator(".of-session_start .title")).to_have_text("Coding Agent, iteration 3")
    await expect(tab.locator(".works-with")).to_contain_text(
        "claude-x · CLI 2.1.332 · mode acceptEdits · 2 MCP servers"
    )
    await expect(tab.locator(".of-session_start .note.bad")).to_have_text("✗ MCP server tickets failed")
    prompts = tab.locator(".of-prompt")
    await expect(prompts.locator(".kind")).to_have_text(["harness", "subagent", "cli", "queued"])
    await expect(prompts.first.locator(".said p")).to_have_text("Make the page blue.\nNot too blue.")
    await expect(prompts.first).to_contain_text("image/png, 12 kB, not kept")
    await expect(tab.locator(".of-thinking .title")).to_have_text(["Look first.", "redacted"])
    await expect(tab.locator(".of-tool").first).to_contain_text("the CLI had shortened this output")
    await expect(tab.locator(".of-tool").first).to_contain_text(f"image/png, 12 kB, in {IMAGE['file']}")
    await expect(tab.locator(".of-thought .prose")).to_have_text("I look at the page.")
    await expect(tab.locator(".nested .of-message .prose")).to_have_text("Navy is a fine blue.")
    await expect(tab.locator(".of-message > .main > .head .title")).to_contain_text("the model refused to answer")
    await expect(tab.locator(".of-session_end .title")).to_contain_text("failed: api error")
    await expect(tab.locator("#tokens")).to_have_text("28.9k tokens")
    await expect(tab.locator("#todo")).to_have_text("to do 1/3 done: Ask for the colour")
    await tab.locator(".of-todo .head").click()
    await expect(tab.locator(".of-todo .todos li")).to_have_text(
        ["☑ Look at the page", "◐ Ask for the colour", "☐ Write the style"]
    )


async def test_calls_that_never_ran_have_no_duration(runs: Runs) -> None:
    runs.write(*(line + b"\n" for line in every_type().lines))
    tab = await runs.open()
    for row in ("blocked", "bad"):
        await expect(tab.locator(f".of-tool.{row} .duration")).to_have_text("")
    await expect(tab.locator(".of-tool.good .duration")).to_have_text(["40ms", "40ms"])


async def test_the_text_of_a_message_is_drawn_once(runs: Runs) -> None:
    runs.write(*BEGINNING, piece(2, "It "), piece(3, "works."), message(4, "It works."))
    tab = await runs.open()
    await expect(tab.locator(".prose")).to_have_text(["It works."])
    runs.write(message(5, "Whole.", id="m2"))
    await expect(tab.locator(".prose")).to_have_text(["It works.", "Whole."])
    await expect(tab.locator(".of-message .note")).to_have_text("claude-x · 9 tokens in, 4 out")


async def test_a_search_finds_a_sentence_that_came_in_pieces(runs: Runs) -> None:
    runs.write(*BEGINNING, piece(2, "a fresh pair "), piece(3, "of eyes"), message(4, "a fresh pair of eyes"))
    tab = await runs.open()
    await tab.locator('[type="search"]').fill("fresh pair of eyes")
    await expect(tab.locator(".prose mark")).to_have_text("fresh pair of eyes")


async def test_a_sentence_that_is_completed_while_it_is_searched_for_is_shown_whole(runs: Runs) -> None:
    runs.write(*BEGINNING, piece(2, "a fresh p"))
    tab = await runs.open()
    await tab.locator('[type="search"]').fill("pair of eyes")
    await expect(tab.locator(".prose")).to_have_count(0)
    runs.write(piece(3, "air of eyes"), piece(4, ", and more"))
    await expect(tab.locator(".prose")).to_have_text(["a fresh pair of eyes, and more"])


async def test_what_the_cli_wrote_is_one_line_until_it_is_opened(runs: Runs) -> None:
    text = "<system-reminder>\nBe brief.\n</system-reminder>"
    runs.write(*BEGINNING, event_at(2, "prompt", text=text, source="cli"))
    tab = await runs.open()
    await expect(tab.locator(".of-prompt .title")).to_have_text("<system-reminder> Be brief. </system-reminder>")
    await tab.locator(".of-prompt .head").click()
    await expect(tab.locator(".of-prompt .said")).to_have_text(text)


async def test_a_prompt_of_an_old_file_is_a_prompt(runs: Runs) -> None:
    runs.write(*BEGINNING, event_at(2, "info", kind="user_message", message="Do it"))
    tab = await runs.open()
    await expect(tab.locator(".of-prompt .said")).to_have_text("Do it")


async def test_a_run_that_waits_for_a_person_leads_the_list_and_says_so_everywhere(runs: Runs) -> None:
    def now(kind: str, **data: object) -> bytes:
        return encoded(1, datetime.now(UTC), OLDER, kind, 1, None, data)

    runs.write(*BEGINNING, event_at(9, "complete", outcome="success"))
    beat = {"in_flight": [{"id": "t", "name": "Bash", "elapsed_s": 1.0}], "tokens": {"input": 9000, "output": 0}}
    runs.write(
        now("run_start", host="elsewhere", heartbeat_s=600.0, about="Deploy it"),
        now("session_start", agent_type="SINGLE"),
        now("tool_use", id="t", name="Bash", input={"command": "git push"}),
        now("heartbeat", state="waiting_on_human", **beat),
        run=OLDER,
    )
    tab = await runs.open(f"#{OLDER}")
    await expect(tab.locator("#run-list .about")).to_have_text(["Deploy it", "A thing that works"])
    await expect(tab.locator("#run-list .urgent .word")).to_contain_text("waiting on human Bash")
    await expect(tab.locator("#run-count")).to_have_text("2 runs · 1 needs you")
    await expect(tab.locator("#verdict")).to_contain_text("waiting on human Bash")
    await expect(tab.locator(".of-tool .status")).to_have_text("? waiting on human")
    await expect(tab).to_have_title("? Deploy it")
    runs.write(now("heartbeat", state="in_tool", **beat), run=OLDER)
    await expect(tab.locator(".of-tool .status")).to_have_text("running")
    await expect(tab.locator("#run-list .urgent")).to_have_count(0)
    assert NAME > OLDER


async def test_a_result_after_another_session_began_belongs_to_its_call(runs: Runs) -> None:
    call = event_at(2, "tool_use", id="t", name="Bash", input={"command": "make"})
    other = event_at(3, "session_start", agent_type="SINGLE", iteration=4).replace(b'"iteration":3', b'"iteration":4')
    runs.write(*BEGINNING, call, other)
    tab = await runs.open()
    await expect(tab.locator(".of-tool .status")).to_have_text("… did not end")
    runs.write(event_at(4, "tool_result", tool_use_id="t", name="Bash", status="success", duration_ms=1, output=""))
    await expect(tab.locator(".of-tool .status")).to_have_text("✓")
    await expect(tab.locator(".of-tool")).to_have_count(1)
