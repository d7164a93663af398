"""Odd lines are events, or not, for everything that decodes: an odd field costs that field and nothing else."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer import load_run
from observer.format.event import Event, Malformed, Record, decode, keys_of, type_of
from observer.format.line import Line
from observer.format.line_block import LineBlock
from observer.format.lines import LineSplitter
from observer.format.timestamps import parse_timestamp
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher
from observer.runs.summary.summary import Summary
from observer.source.seek import StartPosition, time_of
from observer.web.responses import sse
from tests.observer.mutations import WORDS
from tests.observer.written import every_type

FIELDS: dict[str, object] = {
    "seq": 17, "timestamp": "2026-11-23T01:12:30.123456Z", "run": "r", "type": "tool_use", "phase": "coding",
    "iteration": 3, "parent": "toolu_1", "data": {"id": "toolu_2", "name": "Bash", "input": {"command": "ls"}},
}  # fmt: skip
VALUES = ["null", "true", "7", "-7", "1.0", "1.5", "1e3", str(2**63), str(2**70), "-" + str(2**70), "1e999", "-1e999",
          "9" * 400, "9" * 5000, '""', '"text"', '"\\ud800"', '"\\u0000"', "[]", "[[[]]]", "{}", '{"type":"thought"}',
          '{"a":1e999}', '["\\ud83d"]']  # fmt: skip


def line_with(key: str, value: str) -> bytes:
    """Return the usual line with other JSON as the value of one field, or with one more field."""
    texts = {name: json.dumps(field, separators=(",", ":")) for name, field in FIELDS.items()}
    return ("{" + ",".join(f'"{name}":{text}' for name, text in {**texts, key: value}.items()) + "}").encode()


USUAL = line_with("seq", "17")
KEYS = (*FIELDS, "other")
MALFORMED = [
    USUAL[:-1],  # truncated
    USUAL[:60] + USUAL,  # a truncated line with the next one behind it
    USUAL[:60] + b"\0" + USUAL[60:],
    USUAL.replace(b'"ls"', b'"\xff"'),
    USUAL.replace(b'"ls"', b'"\xed\xa0\x80"'),  # a surrogate in bytes
    USUAL.replace(b'"r"', b'"\xff"'),
    USUAL[:-1] + b',"other":"\xff"}',
    USUAL[:-1] + b',"\xff":1}',
    USUAL.replace(b'"ls"', b"nan"),
    USUAL.replace(b'"ls"', b'"\\q"'),
    USUAL.replace(b'"ls"', b'"\x01"'),
    USUAL.replace(b'"ls"', b"01"),
    USUAL.replace(b'"ls"', b"[" * 255 + b"]" * 255),  # at the deepest 256 with `data` and `input`
    USUAL.replace(b'"ls"', b"[" * 800 + b"]" * 800),  # on some stacks decoding succeeds
    USUAL.replace(b'"ls"', b"[" * 800 + b"]" * 800 + b" " * 70_000),
    USUAL.replace(b'"ls"', b"[" * 100_000 + b"]" * 100_000),
    USUAL.replace(b'"ls"', b"[" * 100_000),
    b"[" + USUAL + b"]",
    b'"tool_use"',
]
ODD = [
    USUAL.replace(b"17", b"NaN"),
    USUAL.replace(b'"ls"', b"-Infinity"),
    USUAL.replace(b'"ls"', b"[" * 253 + b"]" * 253),
    b"\xef\xbb\xbf" + USUAL,
    b"\0\0\0" + USUAL + b"\0",
    USUAL[:60] + b"\0" * 9 + USUAL,
]


@pytest.mark.parametrize("key", KEYS)
def test_a_field_of_another_type_costs_only_that_field(key: str) -> None:
    for value in VALUES:
        assert_only_one_field_differs(key, value)


def assert_only_one_field_differs(key: str, value: str) -> None:
    event, usual = decode(Line(line_with(key, value), 100)), decode(Line(USUAL, 100))
    assert isinstance(event, Event)
    assert isinstance(usual, Event)
    for name in FIELDS:
        if name not in {key, "data"}:
            assert getattr(event, name) == getattr(usual, name)
    kind = {"seq": int, "iteration": int, "data": dict}.get(key, str)
    assert isinstance(getattr(event, key, None), kind) or getattr(event, key, None) is None
    if key not in {"data", "other"}:
        assert event.data == usual.data


@pytest.mark.parametrize("key", KEYS)
def test_everything_that_decodes_agrees_on_a_line_with_an_odd_field(key: str, tmp_path: Path) -> None:
    for value in VALUES:
        assert_all_agree(line_with(key, value), tmp_path)


def test_everything_that_decodes_agrees_on_a_malformed_or_empty_line(tmp_path: Path) -> None:
    for data in (*MALFORMED, *ODD, b"", b"  \t\r", b"{}", b"\0"):
        assert_all_agree(data, tmp_path)


@given(
    st.sampled_from(every_type().lines), st.integers(0, 400), st.integers(0, 30), st.sampled_from(WORDS) | st.binary()
)
@settings(max_examples=500)
def test_everything_that_decodes_agrees_on_any_damage_to_a_line(
    usual: bytes, begin: int, deleted: int, inserted: bytes
) -> None:
    data = usual[:begin] + inserted + usual[begin + deleted :]
    assert_decoders_agree(data.replace(b"\n", b""))


def assert_all_agree(data: bytes, directory: Path) -> None:
    assert_decoders_agree(data)
    line = Line(data, len(USUAL) + 1)
    event = Record(line).event
    path = directory / "run.ndjson"
    path.write_bytes(USUAL + b"\n" + data + b"\n")
    summary = Summary()
    summary.take([Line(USUAL, 0), line])
    with load_run(path) as run:
        assert len(run.events) == summary.events == 1 + (event is not None)
        assert len(run.malformed) == summary.malformed == isinstance(decode(line), Malformed)
        assert [event.type for event in run.events] == ["tool_use"] + ([event.type] if event is not None else [])
        assert sum(tool.calls for tool in summary.tools.by_name.values()) == len(run.of_type("tool_use"))


def assert_decoders_agree(data: bytes) -> None:
    line = Line(data, 100)
    decoded, event = decode(line), Record(line).event
    kind = event.type if event is not None else ""

    assert type_of(line) == Record(line).type == kind
    keys = keys_of(line)
    assert (keys and (keys.seq, keys.timestamp)) == (event and (event.seq, event.timestamp))
    assert time_of(line) == (parse_timestamp(event.timestamp) if event is not None else None)
    for seq in (17, 2**63):
        number = event.seq if event is not None else None
        assert StartPosition(seq=seq).reached(line) == (number is not None and number >= seq)
    for name in {kind, "sparkle"}:
        types = Filter(types=frozenset({name}))
        if name:
            block = LineBlock(Line(b"", 99), b"\n" + data + b"\n", 1, len(data) + 2, line.offset)
            found = [record.line for record in BlockMatcher(types, EventMatcher(types)).take(block)]
            assert found == ([LineSplitter(100).feed(data + b"\n")[0]] if name == kind else [])
    message = sse.message(line, b"g.1", lambda _count, _offset: b"")
    assert message.startswith(b"id: g.1\nevent: malformed\n") == isinstance(decoded, Malformed)
    assert (message == b"") == (decoded is None)
    if event is not None:
        body = json.loads(message.split(b"\ndata: ", 1)[1], parse_int=float)
        assert body.get("type", "") == event.type or not event.type


def test_a_line_that_is_not_a_json_object_in_utf_8_is_malformed() -> None:
    for data in MALFORMED:
        assert isinstance(decode(Line(data, 100)), Malformed), data[-100:]


def test_a_tool_call_with_an_odd_field_is_still_counted() -> None:
    use = b'{"type":"tool_use","data":{"id":5,"name":"Write","input":{"file_path":"/a","notebook_path":7}}}'
    blocked = (
        b'{"type":"tool_result","data":{"name":"Write","status":"blocked","rule":[],"duration_ms":"1","command":{}}}'
    )
    named = use.replace(b"5", b'"t1"')
    done = b'{"type":"tool_result","data":{"tool_use_id":"t1","name":7,"status":"success"}}'
    summary = Summary()
    summary.take([Line(use, 0), Line(blocked, 200), Line(named, 400), Line(done, 600)])
    assert (summary.tools.by_name["Write"].calls, summary.tools.by_name["Write"].blocked) == (2, 1)
    assert {path: file.writes for path, file in summary.calls.files.items()} == {"/a": 1}
    assert (summary.calls.blocked[0].rule, summary.calls.blocked[0].subject) == (None, "/a")
