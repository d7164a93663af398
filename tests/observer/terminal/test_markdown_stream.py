"""Markdown that streams: each row as soon as what follows cannot change it, and nothing twice.

This tests `observer.terminal.markdown_settled`, too.
"""

import re
from collections import Counter
from random import Random

import pytest

from observer.runs.rows.markdown_tree import MAX_CHARS
from observer.terminal.markdown_rows import markdown_rows
from observer.terminal.markdown_settled import MAX_UNDECIDED, next_boundary
from observer.terminal.markdown_stream import MAX_PARSED, MarkdownStream, NewRows
from observer.terminal.row import Row
from observer.terminal.theme import UNICODE

DOCUMENT = '''\
# Title **x**

Para with `code` and [link](https://a.org) and *em*
second line with **bold
over lines** and snake_case, 2 * 3, a < b & c.

Steps:
- a
  - [ ] task
  - [x] done
    ```py
    def f():

        return 1
    ```
- b

1. one
2. two

## H
text
```python
def f():
    """doc

    more"""
    return "|"
```
after
> quote
> - q

| Name | Value | Size |
|---|---:|---|
| foo bar baz | 24 s | `10 MB` |
| x | 1 | 2 |

---
end *of
'''


def render(text: str) -> list[Row]:
    return markdown_rows(text, 60, UNICODE, lambda: False)


def line(row: Row) -> str:
    return "".join(text for _, text in (*(row.lead or row.prefix), *row.spans))


class Printed:
    """What a stream has shown so far."""

    def __init__(self) -> None:
        self._stream = MarkdownStream(render)
        self.lines: list[str] = []

    def feed(self, *pieces: str) -> list[str]:
        for piece in pieces:
            self._take(self._stream.feed(piece))
        return self.lines

    def finish(self) -> list[str]:
        self._take(self._stream.finish())
        return self.lines

    def _take(self, new: NewRows) -> None:
        if new.continued:
            self.lines[-1:] = ["".join([*self.lines[-1:], *(text for _, text in new.continued)])]
        self.lines += map(line, new.rows)


def streamed(text: str, longest: int, random: Random) -> list[str]:
    printed, at = Printed(), 0
    while at < len(text):
        size = random.randint(1, longest)
        printed.feed(text[at : at + size])
        at += size
    return printed.finish()


@pytest.mark.parametrize("longest", [1, 5, 40, 4000])
def test_the_rows_are_those_of_the_whole_text_in_whatever_pieces_it_arrives(longest: int) -> None:
    assert streamed(DOCUMENT, longest, Random(longest)) == list(map(line, render(DOCUMENT)))


PARTS = (
    "# H{}\n", "para {} ", "*w{}*", "**w{}", "`c{}", "`", "\n", "\n\n", "- i{}\n", "  - n{}\n", "1. o{}\n", "> q{}\n",
    "```py\n", "```\n", "x{} = 1\n", "| a{} | b{} |\n", "|---|---|\n", "---\n", "[l{}](http://a.org)", "[l{}]", "<b{}>",
    "&amp;", "\\*", "|", "    k{}\n", "===\n", "~~~\n", "~~", "_", "!", "***", "word{}",
)  # fmt: skip


@pytest.mark.parametrize("longest", [1, 9])
def test_no_word_is_lost_and_none_is_shown_twice_whatever_the_text_is(longest: int) -> None:
    differing = 0
    for seed in range(300):
        random = Random(seed)
        text = "".join(random.choice(PARTS).format(*[100 + index] * 2) for index in range(random.randint(1, 25)))
        shown, whole = streamed(text, longest, random), list(map(line, render(text)))
        differing += shown != whole
        words = [Counter(re.findall(r"[a-zH]\d{3}", part)) for part in (" ".join(shown), " ".join(whole), text)]
        assert words[0] >= words[1], text
        assert words[0] <= words[2], text
    assert differing < 30


def test_words_are_shown_before_their_line_ends() -> None:
    printed = Printed()
    assert printed.feed("I re") == ["I re"]
    assert printed.feed("ad the fi") == ["I read the fi"]
    assert printed.feed("le.\n") == ["I read the file."]


