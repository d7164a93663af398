"""Outputs on a terminal: their own colours, tabs as spaces, and nothing else that acts on it."""

import json
import re

import pytest
from rich.color import ColorSystem

from observer.terminal.output_rows import output_lines
from observer.terminal.theme import Paint
from tests.observer.terminal.rendering import render

CALL = '{"type":"tool_use","data":{"id":"t","name":"Bash","input":{"command":"make"}}}'


def result(output: str, status: str = "success") -> str:
    return json.dumps(
        {"type": "tool_result", "data": {"tool_use_id": "t", "name": "Bash", "status": status, "output": output}}
    )


def shown(output: str, colors: ColorSystem | None = ColorSystem.STANDARD, width: int | None = 40) -> list[str]:
    return render(CALL, result(output), width=width, colors=colors).splitlines()[2:]


def test_an_output_has_its_own_colours() -> None:
    assert shown("\x1b[32mok\x1b[0m 1\n\x1b[1;31mbad\nstill\x1b[0m") == [
        "    \x1b[32mok\x1b[0m\x1b[90m 1\x1b[0m",
        "    \x1b[1;31mbad\x1b[0m",
        "    \x1b[1;31mstill\x1b[0m",
    ]


def test_a_colour_ends_where_lines_are_left_out() -> None:
    lines = shown("\x1b[31m" + "\n".join("abcdefghij"))
    assert re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines)).split() == [
        "a", "b", "c", "…", "5", "more", "lines,", "24", "B", "in", "total", "(--full)", "i", "j",
    ]  # fmt: skip
    assert "\x1b[31mc" in lines[2]
    assert "31m" not in lines[3] + lines[4]


@pytest.mark.parametrize("colors", [None, ColorSystem.STANDARD])
def test_all_other_sequences_are_visible_escapes(colors: ColorSystem | None) -> None:
    shown_text = shown(
        "a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;http://a\x1b\\d\x9b31me\x1b[31\x1bf\x1b" + "z" * 40, colors, 200
    )
    (line,) = (re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown_text)
    assert line == r"    a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;http://a\x1b\d\x9b31me\x1b[31\x1bf\x1b" + "z" * 40


@pytest.mark.parametrize(("colors", "width"), [(None, 40), (None, None), (ColorSystem.STANDARD, None)])
def test_a_pipe_and_a_screen_without_colours_show_an_output_as_it_was_written(
    colors: ColorSystem | None, width: int | None
) -> None:
    assert r"    \x1b[32mok\x1b[0m\t1" in re.sub(
        r"\x1b\[[0-9;]*m", "", "\n".join(shown("\x1b[32mok\x1b[0m\t1\nx", colors, width))
    )


def test_tabs_lead_to_the_stops_of_a_terminal_whatever_the_colours() -> None:
    (line,) = output_lines(["a\t\x1b[31mbc\x1b[0m\td\t日本\te"], "output")
    assert "".join(text for _, text in line) == "a       bc      d       日本    e"


def test_a_long_line_is_cut_at_the_edge_in_its_colours() -> None:
    line = shown("\x1b[31m" + "x" * 60 + "\x1b[32m" + "y" * 60 + "\x1b[0m\n" + "\n" * 20)[0]
    assert line == "    \x1b[31m" + "x" * 34 + "…\x1b[0m"


def test_black_and_white_are_not_those_of_the_screen_unless_the_output_sets_the_background() -> None:
    paint = Paint(ColorSystem.STANDARD)
    assert paint("plain black", "a") == "\x1b[90ma\x1b[0m"
    assert paint("plain white", "a") == "a"
    assert paint("plain black on-white", "a") == "\x1b[30;47ma\x1b[0m"
    assert paint("plain bright-red strong", "a") == "\x1b[1;31ma\x1b[0m"
