"""Text, durations and sizes of commands; the usual cases are the examples in the docstrings."""

from datetime import timedelta

import pytest

from agent.cli.formats import format_duration, parse_duration, printable


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("90m", 5400), ("0d", 0), (" 1w ", 604_800)])
def test_a_duration_is_a_number_with_a_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "30", "d", "-1d", "1.5d", "1d12h", "30 days", "1y", "\u0661d", "9999999w", "1d\x1b[2J"]
)
def test_anything_else_is_an_invalid_duration(text: str) -> None:
    with pytest.raises(ValueError, match="use a number and a unit: 90m, 12h, 30d or 2w") as error:
        parse_duration(text)
    assert str(error.value).isprintable()


def test_a_line_stays_a_line_whatever_the_text_is() -> None:
    assert printable("a\nb\r\x9b31m\u2028\udcff\u200b ü 漢") == r"a\nb\r\x9b31m\u2028\udcff\u200b ü 漢"


def test_the_units_of_a_duration_change_where_they_should() -> None:
    texts = [format_duration(timedelta(seconds=seconds)) for seconds in (59, 60, 3599, 3600, 86_399, 86_400)]
    assert texts == ["59s", "1m 00s", "59m 59s", "1h 00m", "23h 59m", "1d 0h"]
