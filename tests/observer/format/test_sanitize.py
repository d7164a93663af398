"""Nothing in a run reaches the terminal as a command."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format.sanitize import clean_line, clean_paragraph, is_clean

any_text = st.text(st.characters())
nasty = "\x1b\x07\r\x00\x7f\x9b\x9d\u202a\u202e\u2066\u2069\u200e\u200f\u061c\u2028\u2029\u200b\ufeff\ud800\U000e0041"


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred",
        "\x1b]8;;http://evil\x1b\\link",
        "\x1b]52;c;AAAA\x07",
        "\x9b31m",
        "over\rwrite",
        "\u202eabc",
        "a\u2066b",
    ],
)
def test_what_a_terminal_would_execute_is_visible_and_inert(text: str) -> None:
    for clean in (clean_line, clean_paragraph):
        assert not any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in clean(text))
        assert "\\" in clean(text)


@given(st.text(st.characters() | st.sampled_from(nasty)))
def test_no_control_character_survives_in_any_text(text: str) -> None:
    assert not set(clean_line(text)) & set(nasty + "\n\t")
    assert not set(clean_paragraph(text)) & set(nasty + "\t")


@given(any_text)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)


@pytest.mark.parametrize(
    "text", ["plain", "Grüße, 日本語", "👩\u200d💻 ❤️", "\u0645\u06cc\u200c\u062e", "a\u00a0b\u3000c", "[/bold]"]
)
def test_words_and_emoji_of_any_language_are_unchanged(text: str) -> None:
    assert clean_line(text) == text


def test_a_joiner_that_only_hides_is_shown() -> None:
    assert clean_line("pass\u200dword") == "pass\\u200dword"


@pytest.mark.parametrize("sign", "\u034f\u115f\u17b4\u3164\uffa0\U0001bca0\U0001bca3\U0001d173\U0001d17a\U000e0100")
def test_an_invisible_character_is_escaped_even_if_python_calls_it_printable(sign: str) -> None:
    escaped = sign.encode("unicode_escape").decode()
    for text in (f"pass{sign}word", f"{sign}\nword", f"日{sign}本"):
        assert clean_paragraph(text) == text.replace(sign, escaped)
        assert clean_line(text) == text.replace(sign, escaped).replace("\n", "\\n")


@given(st.text(st.characters() | st.sampled_from(nasty)), st.text(st.characters(codec="ascii")))
def test_a_line_is_sanitized_regardless_of_what_precedes_it(sign: str, text: str) -> None:
    assert clean_line(f"{sign} {text}") == clean_line(f"{sign} ") + clean_line(text)


def test_a_paragraph_keeps_its_lines() -> None:
    assert clean_paragraph("a\r\n\tb\nc") == "a\n    b\nc"


def test_a_character_is_escaped_whatever_stands_beside_it() -> None:
    for code in range(0x3000):
        character = chr(code)
        beside_latin, beside_others = clean_line(f"é é{character}e"), clean_line(f"日 日{character}e")
        assert beside_latin.removeprefix("é é") == beside_others.removeprefix("日 日")
        first = clean_line(f"{character} a")
        assert first == clean_line(f"日 {character} a").removeprefix("日 ")


def test_lines_are_clean_only_if_none_of_their_characters_is_escaped() -> None:
    clean = [chr(code) for code in range(0x110000) if is_clean(f"a{chr(code)}b")]
    assert len(clean) > 40_000
    assert [char for char in clean if clean_line(f"a{char}b") != f"a{char}b"] == ["\n"]
    assert not is_clean("a\x1b[31m\nb")
