"""Lines of a block are selected by single fields as events are, or there is no answer.

Also `observer.format.skim`, `observer.runs.filters.line_kinds` and `observer.runs.filters.decisive_lines`.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format import lines as lines_module
from observer.format.event import type_of
from observer.format.line import Line
from observer.format.line_block import LineBlock
from observer.format.lines import LineSplitter
from observer.runs.filters import line_conditions, line_kinds
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.line_conditions import LineConditions
from observer.runs.filters.line_kinds import find_kinds
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.seen import Seen
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
    b"\xef\xbb\xbf" + b'{"type":"tool_use","data":{}}\n', b'\0\0{"type":"tool_use","data":{}}\n',
    event("complete", outcome="success"),
    NESTED[:-2] + b"\n",  # torn, and it ends like a complete line
    NESTED[:-3] + event("thought", text="behind a torn line", message="m", block=0),
    NESTED[:-3] + NESTED,
    NESTED.replace(b'"b"', b'"\xff"'),
])  # fmt: skip
CALLS = Filter(types=frozenset({"tool_use"}))
HEAD = b'{"seq":1,"type":"%s","phase":null,"parent":null,"data":{}}'
FIRST = b"the first line is no matter of theirs"


def block_of(*lines: bytes, monkeypatch: pytest.MonkeyPatch) -> LineBlock:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    monkeypatch.setattr(line_conditions, "_MUCH", 0)
    block = LineSplitter().feed_block(b"".join(line + b"\n" for line in (FIRST, *lines)))
    assert isinstance(block, LineBlock)
    return block


@pytest.mark.parametrize("line", [
    b'{"type":"tool_use","seq":1,"data":{}}', b'{ "seq" : 1 , "type" : "tool_use" , "data" : {} }',
    b'{"seq":1,"type":"thought","parent":null,"data":{},"type":"tool_use"}',
    b'{"seq":100000,"type":"tool_use","parent":null,"data":{"text":"\xc3\xa4"}}', HEAD % b"tool_use",
    b'{"seq":1,"type":"tool\\u005fuse","phase":null,"data":{}}', b'{"seq":1,"t\\u0079pe":"tool_use","data":{}}',
    b'{"seq":1,"type":"todo","phase":null,"data":{"type":"todo"},"type" : "tool_use"}',
    b'{"type":"tool_use","seq":"one","data":{}}', b'{"type":"tool_use","data":{"name":["tool_use"]}}',
])  # fmt: skip
@pytest.mark.parametrize("types", [{"tool_use"}, {"tool_use", "error"}])
def test_a_type_is_found_however_the_line_is_laid_out(
    line: bytes, types: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    block = block_of(HEAD % b"thought", line, HEAD % b"tool_result", monkeypatch=monkeypatch)
    selected = LineConditions(Filter(types=frozenset(types))).select(block, None)
    assert selected is not None
    assert selected.lines == [line + b"\n"]
    assert block.lines_at(selected.numbers) == [Line(line, len(FIRST) + len(HEAD % b"thought") + 2)]


@pytest.mark.parametrize("line", [
    b'{"type":"tool_use","data":{"text":"\xe4"}}', b'{"type":"tool_use","data":{"text":"torn',
    b'{"type":"tool_use","data":{"size":NaN}}', b'{"type":"tool_use","name":"Bash"}',
    b'{"type":"tool_use","data":{"deep":' + b"[" * 300 + b"]" * 300 + b"}}",
])  # fmt: skip
def test_a_line_that_is_not_as_usual_is_left_to_the_tolerant_decoder(
    line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = block_of(HEAD % b"tool_use", line, monkeypatch=monkeypatch)
    assert LineConditions(CALLS).select(block, None) is None


@given(st.lists(LINES, max_size=12), st.sampled_from([{"tool_use"}, {"thought"}, {"tool_use", "complete", "info"}]))
def test_what_is_selected_is_what_decoding_every_line_finds(lines: list[bytes], types: set[str]) -> None:
    data = b"".join(lines)
    event_filter = Filter(types=frozenset(types))
    split = LineSplitter().feed(b"first\n" + data)
    expected = [line for line in split if isinstance(line, Line) and type_of(line) in types]
    block = LineBlock(Line(b"first", 0), b"first\n" + data, 6, len(data) + 6, 6)

    assert [record.line for record in BlockMatcher(event_filter, EventMatcher(event_filter)).take(block)] == expected
    copied = BlockMatcher(event_filter, EventMatcher(event_filter)).copy(block)
    assert copied in {None, b"".join(line.data + b"\n" for line in expected)}


@pytest.mark.parametrize("line", [
    b'{"type":"tool_use","seq":"one","data":{}}', b'{"type":"tool_use","data":{"name":["tool_use"]}}',
])  # fmt: skip
def test_a_field_that_a_condition_needs_and_that_is_odd_is_left_to_the_tolerant_decoder(
    line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = block_of(HEAD % b"tool_use", line, monkeypatch=monkeypatch)
    chosen = Filter(types=frozenset({"tool_use"}), tools=frozenset({"Bash"}))
    assert LineConditions(chosen).select(block, None) is None


def test_a_key_that_ends_like_that_of_the_type_is_no_other_type(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"seq":1,"type":"subagent_start","phase":null,"data":{"agent_type":"Explore"}}'
    block = block_of(HEAD % b"thought", line, HEAD % b"tool_use", monkeypatch=monkeypatch)
    assert find_kinds(block) == ["thought", "subagent_start", "tool_use"]


def test_more_beginnings_than_are_remembered_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_kinds, "_MAX_HEADS", 2)
    kinds = [b"thought", b"todo", b"tool_use", b"info", b"thought", b"error", b"tool_use"]
    block = block_of(*(HEAD % kind for kind in kinds), monkeypatch=monkeypatch)
    assert find_kinds(block) == [kind.decode() for kind in kinds]


@pytest.mark.parametrize("bracket", [b"[", b"{"])
@pytest.mark.parametrize("is_text", [True, False])
def test_brackets_count_unless_they_are_in_the_text_of_an_output(
    bracket: bytes, *, is_text: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = b"output" if is_text else b"summary"
    line = b'{"type":"tool_result","data":{"%s":"%s"}}' % (key, bracket * 600)
    block = block_of(HEAD % b"tool_result", line, monkeypatch=monkeypatch)
    selected = LineConditions(Filter(types=frozenset({"tool_result"}))).select(block, None)
    assert (selected is not None) is is_text


def test_lines_without_the_type_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    block = block_of(HEAD % b"tool_use", b"no JSON", b"", HEAD % b"thought", monkeypatch=monkeypatch)
    selected = LineConditions(CALLS).select(block, None)
    assert selected is not None
    assert selected.numbers == [0]


def test_what_the_events_have_is_told_if_nothing_has_matched_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    call = {"seq": 7, "type": "tool_use", "iteration": 2, "timestamp": "2026-11-23T01:12:30.000000Z"}
    lines = [json.dumps({**call, "data": {"name": "Read"}}).encode(), HEAD % b"todo"]
    seen = Seen()
    chosen = Filter(types=frozenset({"tool_use"}), tools=frozenset({"Bash"}))

    selected = LineConditions(chosen).select(block_of(*lines, monkeypatch=monkeypatch), seen)

    assert selected is not None
    assert selected.lines == []
    assert (seen.types, seen.tools, seen.iterations, seen.seq) == ({"tool_use", "todo"}, {"Read"}, {2}, 7)


@pytest.mark.parametrize(("event_filter", "is_enough"), [
    (CALLS, True), (Filter(), False), (Filter(tools=frozenset({"Bash"})), True),
    (Filter(types=frozenset({"\u00e4"})), True), (Filter(exclude=frozenset({"thought"})), True),
    (Filter(types=frozenset({"tool_use"}), tools=frozenset({"Bash"}), agent="main"), True),
    (Filter(types=frozenset({"tool_use"}), agent="scout"), False),
    (Filter(types=frozenset({"error"}), errors=True), False),
    (Filter(types=frozenset({"tool_use"}), until=5.0), False),
    (Filter(types=frozenset({"tool_use"}), since=5.0), True),
])  # fmt: skip
def test_what_other_events_say_needs_more_than_single_fields(event_filter: Filter, *, is_enough: bool) -> None:
    assert LineConditions.suffice_for(event_filter) is is_enough
