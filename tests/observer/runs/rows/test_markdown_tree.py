"""Markdown as blocks."""

from itertools import pairwise

import msgspec
import pytest

from observer.runs.rows.markdown_tree import MAX_CHARS, markdown_blocks, texts_of

TARGET = [" (http://a)", "target"]


def blocks(text: str) -> list[object]:
    made: list[object] = msgspec.to_builtins(markdown_blocks(text))
    return made


def spans(text: str) -> object:
    (block,) = blocks(text)
    assert isinstance(block, dict)
    return [list(span) if isinstance(span, tuple) else span for span in block["spans"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a *b **c*** `d`", ["a ", ["b ", "emphasis"], ["c", "emphasis strong"], " ", ["d", "code"]]),
        ("~~e~~", [["e", "strike"]]),
        ("[**x** y](http://a)", [["x", "strong link", "http://a"], [" y", "link", "http://a"], TARGET]),
        ("<https://a.b>", [["https://a.b", "link", "https://a.b"]]),
        ("<me@a.b>", [["me@a.b", "link", "mailto:me@a.b"]]),
        ("[](http://a)", [["http://a", "link", "http://a"]]),
        ("one\ntwo", ["one\ntwo"]),
        ("<b>x</b>", ["<b>x</b>"]),
        ("![cat](cat.png)", ["cat", [" (cat.png)", "target"]]),
    ],
)  # fmt: skip
def test_words_look_as_their_signs_say(text: str, expected: object) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "file:///etc/passwd", "/x", "//x"]
)
def test_a_link_elsewhere_than_to_the_web_or_to_mail_is_text(target: str) -> None:
    assert not any("link" in span[1] for span in spans(f"[x]({target})") if isinstance(span, list))  # type: ignore[attr-defined]


def test_lists_are_nested_numbered_and_have_tasks() -> None:
    assert blocks("3. a\n   - [x] b\n\n     c\n   - [ ] d\n4. e") == [
        {
            "block": "list",
            "start": 3,
            "items": [
                {
                    "blocks": [
                        {"block": "paragraph", "spans": ["a"]},
                        {
                            "block": "list",
                            "items": [
                                {
                                    "blocks": [
                                        {"block": "paragraph", "spans": ["b"]},
                                        {"block": "paragraph", "spans": ["c"]},
                                    ],
                                    "checked": True,
                                },
                                {"blocks": [{"block": "paragraph", "spans": ["d"]}], "checked": False},
                            ],
                        },
                    ]
                },
                {"blocks": [{"block": "paragraph", "spans": ["e"]}]},
            ],
        }
    ]


def test_a_table_has_its_columns_and_cells_with_looks() -> None:
    assert blocks("| a | b |\n|:-:|--:|\n| 1 | `2` |\n| 3 |") == [
        {
            "block": "table",
            "align": ["center", "right"],
            "head": [["a"], ["b"]],
            "rows": [[["1"], [("2", "code")]], [["3"], []]],
        }
    ]


def test_headings_quotes_rules_and_code_are_blocks() -> None:
    assert blocks("## H\n> q\n\n---\n\n~~~sh -x\nls\n~~~\n\n    indented") == [
        {"block": "heading", "level": 2, "spans": ["H"]},
        {"block": "quote", "blocks": [{"block": "paragraph", "spans": ["q"]}]},
        {"block": "rule"},
        {"block": "code", "language": "sh", "spans": ["ls"]},
        {"block": "code", "language": "", "spans": ["indented"]},
    ]


def test_an_unclosed_fence_is_code_to_the_end() -> None:
    assert blocks("```\na\nb") == [{"block": "code", "language": "", "spans": ["a\nb"]}]


def test_html_is_text_wherever_it_is() -> None:
    text = "<script>alert(1)</script>\n\na <img src=x onerror=y> b\n\n<p>x"
    assert list(texts_of(markdown_blocks(text))) == text.split("\n\n")


@pytest.mark.parametrize("start", [">", "- ", "> - ", "1. "])
def test_nesting_without_end_is_bounded_and_loses_no_text(start: str) -> None:
    made = markdown_blocks(start * 3000 + "deep")
    assert "deep" in "".join(texts_of(made))
    assert len(msgspec.json.encode(made)) < 5000


def test_a_very_long_text_is_kept_to_its_end() -> None:
    made = list(texts_of(markdown_blocks("word " * (MAX_CHARS // 5) + "the end")))
    assert made[-1].endswith("the end")


def test_a_lone_surrogate_is_shown_as_its_escape() -> None:
    assert spans("a\ud800b") == ["a\\ud800b"]


def test_plain_text_is_the_same_in_any_split_of_its_words() -> None:
    words = ["one", "two", "three"]
    for first, second in pairwise(words):
        assert spans(f"{first} {second}") == [f"{first} {second}"]
