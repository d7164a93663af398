"""Regular expressions: as Python's where people rely on it, in linear time, and refused with a clear message.

Also `observer.runs.filters.expressions`.
"""

import pytest

from observer.runs.filters.pattern import Pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("milk", "no milk today", True),
        ("MILK", "no milk today", False),
        ("(?i)MILK", "no milk today", True),
        (r"^\d+ (apples|pears)$", "12 pears", True),
        ("^$", "", True),
        ("grüße.🌍", "grüße 🌍", True),
        ("^.$", "é", True),
        ("done$", "done\n", True),
        ("[^\n]$", "done\n", True),
        ("done$", "done\n\n", False),
        (r"done\n$", "done\n", True),
    ],
)
def test_a_pattern_matches_as_in_python(pattern: str, text: str, *, matches: bool) -> None:
    assert Pattern(pattern).search(text) is matches


@pytest.mark.parametrize("pattern", ["a.b", "\udc00", "[^x]"])
def test_a_lone_surrogate_is_a_character_like_any_other(pattern: str) -> None:
    assert Pattern(pattern).search("a\udc00b")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", "back-references are not supported"),
        (r"(?P<x>a)(?P=x)", "back-references are not supported"),
        ("a(?=b)", "look-around is not supported"),
        ("a(?!b)", "look-around is not supported"),
        ("(?<=a)b", "look-around is not supported"),
        ("(?<!a)b", "look-around is not supported"),
        ("(", "missing )"),
        ("*", "no argument for repetition operator"),
        ("a{1001}", "invalid repetition size"),
        (r"\pL{1000}", "pattern too large"),
    ],
)
def test_an_invalid_or_unsupported_pattern_is_rejected_with_the_reason(
    pattern: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=r"regular expression|not supported") as refusal:
        Pattern(pattern)
    assert reason in str(refusal.value)
    assert repr(pattern) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert capfd.readouterr().err == ""  # RE2 logs its errors unless told not to


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){20}$"])
def test_a_pattern_with_catastrophic_backtracking_is_matched_at_once(pattern: str) -> None:
    assert not Pattern(pattern).search("a" * 100_000 + "!")


def test_a_pattern_that_is_too_large_for_lines_of_json_matches_all_the_same() -> None:
    pattern = Pattern(r"(?:\s[^a].){600}" * 16)
    assert not pattern.has_prefilter
    assert pattern.search(" bc" * 9600)
