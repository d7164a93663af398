"""Code with the looks of its language."""

import pytest

from observer.runs.rows import highlight as module
from observer.runs.rows.highlight import LANGUAGES, MAX_CHARS, highlight_blocks
from observer.runs.rows.row_types import Code, Item, List, Span

CODE = """\
# comment\n// comment\n\tif (x == 1) { return "text"; }\n\n<a href='b'>c</a>\n$ ls -l | grep 'x'
--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y
def f(self) -> int: ...\nSELECT * FROM t WHERE a = 'b';\n[section]\nkey = "value"\n\n \n"""


def highlight(code: str, language: str) -> list[Span]:
    return module.highlight(code, language, lambda: False)


def text(spans: list[Span]) -> str:
    return "".join(span if isinstance(span, str) else span[0] for span in spans)


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_keeps_every_character_in_every_language(language: str) -> None:
    assert text(highlight(CODE, language)) == CODE


@pytest.mark.parametrize("language", sorted(set(LANGUAGES)))
def test_each_language_has_looks(language: str) -> None:
    assert any(isinstance(span, tuple) for span in highlight(CODE, language))


def test_code_of_another_language_and_a_very_long_one_are_plain() -> None:
    assert highlight("x = 1", "nosuch") == ["x = 1"]
    assert highlight("x = 1\n" * MAX_CHARS, "python") == ["x = 1\n" * MAX_CHARS]
    assert highlight("", "python") == []


def test_words_look_as_what_they_are() -> None:
    assert highlight("def f(): return 'a' # b", "py") == [
        ("def", "keyword"), " ", ("f", "name"), "(): ", ("return", "keyword"), " ", ("'a'", "string"), " ",
        ("# b", "comment"),
    ]  # fmt: skip


def test_what_is_late_is_plain_and_is_not_remembered() -> None:
    code = "def late(): return 1\n" * 50
    for count in (0, 3):
        calls = iter([False] * count)
        spans = module.highlight(code, "python", lambda calls=calls: next(calls, True))  # type: ignore[misc]
        assert text(spans) == code
        assert len(spans) < 10
    assert len(highlight(code, "python")) > 100


@pytest.mark.parametrize(("start", "language"), [("a\n ", "cs"), ("\n", "c"), ("(", "make"), ("a ", "java")])
def test_code_that_would_take_minutes_ends_in_time(start: str, language: str) -> None:
    code = start * (MAX_CHARS // len(start))
    assert text(module.highlight(code, language, lambda: True)) == code


def test_code_within_a_list_is_highlighted() -> None:
    code = Code("py", ["x = 1"])
    highlight_blocks([List([Item([code])])], lambda: False)
    assert code.spans == ["x = ", ("1", "number")]
