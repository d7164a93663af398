"""Lines are decoded into events, whatever they contain."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format.event import Event, Malformed, decode, type_of
from observer.format.lines import Line

LINE = (
    b'{"seq":17,"timestamp":"2026-11-23T01:12:30.123456Z","run":"r","type":"info","phase":"coding","iteration":3,'
    b'"parent":"toolu_1","data":{"message":"hello"}}'
)


def event_of(data: bytes, offset: int = 0) -> Event:
    found = decode(Line(data, offset))
    assert isinstance(found, Event)
    return found


def test_an_event_has_every_field_of_its_line() -> None:
    event = event_of(LINE)

    assert (event.seq, event.run, event.type, event.phase, event.iteration) == (17, "r", "info", "coding", 3)
    assert (event.parent, event.text("message")) == ("toolu_1", "hello")
    assert event.line.data == LINE


@given(st.binary())
def test_no_bytes_make_it_raise(data: bytes) -> None:
    decode(Line(data, 0))
    type_of(Line(data, 0))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
keys = st.sampled_from(["seq", "timestamp", "run", "type", "phase", "iteration", "parent", "data", "other"])


@given(st.dictionaries(keys, json_values))
def test_any_object_is_an_event_whatever_the_types_of_its_fields(fields: dict[str, object]) -> None:
    data = json.dumps(fields, allow_nan=True).encode()
    found = decode(Line(data, 0))

    if "NaN" not in data.decode() and "Infinity" not in data.decode():
        assert isinstance(found, Event)
        assert found.type == (fields.get("type") if isinstance(fields.get("type"), str) else "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not json", "malformed"),
        (b'{"type":"a"', "truncated"),
        (b"[1,2]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"type":"\xff","data":{}}', "not UTF-8"),
        (b"\x00\x00\x00", "malformed"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"type":"a","data":{"n":NaN}}', "malformed"),
    ],
)
def test_a_line_that_is_not_an_event_is_malformed_with_offset_length_and_reason(data: bytes, reason: str) -> None:
    found = decode(Line(data, 4711))

    assert isinstance(found, Malformed)
    assert (found.offset, found.length) == (4711, len(data))
    assert reason in found.reason
    assert len(found.preview) <= 4 * 160


@pytest.mark.parametrize("data", [b"", b"  ", b"\r", b"\t"])
def test_a_blank_line_is_nothing(data: bytes) -> None:
    assert decode(Line(data, 0)) is None


def test_crlf_and_a_bom_do_no_harm() -> None:
    assert event_of(b"\xef\xbb\xbf" + LINE + b"\r").seq == 17


def test_a_bom_in_the_middle_of_a_file_is_not_json() -> None:
    assert isinstance(decode(Line(b"\xef\xbb\xbf" + LINE, 10)), Malformed)


def test_a_lone_surrogate_is_json_and_its_event_is_shown() -> None:
    assert event_of(b'{"type":"info","data":{"message":"cut \\ud83d"}}').text("message") == "cut \ud83d"


@pytest.mark.parametrize("digits", ["1" + "0" * 5000, "1e999", "-1e999"])
def test_a_number_that_is_out_of_range_is_none_and_its_event_is_shown(digits: str) -> None:
    assert event_of(b'{"type":"a","data":{"n":%b,"m":1}}' % digits.encode()).data == {"n": None, "m": 1}


def test_an_object_of_another_program_keeps_its_keys_as_data() -> None:
    event = event_of(b'{"level":"info","msg":"hi","type":"log"}')

    assert (event.type, event.data) == ("log", {"level": "info", "msg": "hi"})


def test_the_type_can_be_read_alone() -> None:
    assert type_of(Line(LINE, 0)) == "info"
    assert not type_of(Line(b'{"type":7}', 0))
