"""What every match of a regular expression contains; `observer.runs.filters.pattern` skips lines without it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.runs.filters.literals import required_literals
from observer.runs.filters.pattern import Pattern


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("foo", ["foo"]), (r"(?i)foo\.bar", ["foo.bar"]), ("push|pull", ["push", "pull"]), ("x?abc", ["abc"]),
        ("ab{2}cd", ["abbcd"]), ("a+bc", ["bc"]), ("[a|b]cde|xyz", ["cde", "xyz"]), (r"src/main\.py", ["main.py"]),
        ("a|b", []), ("foo|", []), ("", []), ("[[:alpha:]]foo", []), (r"\pLfoo", []), ("foo(bar)", ["foo"]),
        ("fail(ed|ure)s", ["fail"]), ("(push|pull)", ["push", "pull"]), ("a(bcd)?ef", ["ef"]), ("(ab|c)d", []),
        ("x(ab(cd|efg))+", ["ab"]), ("(foo", []), ("foo)", []), ("(?P<n>foo)", []), ("(a|)bc", ["bc"]),
        (r"\Qa.b\E", []), ("(?s)foo", []), (r"\x{41}bc", []), ("fo\u00f6", []),
        ("[xz]{2}[0-9]", ["xx", "xz", "zx", "zz"]), ("gr[ea]y", ["grey", "gray"]), ("pytest[ab]", ["pytest"]),
        ("[ab][cd][ef]", ["ace", "acf", "ade", "adf", "bce", "bcf", "bde", "bdf"]), ("a{2,}b?", ["aa"]),
        ("a{0,3}bc", ["bc"]), ("(ab){0}c", []), ("(ab){2}c", ["ab"]), ("[^ab]cd", ["cd"]), ("[a-c]de", ["de"]),
        (f"a{{{'9' * 5000}}}bc", []),
    ],
)  # fmt: skip
def test_the_longest_literal_of_each_alternative_is_required(pattern: str, expected: list[str]) -> None:
    assert required_literals(pattern) == expected


PARTS = [
    "foo",
    "ba",
    "x",
    ".",
    ".*",
    "a?",
    "b*",
    "c+",
    "[xy]",
    "[ox]",
    r"\.",
    r"\d",
    "|",
    "-",
    " ",
    "^",
    "$",
    "{2}",
    "{1,}",
    "{0}",
    "<",
    '"',
]


@given(
    st.lists(st.sampled_from(PARTS), max_size=6), st.text('fobaxyc. <"\\\n-1\u017f\u212a', max_size=20), st.booleans()
)
def test_a_line_that_matches_is_never_skipped(parts: list[str], text: str, ignore_case: bool) -> None:
    try:
        pattern = Pattern("".join(parts), ignore_case=ignore_case)
    except ValueError:
        return
    for line in (json.dumps({"text": text}), json.dumps({"text": text}, ensure_ascii=False)):
        assert pattern.may_match(line.encode()) or not pattern.search(text)


def test_lines_without_the_literal_are_skipped_but_not_if_they_may_spell_it_with_escapes() -> None:
    pattern = Pattern("fatal: no")
    assert not pattern.may_match(b'{"text":"all is well \\u001b[0m"}')
    assert pattern.may_match(b'{"text":"\\u0066atal: no"}')
    assert pattern.search("fatal: no")
    assert Pattern("risk", ignore_case=True).may_match('{"text":"RI\u017fK"}'.encode())
    assert Pattern("(?i)risk").may_match(b'{"text":"RI\\u017fK"}')
