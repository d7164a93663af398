"""The blocks of rows in the page of `observe serve`: Markdown, code, colours, JSON, diffs, images; folds and copies."""

import re

from tests.helpers import event_at
from tests.observer.web.page_runs import BEGINNING, NAME, Runs, expect, own_context, pages

pytestmark = pages

TEXT = """# Plan

See **this** `code` and [the docs](https://example.org/a), not [that](javascript:window.pwned=1).

3. first
   - [x] done

> quoted

| a | b |
|---|--:|
| 1 | 2 |

```python
x = 1  # one
```
<img src=x onerror=window.pwned=1>"""
DOT = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x02\0\0\0\x90wS\xde"
    b"\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\1\1\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
)


def pieces(message: str = "m1", block: int = 0, text: str = TEXT, kind: str = "thought") -> list[bytes]:
    parts = [text[index : index + 40] for index in range(0, len(text), 40)]
    return [event_at(2, kind, text=part, message=message, block=block) for part in parts]


def result(output: str, *, name: str = "Bash", status: str = "success", **more: object) -> list[bytes]:
    call = event_at(3, "tool_use", id="t", name=name, input={"command": "make && echo 'x'"})
    return [call, event_at(4, "tool_result", tool_use_id="t", name=name, status=status, output=output, **more)]


async def test_a_text_is_redrawn_from_its_tree_when_it_is_complete(runs: Runs) -> None:
    runs.write(*BEGINNING, *pieces())
    tab = await runs.open()
    prose = tab.locator(".of-thought .prose")
    await expect(prose).to_contain_text("See **this** `code`")
    runs.write(event_at(3, "message", id="m1", text=TEXT))
    await expect(prose.get_by_role("heading")).to_have_text("Plan")
    await expect(prose.locator("b")).to_have_text("this")
    await expect(prose.get_by_role("link")).to_have_attribute("href", "https://example.org/a")
    await expect(prose).to_contain_text("the docs (https://example.org/a), not that (javascript:window.pwned=1).")
    await expect(prose.locator("ol")).to_have_attribute("start", "3")
    await expect(prose.locator("li.task input")).to_be_checked()
    await expect(prose.locator("blockquote")).to_have_text("quoted")
    await expect(prose.locator("td")).to_have_text(["1", "2"])
    await expect(prose.locator("pre .look-number")).to_have_text("1")
    await expect(prose).to_contain_text("<img src=x onerror=window.pwned=1>")
    assert await tab.evaluate("window.pwned") is None
    assert await tab.locator("#log img").count() == 0


async def test_the_texts_of_a_message_with_several_are_joined_by_the_server(runs: Runs) -> None:
    runs.write(*BEGINNING, *pieces(text="It is **one**."), *pieces(block=1, text="It is **two**."))
    runs.write(event_at(3, "message", id="m1", text="It is **one**.\n\nIt is **two**."))
    tab = await runs.open()
    await expect(tab.locator(".of-thought .prose b")).to_have_text(["one", "two"])


async def test_thinking_has_its_tree_once_it_is_opened(runs: Runs) -> None:
    runs.write(*BEGINNING, *pieces(kind="thinking", text="I **think** so."), event_at(3, "message", id="m1", text=""))
    tab = await runs.open()
    await tab.locator(".of-thinking .head").click()
    await expect(tab.locator(".of-thinking .prose b")).to_have_text("think")


async def test_colours_and_tabs_of_an_output_are_kept_and_nothing_of_it_acts(runs: Runs) -> None:
    runs.write(*BEGINNING, *result("\x1b[32mok\x1b[0m\t1 \x1b[1;31mFAIL\x1b[0m \u202e<b>x</b>"))
    tab = await runs.open()
    output = tab.locator(".of-tool pre.output")
    await expect(output.locator(".look-green")).to_have_text("ok")
    await expect(output.locator(".look-red.look-strong")).to_have_text("FAIL")
    assert await output.evaluate("(pre) => pre.textContent") == "ok\t1 FAIL \\u202e<b>x</b>"


