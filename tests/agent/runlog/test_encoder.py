"""One event is one line with a number and a time, whatever text it contains."""

import json
import math
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from agent.events import Info, Phase, ToolUse
from agent.runlog.encoder import LineEncoder, parse_timestamp_ns
from agent.runlog.redaction.redact import LineCleaner, Redactor

ANY_TEXT = st.text(st.characters(exclude_categories=[]))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)


def line_of(event: Info | ToolUse) -> bytes:
    encoder = LineEncoder("run", lambda: 0)
    return LineCleaner(Redactor({})).clean([encoder.encode(event, Phase.SINGLE, 1, None)])


@given(ANY_TEXT)
@example("a lone \ud800 and \udcff")
@example("a pair \ud83d\ude00")
@example("\u2028 \u2029 \x85")
def test_any_text_comes_back_from_its_one_line(text: str) -> None:
    line = line_of(Info(message=text))
    expected = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # lone surrogates replaced
    assert len(line.decode().splitlines()) == 1
    assert json.loads(line)["data"]["message"] == expected


@given(st.dictionaries(ANY_TEXT, ANY_JSON, max_size=4))
@example({"a lone \ud800": ["\udcff"]})
def test_any_tool_input_is_one_valid_line(given_input: dict[str, Any]) -> None:
    line = line_of(ToolUse(id="t", name="Tool", input=given_input))
    assert len(line.decode().splitlines()) == 1
    assert msgspec.json.decode(line)["data"]["name"] == "Tool"


def test_numbers_that_json_cannot_represent_become_null() -> None:
    assert json.loads(line_of(ToolUse(id="t", name="n", input={"a": math.nan, "b": math.inf})))["data"]["input"] == {
        "a": None,
        "b": None,
    }


def test_nesting_too_deep_for_parsers_is_cut_with_a_mark() -> None:
    deep: Any = "bottom"
    for _ in range(100_000):
        deep = [deep]
    line = line_of(ToolUse(id="t", name="n", input={"deep": deep}))
    assert b"nested too deeply" in line
    json.loads(line)


@given(st.lists(st.integers(0, 4_000_000_000_000_000_000), min_size=1, max_size=20))
def test_timestamps_never_go_back_and_seq_has_no_gap_whatever_the_clock_does(clock: list[int]) -> None:
    readings = iter(clock)
    encoder = LineEncoder("run", lambda: next(readings), seq=41, last_ns=1_000_000)
    events = [json.loads(b"%b%b}" % encoder.encode(Info(message=""), Phase.SINGLE, 1, None)) for _ in clock]
    stamps = [event["timestamp"] for event in events]
    assert stamps == sorted(stamps)
    assert [event["seq"] for event in events] == list(range(42, 42 + len(clock)))
    assert all(len(stamp) == 27 and stamp.endswith("Z") for stamp in stamps)


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_a_timestamp_is_exact_to_the_microsecond(now: int) -> None:
    line = LineEncoder("run", lambda: now).encode(Info(message=""), Phase.SINGLE, 1, None)
    event = json.loads(b"%b%b}" % line)
    assert parse_timestamp_ns(event["timestamp"]) == now // 1000 * 1000
