"""The types of the events of a block are those that are found line by line."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.format.event import type_of
from observer.format.line import Line
from observer.format.lines import Block
from observer.format.typed_block import typed_lines
from tests.observer.written import every_status, every_type

DEEP = b'{"type":"%s","data":{"a":' + 300 * b"[" + 300 * b"]" + b"}}"
LONG = b'{"type":"tool_result","data":{"output":"%s"}}' % (300 * b"[{")
USUAL = [*every_type().lines, *(json.dumps(event).encode() for event in every_status()), b'{"type":"x"}']
ODD = [
    b"", b" ", b"{broken", b'{"type":7}', b'{"seq":1}', b"[]", b'\xef\xbb\xbf{"type":"a"}', b'\0\0{"type":"a"}',
    b'{"type":"a","data":{"text":"\xff"}}', b'{"type":"a","cost":NaN}', DEEP % b"a", LONG, 2000 * b'{"a":',
]  # fmt: skip


@given(st.lists(st.sampled_from(USUAL + ODD), min_size=1, max_size=5))
@settings(deadline=None, max_examples=400)
def test_types_are_those_of_each_line_or_left_to_it(lines: list[bytes]) -> None:
    typed = typed_lines(Block(b"".join(line + b"\n" for line in lines), 0))

    if typed is not None:
        assert typed == ([line + b"\n" for line in lines], [type_of(Line(line, 0)) for line in lines])


def test_usual_lines_are_all_typed() -> None:
    assert typed_lines(Block(b"".join(line + b"\n" for line in USUAL), 0)) is not None


@pytest.mark.parametrize("line", ODD)
def test_a_line_out_of_the_ordinary_is_left_to_others(line: bytes) -> None:
    assert typed_lines(Block(USUAL[0] + b"\n" + line + b"\n", 0)) is None
