"""docs/dialects.md: its examples are the code as it stands, its records are understood, and it lists the dialects."""

import json
import re
from pathlib import Path

import pytest

import observer.dialects.gemini_stream
from observer.dialects.dialect import Dialect
from observer.dialects.gemini_stream import GeminiStream
from observer.dialects.recognize import DIALECTS
from tests.observer.dialects.feeding import kinds

PAGE = (Path(__file__).parents[3] / "docs" / "dialects.md").read_text("utf-8")
SOURCE = Path(observer.dialects.gemini_stream.__file__).read_text("utf-8")


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_an_example_is_the_code_as_it_stands(block: str) -> None:
    assert block in SOURCE


def test_the_records_of_the_example_are_understood() -> None:
    lines = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
    dialect = GeminiStream()
    assert {dialect.vote(json.loads(line)) for line in lines} == {1}
    converter = dialect.converter()
    events = [event for line in lines for event in converter.feed(line.encode())]
    assert kinds([*events, *converter.end()]) == [
        "run_start", "session_start", "prompt", "tool_use", "tool_result", "message", "info", "complete",
    ]  # fmt: skip


def test_the_worked_example_is_as_short_as_the_page_says() -> None:
    lines = re.search(r"`gemini_stream.py`, (\d+) lines", PAGE)
    assert lines is not None
    assert abs(len(SOURCE.splitlines()) - int(lines[1])) <= 5


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_the_page_lists_the_dialect(dialect: Dialect) -> None:
    assert f"| `{dialect.name}` |" in PAGE