@pytest.mark.parametrize(
    ("pieces", "before", "after"),
    [
        (("a **bo", "ld** b"), "a", "a bold b"),
        (("a `co", "de` b"), "a", "a code b"),
        (("a [li", "nk](https://a.org) b"), "a", "a link (https://a.org) b"),
        (("a <https://a", ".org> b"), "a", "a https://a.org b"),
        (("a &am", "p; b"), "a", "a & b"),
        (("2 * 3 _ 4", " 5"), "2 * 3 _ 4", "2 * 3 _ 4 5"),
        (("snake_", "case x"), "snake", "snake_case x"),
        (("array[0] a", "b"), "array[0] a", "array[0] ab"),
    ],
)
def test_what_a_sign_opens_is_shown_when_it_is_closed(pieces: tuple[str, str], before: str, after: str) -> None:
    printed = Printed()
    assert printed.feed(pieces[0]) == [before]
    assert printed.feed(pieces[1]) == [after]


def test_the_sign_of_a_line_is_shown_when_it_is_known() -> None:
    printed = Printed()
    assert printed.feed("-") == []
    assert printed.feed(" [") == []
    assert printed.feed("x] do") == ["☑ do"]
    assert printed.feed("ne\n12") == ["☑ done"]
    assert printed.feed(". a") == ["☑ done", "", "12. a"]


def test_a_sign_that_nothing_closes_holds_a_text_back_for_a_while_only() -> None:
    printed = Printed()
    assert printed.feed("a **b ") == ["a"]
    assert len(printed.feed("word " * MAX_UNDECIDED)[0]) > MAX_UNDECIDED


def test_code_is_shown_line_by_line() -> None:
    printed = Printed()
    assert printed.feed("```py\nx = ") == []
    assert printed.feed("1\ny =") == ["  x = 1"]
    assert printed.feed(" 2\n``") == ["  x = 1", "  y = 2"]
    assert printed.feed("`\nDone") == ["  x = 1", "  y = 2", "", "Done"]


def test_a_long_block_of_code_stays_one() -> None:
    code = "".join(f"    line {number}\n" for number in range(MAX_PARSED // 10))
    printed = Printed()
    printed.feed("```\n", *code.splitlines(keepends=True), "```\nDone\n")
    assert printed.finish() == [*(f"  {one}" for one in code.splitlines()), "", "Done"]


def test_a_text_that_arrives_at_once_may_be_longer_than_the_parser_takes() -> None:
    count = MAX_CHARS // 10
    printed = Printed()
    printed.feed("".join(f"- item {number:05}\n" for number in range(count)))
    assert printed.finish() == [f"• item {number:05}" for number in range(count)]


def test_a_block_ends_before_the_code_that_follows_it_and_not_within() -> None:
    assert next_boundary("a\n\nb\n```\n\nc\n```\n") == len("a\n\n")
    assert next_boundary("a\n```\n\nc\n```\n") == len("a\n")
    assert next_boundary("- ```\n\n  c\n  ```\n") == 0


def test_a_table_is_shown_once_it_has_ended() -> None:
    printed = Printed()
    assert printed.feed("Look:\n\n| a | b |\n|--", "-|---|\n| 1 | long cell |\n") == ["Look:"]
    assert printed.feed("\n") == ["Look:", "", "a │ b", "──┼──────────", "1 │ long cell"]


def test_lines_with_bars_that_are_no_table_are_held_back_for_one_line() -> None:
    printed = Printed()
    assert printed.feed("run a | b\n") == []
    assert printed.feed("and more\n") == ["run a | b", "and more"]


def test_a_text_that_goes_on_after_all_of_it_was_shown_goes_on_in_its_line() -> None:
    printed = Printed()
    printed.feed("a **bo")
    assert printed.finish() == ["a **bo"]
    assert printed.feed("ld") == ["a **bold"]
    assert printed.feed("\n\nnext\n") == ["a **bold", "", "next"]
    printed.finish()
    assert printed.feed("\nlast ") == ["a **bold", "", "next", "", "last"]
