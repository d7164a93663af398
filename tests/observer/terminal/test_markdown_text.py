"""Texts on a terminal, drawn as Markdown, and as they were written everywhere else: through the pretty view."""

import json
import re

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem

from observer.terminal.markdown_text import MAX_HIGHLIGHT_S, HighlightTime, MarkdownText
from observer.terminal.pretty_view import SETTLE_AFTER_S, PrettyView
from observer.terminal.screen import Screen
from tests.observer.terminal.rendering import RecordingSink, records, render
from tests.observer.terminal.test_markdown_stream import DOCUMENT

STANDARD = ColorSystem.STANDARD


def thought(text: str, parent: str | None = None, kind: str = "thought") -> str:
    return json.dumps({"type": kind, "parent": parent, "data": {"text": text, "message": "m", "block": 0}})


def prompt(text: str) -> str:
    return json.dumps({"type": "prompt", "data": {"text": text, "source": "user"}})


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(("width", "colors"), [(None, None), (80, None), (None, STANDARD)])
def test_a_pipe_and_a_screen_without_colours_get_the_text_as_it_was_written(
    width: int | None, colors: ColorSystem | None
) -> None:
    text = "# A\n\n**b** `c`\n- d\n\n| e |\n|---|"
    shown = plain(render(thought(text), prompt(text), width=width, colors=colors))
    assert shown.startswith(f"{text}\n\n")
    assert "▸ # A\n" in shown


@pytest.mark.parametrize("width", [20, 40, 60, 100, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    call = '{"type":"tool_use","data":{"id":"a","name":"Task","input":{"description":"Find tests"}}}'
    shown = plain(
        render(thought(DOCUMENT), call, thought(DOCUMENT, "a"), prompt(DOCUMENT), width=width, colors=STANDARD)
    )
    for line in shown.split("\n"):  # a word that moves to the next line is overwritten with spaces
        assert cell_len(re.sub(r"\x08+ +$", "", line)) < width


def test_the_lines_of_a_subagent_stand_behind_its_gutter() -> None:
    call = '{"type":"tool_use","data":{"id":"a","name":"Task","input":{"description":"Find"}}}'
    shown = plain(render(call, thought("- one two three four\n\n> q\n\n```\nx\n```", "a"), width=20, colors=STANDARD))
    lines = [line.rstrip() for line in shown.split("\n\n")[1].splitlines()]
    assert lines == ["│ • one two three", "│   four", "│", "│ ▎ q", "│", "│   x"]


def test_a_prompt_is_drawn_behind_its_sign_and_in_part() -> None:
    text = "# Do\n\n" + "".join(f"- item {number}\n" for number in range(20))
    shown = plain(render(prompt(text), width=60, colors=STANDARD)).splitlines()
    assert shown[:3] == ["▸ Do", "", "  • item 0"]
    assert "  … 14 more lines" in shown[6]
    assert shown[-1] == "  • item 19"


def test_thinking_keeps_its_sign() -> None:
    assert plain(render(thought("- `a`\n- b", kind="thinking"), width=60, colors=STANDARD)) == "• ∴ a\n• b\n"


def test_what_is_held_back_is_shown_when_its_message_or_the_input_ends_or_pauses() -> None:
    for ending in ("message", "idle", "close"):
        out, now = RecordingSink(), [0.0]
        view = PrettyView(out, Screen(width=lambda: 80, colors=STANDARD), clock=lambda: now[0])  # noqa: B023 - of this one
        view.show(records(thought("| a |\n|---|\n| b |")))
        assert out.data == b""
        if ending == "message":
            view.show(records('{"type":"message","data":{"id":"m","text":""}}'))
        elif ending == "idle":
            view.idle()
            view.idle()
            assert out.data == b""
            now[0] = SETTLE_AFTER_S
            view.idle()
        else:
            view.close()
        assert plain(out.text).rstrip("\n") == "a\n─\nb"


def test_a_table_whose_model_pauses_within_it_is_drawn_as_one() -> None:
    out, now = RecordingSink(), [0.0]
    view = PrettyView(out, Screen(width=lambda: 80, colors=STANDARD), clock=lambda: now[0])
    for piece in ("| a ", "| b |\n", "|---|---|\n", "| 1 | 2 |\n"):
        view.show(records(thought(piece)))
        for _ in range(3):
            now[0] += SETTLE_AFTER_S / 4
            view.idle()
        assert out.data == b""
    view.show(records(thought("\nafter")))
    view.close()
    assert plain(out.text) == "a │ b\n──┼──\n1 │ 2\n\nafter\n"


def test_nothing_in_a_text_acts_on_the_terminal() -> None:
    text = "a\x1b[2J `b\x1b]0;t\x07` &#27;[31m &#x202e;c [d](https://a.org/\x9b31m)\n\n```\n\x1b[1me\n```\n\n"
    shown = plain(render(thought(text + "| \x07 |\n|---|\n"), width=80, colors=STANDARD))
    assert shown.replace("\n", "").isprintable()
    assert shown.startswith(r"a\x1b[2J b\x1b]0;t\x07 \x1b[31m \u202ec d (https://a.org/\x9b31m)")


def test_a_word_that_moves_to_the_next_line_keeps_its_looks() -> None:
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: 12, colors=STANDARD))
    for piece in ("word wor ", "`co`", "x", "yz ", "end"):
        view.show(records(thought(piece)))
    view.close()
    assert "\n\x1b[36mco\x1b[0mxyz end" in re.sub("\x1b\\[0m\x1b\\[36m", "", out.text).replace("\b", "")


def test_colours_of_code_take_a_share_of_the_time() -> None:
    now = 0.0
    limit = HighlightTime(lambda: now)

    def late_after(seconds: float) -> bool:
        nonlocal now
        late = list[bool]()

        def rows(is_late: object) -> list[object]:
            nonlocal now
            now += MAX_HIGHLIGHT_S  # the text is parsed
            is_late()  # type: ignore[operator]
            now += seconds
            late.append(is_late())  # type: ignore[operator]
            now += MAX_HIGHLIGHT_S  # the rows are made
            return []

        limit.rows(rows)  # type: ignore[arg-type]
        return late[0]

    assert not late_after(MAX_HIGHLIGHT_S / 2)
    assert late_after(MAX_HIGHLIGHT_S * 2)
    assert late_after(MAX_HIGHLIGHT_S / 2)
    now += 10.0
    assert not late_after(MAX_HIGHLIGHT_S / 2)


@pytest.mark.parametrize("width", [20, 60, 120])
def test_a_line_that_needs_no_other_is_drawn_as_one_that_may(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    call = '{"type":"tool_use","data":{"id":"a","name":"Task","input":{"description":"Find tests"}}}'
    lines = (thought(DOCUMENT), call, thought(f"{DOCUMENT}\n\n> a │ b\n>\n> c\n\n日本", "a"))
    shown = render(*lines, width=width, colors=STANDARD)
    monkeypatch.setattr(MarkdownText, "_short_line", lambda *_: None)
    assert render(*lines, width=width, colors=STANDARD) == shown


def test_signs_that_a_screen_does_not_have_are_escaped_in_short_lines_too() -> None:
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: 60, colors=STANDARD, unicode=False))
    view.show(records(thought("a │ b ✓\n\n| c │ | d |\n|---|---|\n| ● | e |\n\nf")))
    view.close()
    assert out.data.isascii()
    assert "a \\u2502 b" in plain(out.text)
