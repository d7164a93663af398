"""Where clues are found, and that every rule can be found.

Tests agent.runlog.redaction.clues, agent.runlog.redaction.beginnings, agent.runlog.redaction.expressions and
agent.runlog.redaction.find_functions.
"""

import re

import pytest
import re2

from agent.runlog.redaction.beginnings import fixed_beginnings
from agent.runlog.redaction.clues import ClueFinder, ListRule, Place, Rule
from agent.runlog.redaction.expressions import compile_expression
from agent.runlog.redaction.find_functions import token_clue
from agent.runlog.redaction.secret_rules import RULES


@pytest.mark.parametrize(
    ("source", "beginnings"),
    [
        ("gh[ps]_[A-Za-z0-9]{20,}", {"ghp_", "ghs_"}),
        (r"SG\.[\w-]{16,}", {"sg."}),
        ("(?i:Pass|pw)[=:]", {"pass=", "pass:", "pw=", "pw:"}),
        ("colou?r=", {"color=", "colour"}),
        ("key[ ]+x", {"key "}),
        (r"(?:(?<!\w)|(?<=\\n))eyJ", {"eyj"}),
        (r"a{3}b", {"aaab"}),
        (r"net(?:rc)?", {"net"}),
        (r"key\d", {f"key{digit}" for digit in range(10)}),
        (r"\btoken(?!s)_", {"token_"}),
        ("Ä=x", {"Ä=x"}),
    ],
)
def test_the_beginnings_of_an_expression_are_spelled_out_in_lower_case(source: str, beginnings: set[str]) -> None:
    assert fixed_beginnings(source) == beginnings


@pytest.mark.parametrize("source", [r"\d{8}:A", ".abc", "[^a]bc", "x?y?z", "a|bcd", r"\w+secret", "[0-9a-f]{32}"])
def test_an_expression_that_begins_with_too_little_has_no_beginnings(source: str) -> None:
    assert fixed_beginnings(source) == frozenset()


def test_whatever_a_clue_matches_begins_with_one_of_its_beginnings() -> None:
    for rule in RULES:
        for clue in rule.clues:
            if not (beginnings := fixed_beginnings(clue)):
                compile_expression(clue)  # RE2 looks for it, in the syntax of which it has to be
                continue
            either = re.compile("|".join(map(re.escape, beginnings)), re.IGNORECASE | re.ASCII)
            assert re.match(f"(?!{either.pattern})(?:{clue})", "", re.IGNORECASE) is None
            assert max(map(len, beginnings)) <= 6


def test_places_are_those_of_all_clues_in_order_whatever_they_begin_with() -> None:
    rules = (
        Rule("floating", (r"\d{4}-x",), lambda _text, start: (start, start + 6)),
        Rule("begun", ("token=", "tok"), lambda _text, start: (start, start + 6)),
        ListRule("followed", ("(?i:key)",), lambda _text, _start: iter(())),
        Rule("named", ("(?i:name)",), lambda _text, _start: None, then="[ ]*=[^=]"),
    )
    finder = ClueFinder(rules, others=("other[0-9]",))
    assert finder.places(b"TOKEN= tok 1234-x KEY name == NAME =1") == [
        Place(7, 1), Place(11, 0), Place(18, 2), Place(30, 3),
    ]  # fmt: skip
    assert finder.places(b"other1") == []
    assert [finder.has_place(data) for data in (b"other1", b"token", b"0123-x", b"name == 1", b"")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_the_clue_of_a_token_reads_a_bounded_text() -> None:
    clue = re.compile(token_clue(r"eyJ[\w-]{8,}\.[\w-]{20,}(?:\.x+)?"))
    match = clue.match("eyJ" + "a" * 8 + "." + "b" * 1000)
    assert match
    assert len(match[0]) == 3 + 8 + 1 + 20
    assert not clue.match("eyJ" + "a" * 5000 + "." + "b" * 1000)


def test_an_expression_that_is_none_is_refused() -> None:
    with pytest.raises(re2.error, match="missing"):
        compile_expression("(")
