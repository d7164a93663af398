"""An expression for JSON finds what the expression that it was made from finds in the texts."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format.json import encode
from observer.runs.filters.expressions import compile_expression
from observer.runs.filters.json_expression import json_expression, line_expression
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


FREE_PARTS = [
    "^", "$", r"\B", r"\b", r"\b{2}", r"\D", r"\W", r"\S", "[^a]", "[ -~]", '["n]', '"', r"\"", r"\\", r"\n", r"\t"
]  # fmt: skip
"""Parts of which it is known only what they may match in JSON."""
CHARACTERS = 'aAbnu0x/ \n\t\f"\\\x01\x1f\u00fc\u212a\ud83d\U0001f600'


def written(text: str) -> Iterator[bytes]:
    """Yield lines with a text, as different programs write it."""
    for ascii_only in (True, False):
        line = json.dumps({"0": 5, "key": [text]}, ensure_ascii=ascii_only)
        yield line.encode("utf-8", "surrogatepass")
        yield line.replace("/", "\\/").encode("utf-8", "surrogatepass")


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


@pytest.mark.parametrize("ignore_case", [True, False])
def test_a_line_of_any_writer_has_a_match_where_a_text_has_one(ignore_case: bool) -> None:
    texts = [f"0{one}{other}0" for one in CHARACTERS for other in ["", *CHARACTERS]]
    lines = {text: [*written(text)] for text in texts}
    for part in PARTS + FREE_PARTS:
        for pattern in (f"0{part}0", f"0(?:{part}){{2}}0", f"0.{part}|x"):
            source = line_expression(pattern)
            assert source is not None
            compiled, searched = (
                compile_expression(source, ignore_case=ignore_case),
                Pattern(pattern, ignore_case=ignore_case),
            )
            for text in filter(searched.search, texts):
                assert all(map(compiled.search, lines[text])), (pattern, text)


@pytest.mark.parametrize("part", PARTS + FREE_PARTS)
def test_no_match_is_on_two_lines(part: str) -> None:
    source = line_expression(part)
    assert source is not None
    assert all(
        b"\n" not in b"x\n \n"[match.start() : match.end()] for match in compile_expression(source).finditer(b"x\n \n")
    )


def test_a_line_without_a_match_is_told_by_its_bytes() -> None:
    source = line_expression(r"\b[0-9]{3}-[^x]$")
    assert source is not None
    assert compile_expression(source).search(b'{"a":"12-3","b":"123"}\n') is None
    assert compile_expression(source).search(b'{"a":"123-\\n"}\n') is not None


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
