"""Streaming word wrap, and where a line may break. Tests observer.terminal.line_breaks too."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from observer.terminal.theme import Paint, Role
from observer.terminal.wrap import PlainText, WordWrap

PAINT = Paint(None)
words = st.text(st.sampled_from("ab é日本👍\n-"), max_size=80)


def printed(text: str) -> list[str]:
    """Return the lines on a terminal, where a backspace moves the cursor."""
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
def test_the_words_do_not_depend_on_how_the_text_is_split(text: str, cuts: list[int], width: int) -> None:
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    wrap = WordWrap(PAINT, width, "", 0)
    pieces = "".join(wrap.feed(text[begin:end]) for begin, end in pairwise(edges)) + wrap.end()

    shown = "".join(printed(pieces))
    assert "".join(shown.split()) == "".join(text.split())


@given(words, st.integers(min_value=4, max_value=30))
def test_no_line_is_wider_than_the_screen(text: str, width: int) -> None:
    wrap = WordWrap(PAINT, width, "| ", 2)
    for line in (wrap.feed(text) + wrap.end()).split("\n"):
        assert cell_len(line.rstrip()) < max(width, 5)


def test_a_word_that_arrives_in_pieces_moves_to_the_next_line_as_a_whole() -> None:
    wrap = WordWrap(PAINT, 11)

    text = wrap.feed("one two th") + wrap.feed("ree") + wrap.end()

    assert printed(text) == ["one two", "three", ""]


def test_lines_in_a_pipe_are_not_wrapped() -> None:
    wrap = WordWrap(PAINT, None, "| ", 2)

    assert wrap.feed("a b " * 100 + "\nc") + wrap.end() == "| " + "a b " * 100 + "\n| c\n"


@pytest.mark.parametrize("marker", ["- ", "12. "])
def test_the_continuation_of_a_list_item_is_aligned_with_its_text(marker: str) -> None:
    wrap = WordWrap(PAINT, 20)

    text = wrap.feed(marker + "some words that need two lines") + wrap.end()

    first, *others = printed(text)
    assert first.startswith(marker)
    assert others[0].startswith(" " * len(marker))
    assert not others[0].startswith(" " * (len(marker) + 1))


@given(
    st.lists(st.text(st.sampled_from("ab é日本👍-"), max_size=30), min_size=1, max_size=5),
    st.integers(min_value=24, max_value=40),
)
def test_the_first_line_ends_with_its_tail_at_the_right_edge(texts: list[str], width: int) -> None:
    wrap = WordWrap(PAINT, width, "| ", 2, hang=2, tail=(Role.DIM, "12:00:00"))
    pieces = [wrap.feed(text) for text in texts]
    first, *others = printed("".join(pieces) + wrap.end())
    if any(texts):
        assert first.endswith("  12:00:00")
        assert cell_len(first) == width - 1
    assert not any("12:00:00" in line for line in others)
    shown = "".join([first.removesuffix("12:00:00"), *others]).replace("|", "")
    assert "".join(shown.split()) == "".join("".join(texts).split())


@pytest.mark.parametrize("pieces", [["x" * 60], ["run ", "x" * 60], ["one two thr", "ee " + "x" * 30]])
def test_the_tail_stays_at_the_edge_where_a_long_word_is_broken_or_moved(pieces: list[str]) -> None:
    wrap = WordWrap(PAINT, 30, tail=(Role.DIM, "12:00:00"))
    first, *_ = printed("".join([wrap.feed(piece) for piece in pieces]) + wrap.end())
    assert first.endswith("  12:00:00")
    assert cell_len(first) == 29


@given(st.lists(st.text(st.sampled_from("ab \n"), max_size=8), max_size=8))
def test_a_pipe_gets_the_text_as_it_is(pieces: list[str]) -> None:
    wrap, prefixed = WordWrap(PAINT, None), WordWrap(PAINT, None, "| ", 2)
    text = "".join(pieces)
    assert "".join(map(wrap.feed, pieces)) == text
    end = wrap.end()
    assert end == ("" if not text or text.endswith("\n") else "\n")
    rows = ("".join(map(prefixed.feed, pieces)) + prefixed.end()).split("\n")
    assert [row.removeprefix("|").removeprefix(" ") for row in rows] == (text + end).split("\n")


@given(st.lists(words.map(lambda text: text.strip("\n")).filter(bool)), st.sampled_from(["", "│ ", "│ │ "]))
def test_plain_text_has_the_prefixes_of_wrapped_text_without_a_width(pieces: list[str], prefix: str) -> None:
    pieces = pieces[:1] + ["\n\n" + piece for piece in pieces[1:2]] + pieces[2:]
    wrap, plain = WordWrap(PAINT, None, prefix, len(prefix)), PlainText(prefix)
    wrapped = [wrap.feed(piece) for piece in pieces]
    assert [plain.feed(piece) for piece in pieces] == wrapped
    assert not pieces or plain.end() == wrap.end()


def test_a_word_of_many_lines_fills_each_of_them() -> None:
    lines = WordWrap(lambda _role, text: text, 80).feed("x" * 300_000 + "漢" * 1_000, "text").split("\n")
    assert "".join(lines) == "x" * 300_000 + "漢" * 1_000
    assert {cell_len(line) for line in lines[:-1]} <= {78, 79}
