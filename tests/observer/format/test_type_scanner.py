"""Scanning bytes finds exactly the lines of a type that decoding each line finds."""

import json

from hypothesis import given
from hypothesis import strategies as st

from observer.format.event import type_of
from observer.format.lines import Line, LineSplitter
from observer.format.type_scanner import TypeScanner, last_lines
from tests.helpers import event

NESTED = event("tool_use", id="a", name="Bash", input={"a": {"b": 1}})
LINES = st.sampled_from([
    event("tool_use", id="a", name="Bash", input={"type": "tool_use"}),
    event("thought", text='"tool_use" is what {"type":"tool_use"} says', message="m", block=0),
    event("info", message="tool_use", kind="tool_use"),
    event("tool_result", tool_use_id="tool_use", name="x", status="success", output="\n\\\"tool_use\""),
    b'{"type": "tool_use", "data": {}}\n',
    b'  { "data":{"type":"thought"} , "type" : "tool_use" }\n',
    b'{"data":{"type":"tool_use"},"type":"other"}\n',
    b'{"seq":1,"timestamp":"x","run":"r","type":"tool_use","phase":"p","type":"thought","data":{}}\n',
    b"\n", b"   \n", b'"tool_use"\n', b"tool_use\n", b'{"type":"tool_use"\n', b'["tool_use"]\n', b"\xff\"tool_use\"\n",
    b"\xef\xbb\xbf" + b'{"type":"tool_use","data":{}}\n',
    event("complete", outcome="success"),
    NESTED[:-2] + b"\n",  # torn, and it ends like a complete line
    NESTED[:-3] + event("thought", text="behind a torn line", message="m", block=0),
    NESTED[:-3] + NESTED,
    NESTED.replace(b'"b"', b'"\xff"'),
])  # fmt: skip


@given(st.lists(LINES, max_size=12), st.sampled_from([{"tool_use"}, {"thought"}, {"tool_use", "complete", "info"}]))
def test_it_finds_what_decoding_every_line_finds(lines: list[bytes], types: set[str]) -> None:
    data = b"".join(line for line in lines if not _doubled(line))
    all_lines = [line for line in LineSplitter().feed(data) if isinstance(line, Line)]
    expected = [line.data + b"\n" for line in all_lines if type_of(line) in types]
    assert TypeScanner(frozenset(types)).find_lines(data, 0, len(data), 0) == expected


def _doubled(line: bytes) -> bool:
    """A key that is there twice: which of the two counts, JSON leaves open."""
    return b'"phase":"p","type"' in line


def test_the_last_lines_are_handed_out_whatever_they_are() -> None:
    data = b"".join(json.dumps({"n": n}).encode() + b"\n" for n in range(9))
    assert [line.data for line in last_lines(data, 0, len(data), 100)] == [
        b'{"n": 5}',
        b'{"n": 6}',
        b'{"n": 7}',
        b'{"n": 8}',
    ]
    assert last_lines(data, 0, len(data), 100)[-1].offset == 100 + 8 * 9
    assert last_lines(b"", 0, 0, 0) == []
