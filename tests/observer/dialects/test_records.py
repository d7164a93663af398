"""Lines of other programs, and the IDs of their calls (observer.dialects.records)."""

import pytest

from observer.dialects.records import CallIds, decode_record, elapsed_ms, milliseconds, parse_arguments


@pytest.mark.parametrize("data", [b"", b"  ", b"not-json", b"[1]", b'"text"', b'{"a":1', b'{"a":"\xff"}', b"\0\0"])
def test_a_line_without_an_object_is_no_record(data: bytes) -> None:
    assert decode_record(data) is None


def test_a_record_is_read_as_run_files_are() -> None:
    record = decode_record(b'\xef\xbb\xbf{"type":"x","cost":NaN,"name":"\\ud800"}')
    assert record is not None
    assert record.data == {"type": "x", "cost": None, "name": "\ufffd"}


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands() -> None:
    record = decode_record(b'{"\\udc00":["a\\ud83d",{"b":"\\ud83d\\ude00\\uDE00c"}]}')
    assert record is not None
    assert record.data == {"\ufffd": ["a\ufffd", {"b": "\U0001f600\ufffdc"}]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"cmd": "ls"}', {"cmd": "ls"}),
        ({"cmd": "ls"}, {"cmd": "ls"}),
        ("not json", {"input": "not json"}),
        ("{broken", {"input": "{broken"}),
        ('{"a": "\ud800"}', {"input": '{"a": "\ud800"}'}),
        ([1], {"input": [1]}),
        ("", {}),
        (None, {}),
    ],
)
def test_arguments_are_an_object_whatever_was_written(value: object, expected: dict[str, object]) -> None:
    assert parse_arguments(value) == expected


def test_a_call_is_told_from_another_one_with_its_id() -> None:
    ids = CallIds()
    assert [ids.begin("a"), ids.begin("b"), ids.begin("a")] == ["a", "b", None]
    assert [ids.end("a"), ids.end("a"), ids.end("c")] == ["a", None, None]
    assert [ids.begin("a"), ids.end("a"), ids.begin("a")] == ["a#2", "a#2", "a#3"]


def test_times_are_in_milliseconds_or_unknown() -> None:
    assert [milliseconds(value) for value in (1.5, 0, -1, "2", None)] == [1500, 0, None, None, None]
    assert elapsed_ms("2026-11-23T01:12:30Z", "2026-11-23T01:12:31.5Z") == 1500
    assert elapsed_ms("2026-11-23T01:12:31Z", "2026-11-23T01:12:30Z") == 0
    assert elapsed_ms(None, "2026-11-23T01:12:30Z") is None
    assert elapsed_ms("soon", "2026-11-23T01:12:30Z") is None


@pytest.mark.parametrize("depth", [257, 2_000, 100_000])
def test_a_record_that_is_nested_too_deeply_is_none(depth: int) -> None:
    assert decode_record(b'{"a":' * depth + b"1" + b"}" * depth) is None


def test_a_record_with_many_brackets_that_is_not_deep_is_one() -> None:
    record = decode_record(b'{"a":[' + b"[]," * 999 + b"[]]}")
    assert record is not None
    assert len(record.values("a")) == 1000
