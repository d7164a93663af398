"""The colours of a terminal as looks."""

import pytest

from observer.runs.rows.ansi import ansi_spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ttab", ["plain\ttab"]),
        ("\x1b[32mok\x1b[0m no", [("ok", "green"), " no"]),
        ("\x1b[1;91;44mx", [("x", "bright-red on-blue strong")]),
        ("\x1b[38;5;196mx\x1b[39my", [("x", "red"), "y"]),
        ("\x1b[48;2;0;0;255mx", [("x", "on-blue")]),
        ("\x1b[31ma\nb\x1b[0m\nc", [("a", "red"), "\n", ("b", "red"), "\nc"]),
        ("\x1b[7mx", [("x", "black on-white")]),
        ("\x1b[2K\x1b[1Ax", ["x"]),
        ("\x1b]0;title\x07x \x1b]8;;http://a\x1b\\l\x1b]8;;\x1b\\", ["x l"]),
        ("1%\r50%\r\x1b[32mdone", [("done", "green")]),
        ("\x1b]never ends", ["\\x1b]never ends"]),
        ("", []),
    ],
)
def test_a_sequence_becomes_a_look_or_nothing(text: str, expected: object) -> None:
    assert ansi_spans(text) == expected


@pytest.mark.parametrize("hidden", ["\x1b[8m", "\x1b[30;40m", "\x1b[31;41m"])
def test_no_look_hides_text(hidden: str) -> None:
    assert ansi_spans(f"{hidden}secret") == ["secret"]


def test_many_sequences_without_an_end_take_no_time() -> None:
    assert ansi_spans("\x1b]" * 200_000)[0].startswith("\\x1b]")  # type: ignore[union-attr]
