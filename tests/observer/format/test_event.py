"""Lines are decoded into events, whatever they contain: observer.format.tolerant_json, observer.format.fields."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from observer.format.event import (
    UNKNOWN_LINE,
    Event,
    Malformed,
    Record,
    decode,
    events_in,
    events_of,
    records_in,
    standard_json,
    type_of,
)
from observer.format.fields import Fields
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock
from observer.format.lines import Block, LineSplitter
from tests.observer.mutations import mutated_files

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
    assert event_of(data).type == (fields.get("type") if isinstance(fields.get("type"), str) else "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not json", "malformed"),
        (b'{"type":"a"', "truncated"),
        (b"[1,2]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"type":"\xff","data":{}}', "not UTF-8"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"type":"a","data":{"n":NAN}}', "malformed"),
        (b'{"type":"a"}\0{"type":"b"', "truncated"),
    ],
)
def test_a_line_that_is_not_an_event_is_malformed_with_offset_length_and_reason(data: bytes, reason: str) -> None:
    found = decode(Line(data, 4711))

    assert isinstance(found, Malformed)
    assert (found.offset, found.length) == (4711, len(data))
    assert reason in found.reason
    assert len(found.preview) <= 4 * 160


@pytest.mark.parametrize("data", [b"", b"  ", b"\r", b"\t", b"\0\0\0"])
def test_a_blank_line_is_nothing(data: bytes) -> None:
    assert decode(Line(data, 0)) is None


@pytest.mark.parametrize("offset", [0, 4711])
def test_crlf_and_a_bom_do_no_harm_wherever_they_are(offset: int) -> None:
    assert event_of(b"\xef\xbb\xbf" + LINE + b"\r", offset).seq == 17


@pytest.mark.parametrize("data", [bytes(3) + LINE, LINE + bytes(3), LINE[:70] + bytes(3) + LINE])
def test_an_event_beside_a_hole_of_nul_bytes_is_an_event(data: bytes) -> None:
    assert (event_of(data).seq, event_of(data).text("message")) == (17, "hello")


def test_a_lone_surrogate_is_json_and_its_event_is_shown() -> None:
    assert event_of(b'{"type":"info","data":{"message":"cut \\ud83d"}}').text("message") == "cut \ud83d"


@pytest.mark.parametrize("digits", ["1" + "0" * 5000, "1e999", "-1e999", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_or_out_of_range_is_none_and_its_event_is_shown(digits: str) -> None:
    assert event_of(b'{"type":"a","data":{"n":%b,"m":1}}' % digits.encode()).data == {"n": None, "m": 1}


def test_an_object_of_another_program_keeps_its_keys_as_data() -> None:
    event = event_of(b'{"level":"info","msg":"hi","type":"log"}')

    assert (event.type, event.data) == ("log", {"level": "info", "msg": "hi"})


def test_the_type_can_be_read_alone() -> None:
    assert type_of(Line(LINE, 0)) == "info"
    assert not type_of(Line(b'{"type":7}', 0))


def test_a_field_of_another_type_is_absent_whichever_way_it_is_read() -> None:
    texts = Fields({"a": ["x", {"b": 1.0}], "b": "x", "c": 0, "d": [], "e": None})
    assert [texts.words(key) for key in "abcdef"] == ['["x", {"b": 1.0}]', "x", "0", "", "", ""]
    fields = Fields({"a": [{"b": 1.5}, 7, "x"], "b": "text", "c": {"d": True}, "d": 2.0})

    assert (fields.text("b"), fields.number("d"), fields.integer("d")) == ("text", 2.0, 2)
    assert (fields.items("a"), fields.texts("a"), fields.values("a")[1]) == ([Fields({"b": 1.5})], ["x"], 7)
    assert (fields.fields("c"), fields.has_list("a"), Fields({"d": True}).flag("d")) == (
        Fields({"d": True}),
        True,
        True,
    )
    for key in ("c", "missing"):
        assert (fields.text(key), fields.number(key), fields.integer(key), fields.flag(key)) == ("", None, None, False)
        assert (fields.items(key), fields.texts(key), fields.values(key), fields.has_list(key)) == ([], [], [], False)
    assert fields.fields("a") is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LINE, LINE),
        (b'{"type":7,"data":{}}', b'{"type":7,"data":{}}'),
        (b'{"type":"a","data":{"n":1e999}}', b'{"type":"a","data":{"n":1e999}}'),
        (b'{"type":"a","data":{"n":NaN}}', b'{"type":"a","data":{"n":null}}'),
        (bytes(9) + b'{"type":"a","data":{}}\0', b'{"type":"a","data":{}}'),
        (b" ", None),
    ],
)
def test_the_json_of_an_event_is_its_line_unless_other_programs_could_not_read_that(
    data: bytes, expected: bytes | None
) -> None:
    assert standard_json(Line(data, 0)) == expected


def test_a_line_without_an_event_has_no_json() -> None:
    assert isinstance(standard_json(Line(b'{"type":"\xff","data":{}}', 0)), Malformed)


def test_the_events_of_many_records_are_those_of_each() -> None:
    lines = [line for file in mutated_files(40) for line in LineSplitter(limit=50_000).feed(file)]
    assert any(isinstance(line, Oversize) for line in lines)
    records = [Record(line) for line in lines]
    events = events_of(records)
    assert events == [Record(line).event for line in lines]
    assert [record.type for record in records] == [Record(line).type for line in lines]
    assert [record.decoded for record in records] == [Record(line).decoded for line in lines]
    assert all(again is event for again, event in zip(events_of(records), events, strict=True))


@pytest.mark.parametrize("value", ["null", "5", '""', "[]", "{}", '{"data":"","offset":1}', '{"data":"","offset":0}'])
def test_a_key_that_is_called_like_the_line_is_a_key_as_any_other(value: str) -> None:
    line = f'{{"type":"info","line":{value}}}'.encode()
    assert event_of(line).line.data == line
    assert event_of(line).data == {"line": json.loads(value)}
    assert event_of(LINE[:-1] + f',"line":{value}}}'.encode()).data == {"message": "hello"}


@pytest.mark.parametrize("depth", range(12))
def test_what_is_nested_is_the_same_at_any_depth(depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        value = opening * depth + "1" + closing * depth
        assert event_of(f'{{"type":"a","data":{{"x":{value}}}}}'.encode()).data == {"x": json.loads(value)}


def test_the_lines_of_a_block_are_decoded_as_each_alone() -> None:
    deep = b'{"type":"a","data":{"x":' + b"[" * 300 + b"]" * 300 + b"}}"
    halves = [b'{"type":"a","data":', b'{"b":1}}', b'{"type":"b"}{"type":"c"}']
    odd = [b"", b"no json", b'{"type":"a","seq":1,"other":2}', b"\0\0" + LINE, LINE + b"\r", deep, *halves]
    for lines in ([LINE] * 2000, [LINE] * 600 + odd + [LINE] * 900, odd + [LINE] * 900 + odd):
        block = LineSplitter(7).feed_block(b"".join(line + b"\n" for line in lines))
        assert isinstance(block, LineBlock)
        records = [record for some in records_in(block) for record in some]
        alone = [decode(line) for line in block.lines() if isinstance(line, Line)]
        assert len(records) == len(lines) == len(alone)
        for record, decoded in zip(records, alone, strict=True):
            if isinstance(decoded, Event):
                assert isinstance(record.decoded, Event)
                assert replace(record.decoded, line=UNKNOWN_LINE) == replace(decoded, line=UNKNOWN_LINE)
            else:
                assert record.decoded == decoded


def test_a_block_of_events_is_decoded_as_each_line_alone_with_its_line_except_for_some_types() -> None:
    thought = LINE.replace(b'"info"', b'"thought"')
    block = Block(b"".join(line + b"\n" for line in [LINE, thought, LINE + b"\r", b'{"type":"thought"}']), 7)
    alone = [decode(line) for line in block.lines() if isinstance(line, Line)]

    assert events_in(block, ()) == alone
    events = events_in(block, {"thought"})
    assert events is not None
    assert [event.line is UNKNOWN_LINE for event in events] == [False, True, False, True]
    assert [event.line for event in events[::2]] == block.lines()[::2]


@pytest.mark.parametrize(
    "line",
    [b"", b" ", b"{", b'{"type":7}', b'{"type":"b"}{"type":"c"}', b"\0" + LINE, b'{"other":1}', b'{"run":"\xff"}'],
)
def test_a_block_with_a_line_that_only_a_tolerant_decoder_reads_is_left_to_it(line: bytes) -> None:
    assert events_in(Block(LINE + b"\n" + line + b"\n" + LINE + b"\n", 0), ()) is None