async def test_a_long_output_is_loaded_when_its_row_is_opened(runs: Runs) -> None:
    runs.write(*BEGINNING, *result("\n".join(f"line {number}" for number in range(900))))
    tab = await runs.open()
    card = tab.locator(".of-tool")
    await expect(card.get_by_role("button", name="more lines")).to_have_text("… 894 more lines, 8.0 kB in total")
    await card.get_by_role("button", name="more lines").click()
    await expect(card.locator("pre.output")).to_contain_text("line 899")
    await expect(card.locator(".field .look-string")).to_have_text("'x'")
    await card.locator(".head").click()
    await expect(card.locator("pre.output")).not_to_contain_text("line 899")


async def test_a_hit_in_what_is_folded_is_shown_and_marked(runs: Runs) -> None:
    runs.write(*BEGINNING, *result("\n".join(f"line {number}." for number in range(900))))
    tab = await runs.open()
    await tab.get_by_label("Search the events").fill("line 777.")
    await expect(tab.locator(".of-tool mark")).to_have_text("line 777.")


async def test_json_is_a_tree_that_folds(runs: Runs) -> None:
    runs.write(*BEGINNING, *result('{"list": [1, 2.50], "deep": {"a": "b"}}'))
    tab = await runs.open()
    tree = tab.locator(".of-tool .json")
    await expect(tree.get_by_text("2.50")).to_be_visible()
    await tree.locator("summary", has_text="list").click()
    await expect(tree.get_by_text("2.50")).to_be_hidden()


async def test_a_diff_marks_only_what_changes(runs: Runs) -> None:
    change = {"file_path": "/a", "old_string": "x = 1\nsame\ny = 2", "new_string": "x = 3\nsame\ny = 4"}
    runs.write(*BEGINNING, event_at(2, "tool_use", id="t", name="Edit", input=change))
    tab = await runs.open()
    diff = tab.locator(".of-tool .diff")
    await expect(diff.locator(".removed code")).to_have_text(["x = 1", "y = 2"])
    await expect(diff.locator(".added code")).to_have_text(["x = 3", "y = 4"])
    await expect(diff.locator(".same code")).to_have_text(["same"])
    await expect(tab.locator(".of-tool .remark")).to_have_text("+2 \u22122")


async def test_an_image_of_a_result_is_shown(runs: Runs) -> None:
    (runs.directory / NAME).mkdir()
    (runs.directory / NAME / "t-image.png").write_bytes(DOT)
    image = {"media_type": "image/png", "bytes": len(DOT), "file": f"{NAME}/t-image.png"}
    runs.write(*BEGINNING, *result("", images=[image]))
    tab = await runs.open()
    shown = tab.locator(".of-tool img")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1


@own_context
async def test_an_output_and_code_are_copied_by_a_button(runs: Runs) -> None:
    await runs.browser.context.grant_permissions(["clipboard-read", "clipboard-write"])
    runs.write(*BEGINNING, *result("one\n\ttwo"))
    tab = await runs.open()
    card = tab.locator(".of-tool")
    await card.hover()
    await card.get_by_role("button", name="Copy output").click()
    await expect(tab.locator("#banner")).to_contain_text("Copied")
    assert await tab.evaluate("navigator.clipboard.readText()") == "one\n\ttwo"
    await card.locator(".head").click()
    await card.get_by_role("button", name="Copy code").click()
    await expect(card).to_have_class(re.compile("open"))
    assert await tab.evaluate("navigator.clipboard.readText()") == "make && echo 'x'"


async def test_a_text_that_streams_shows_headings_and_code_as_they_come_and_its_tree_at_its_end(runs: Runs) -> None:
    text = "## The *plan*\nfirst\n  second\n```\n# no heading\n<b>x</b>\n"
    runs.write(*BEGINNING, *pieces(text=text))
    tab = await runs.open()
    prose = tab.locator(".row.of-thought .prose")
    await expect(prose.get_by_role("heading", level=4)).to_have_text("The *plan*")
    await expect(prose.locator("p:not(.heading)")).to_have_text("first\n  second", use_inner_text=True)
    await expect(prose.locator("pre.code")).to_have_text("# no heading\n<b>x</b>")
    runs.write(event_at(3, "thought", text="```\nDone.", message="m1", block=0))
    runs.write(event_at(4, "message", id="m1", text=f"{text}```\nDone.", model="claude-x"))
    await expect(prose.locator("em")).to_have_text("plan")
    await expect(prose.get_by_role("heading", level=4)).to_have_text("The plan")
    await expect(tab.get_by_role("heading", level=2, name="Coding Agent, iteration 3")).to_have_count(2)
