"""Text that flows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from observer.terminal.theme import Paint
from observer.terminal.wrap import WordWrap

PAINT = Paint(None)
words = st.text(st.sampled_from("ab é日本👍\n-"), max_size=80)


def printed(text: str) -> list[str]:
    """Play backspaces as a terminal does."""
    lines: list[list[str]] = [[]]
    column = 0
    for character in text:
        if character == "\n":
            lines.append([])
            column = 0
        elif character == "\b":
            column -= 1
        else:
            cells = max(1, cell_len(character))
            lines[-1][column : column + cells] = [character] + [""] * (cells - 1)
            column += cells
    return ["".join(line).rstrip(" ") for line in lines]


@given(words, st.lists(st.integers(min_value=0), max_size=12), st.integers(min_value=1, max_value=30))
def test_a_screen_shows_the_same_words_however_they_arrive(text: str, cuts: list[int], width: int) -> None:
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    flow = WordWrap(PAINT, width, "", 0)
    pieces = "".join(flow.feed(text[begin:end]) for begin, end in pairwise(edges)) + flow.end()

    shown = "".join(printed(pieces))
    assert "".join(shown.split()) == "".join(text.split())


@given(words, st.integers(min_value=4, max_value=30))
def test_no_line_is_wider_than_the_screen(text: str, width: int) -> None:
    flow = WordWrap(PAINT, width, "| ", 2)
    for line in (flow.feed(text) + flow.end()).split("\n"):
        assert cell_len(line.rstrip()) < max(width, 5)


def test_a_word_that_arrives_in_pieces_moves_to_the_next_line_as_one() -> None:
    flow = WordWrap(PAINT, 11)

    text = flow.feed("one two th") + flow.feed("ree") + flow.end()

    assert printed(text) == ["one two", "three", ""]


def test_a_pipe_gets_lines_of_any_length() -> None:
    flow = WordWrap(PAINT, None, "| ", 2)

    assert flow.feed("a b " * 100 + "\nc") + flow.end() == "| " + "a b " * 100 + "\n| c\n"


@pytest.mark.parametrize("marker", ["- ", "12. "])
def test_a_list_item_goes_on_below_its_text(marker: str) -> None:
    flow = WordWrap(PAINT, 20)

    text = flow.feed(marker + "some words that need two lines") + flow.end()

    first, *others = printed(text)
    assert first.startswith(marker)
    assert others[0].startswith(" " * len(marker))
    assert not others[0].startswith(" " * (len(marker) + 1))
