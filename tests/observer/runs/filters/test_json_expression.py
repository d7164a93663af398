"""An expression for JSON finds what the expression that it was made from finds in the texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format.json import encode
from observer.runs.filters.expressions import compile_expression
from observer.runs.filters.json_expression import json_expression
from observer.runs.filters.pattern import Pattern

PARTS = [
    "a",
    "n",
    "u0",
    "\u00fc",
    "/",
    ".",
    r"\s",
    r"\w",
    "[ab]",
    r"[\d/ ]",
    "(?:a|n)",
    "(ab)",
    "x*",
    "a{2}",
    "|",
    r"\b",
]


def finds(pattern: str, line: bytes) -> bool:
    """Return whether what is made of an expression matches a whole line."""
    source = json_expression(pattern)
    assert source is not None
    match = compile_expression(source, ignore_case=pattern.startswith("(?i)")).match(line)
    return match is not None and match.end() == len(line)


@given(
    st.lists(st.sampled_from(PARTS), max_size=5), st.text('aAbnu0x/ \n\t"\\\x01\x1f\u00fc', max_size=8), st.booleans()
)
def test_it_matches_in_json_exactly_where_the_text_matches(parts: list[str], text: str, ignore_case: bool) -> None:
    pattern = "(?i)" * ignore_case + "".join(parts)
    line = encode({"0": 5, "key": [text]}) + b"\n"
    if r"\b" in parts:  # an escape may end in a letter: then it does not match, though the text does
        if json_expression(pattern) is None:
            return
        assert Pattern(pattern).search(text) or not finds(pattern, line)
    else:
        assert finds(pattern, line) is Pattern(pattern).search(text)


def test_keys_and_what_is_no_string_do_not_match() -> None:
    assert not finds("needle", b'{"needle":{"a needle":[1,"x"]}}\n')
    assert not finds("1|true|,", b'{"a":[1,true,null]}\n')
    assert finds("needle", b'{"needle":"needle"}\n')


@pytest.mark.parametrize(
    "pattern", [r"\b--force", r"\b/", r"\s\b/", r"\b\b/", r"n*\b/", r"\bn*/", r"\bn{0}/", r"(?i)\bk", r"(a|)\b/"]
)
@pytest.mark.parametrize("text", ["\n--force", "\n/", "\n\u212a", " \n/"])
def test_the_letter_of_an_escape_bounds_no_word(pattern: str, text: str) -> None:
    if json_expression(pattern) is not None:
        assert Pattern(pattern).search(text) or not finds(pattern, encode({"key": text}) + b"\n")


@pytest.mark.parametrize("pattern", [r"\bneedle\b", r"\bab|cd\b", r"(\bn\b)"])
def test_words_that_begin_and_end_with_a_letter_have_bounds_in_json(pattern: str) -> None:
    assert finds(pattern, encode({"key": "\n n needle\n ab cd"}) + b"\n") is Pattern(pattern).search("n needle ab cd")


def test_it_matches_as_many_lines_as_there_are_before_one_without_a_match() -> None:
    source = json_expression("needle")
    assert source is not None
    match = compile_expression(source).match(b'{"a":"needle"}\n{"b":"needle"}\n{"c":""}\n{"d":"needle"}\n')
    assert match is not None
    assert match.end() == 30


@pytest.mark.parametrize(
    "pattern", ["^a", "a$", r"\Ba", "[^a]", "[ -~]", '"', r"\\", r"\W", "(?s)a", r"\x41", "(?P<n>a)", "a{"]
)
def test_there_is_none_for_what_may_match_otherwise_in_json(pattern: str) -> None:
    assert json_expression(pattern) is None
