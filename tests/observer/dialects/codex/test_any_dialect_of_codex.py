"""What holds for every file, however it is cut or damaged: a prefix of a file gives a prefix of its events, nothing is
raised, and what comes out is a valid run file. The dialects are those of Codex and of Gemini CLI."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.dialects.codex.codex_dialects import CodexExec, CodexRollout
from observer.dialects.dialect import Dialect, ForeignEvent
from observer.dialects.gemini_stream import GeminiStream
from observer.dialects.records import NO_OBJECT, decode_record
from tests.observer.dialects import test_gemini_stream
from tests.observer.dialects.codex import rollouts, test_codex_exec, test_codex_subagents
from tests.observer.dialects.feeding import line, problems
from tests.observer.mutations import VALUES, WORDS

SUBAGENTS = [
    *rollouts.NEW_SESSION[:6], test_codex_subagents.SPAWN, test_codex_subagents.STARTED, test_codex_subagents.SPAWNED,
    *rollouts.NEW_SESSION[6:],
]  # fmt: skip
FILES: dict[str, tuple[Dialect, list[dict[str, Any]]]] = {
    "new rollout": (CodexRollout(), rollouts.NEW_SESSION),
    "old rollout": (CodexRollout(), rollouts.OLD_SESSION),
    "first rollout": (CodexRollout(), rollouts.BARE_SESSION),
    "rollout with a subagent": (CodexRollout(), SUBAGENTS),
    "exec": (CodexExec(), test_codex_exec.SESSION),
    "gemini": (GeminiStream(), test_gemini_stream.SESSION),
}
_LASTING = {"run_start", "session_start", "prompt", "thought", "thinking", "tool_use", "tool_result"}
ANY = st.sampled_from(list(FILES))


def convert(dialect: Dialect, lines: list[bytes]) -> list[ForeignEvent]:
    converter = dialect.converter()
    return [event for data in lines for event in converter.feed(data)]


@pytest.mark.parametrize("name", FILES)
def test_the_events_of_a_prefix_are_a_prefix_of_the_events(name: str) -> None:
    dialect, records = FILES[name]
    lines = [line(record) for record in records]
    events = convert(dialect, lines)
    for count in range(len(lines)):
        converter = dialect.converter()
        part = [event for data in lines[:count] for event in converter.feed(data)]
        assert part == events[: len(part)]
        ending = converter.end()
        assert problems([*part, *ending]) == []
        assert not ending or ending[-1].type == "complete"


@pytest.mark.parametrize("name", FILES)
def test_to_ask_for_the_end_loses_nothing_of_what_comes(name: str) -> None:
    dialect, records = FILES[name]
    lines = [line(record) for record in records]
    converter = dialect.converter()
    events = []
    for data in lines:
        events += [*converter.feed(data), *converter.end()]
    lasting = [event for event in events if event.type in _LASTING]
    assert lasting == [event for event in convert(dialect, lines) if event.type in _LASTING]


@pytest.mark.parametrize("name", FILES)
def test_lines_that_are_no_records_between_the_others_change_nothing(name: str) -> None:
    dialect, records = FILES[name]
    lines = [line(record) for record in records]
    odd = [b"", b"torn {", b"[]", lines[0][:-3], b"\0" * 50]
    assert convert(dialect, [*odd, *[data for good in lines for data in (good, *odd)]]) == convert(dialect, lines)


def replaced(record: Any, path: int, value: Any) -> Any:
    """Return a record with one of its values, in the order in which they are met, replaced by another one."""
    count = -1

    def walk(item: Any) -> Any:
        nonlocal count
        count += 1
        if count == path:
            return value
        if isinstance(item, dict):
            return {key: walk(inner) for key, inner in item.items()}
        return [walk(inner) for inner in item] if isinstance(item, list) else item

    return walk(record)


def size(record: Any) -> int:
    children = record.values() if isinstance(record, dict) else record if isinstance(record, list) else []
    return 1 + sum(size(child) for child in children)


@given(name=ANY, data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_field_of_any_type_raises_nothing_and_keeps_the_run_valid(name: str, data: st.DataObject) -> None:
    dialect, records = FILES[name]
    damaged = list(records)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(records) - 1))
        path = data.draw(st.integers(0, max(0, size(damaged[index]) - 1)))
        damaged[index] = replaced(damaged[index], path, data.draw(st.sampled_from(VALUES)))
    check(dialect, [json.dumps(record).encode() for record in damaged])


@given(name=ANY, data=st.data())
@settings(max_examples=200, deadline=None)
def test_bytes_anywhere_raise_nothing_and_keep_the_run_valid(name: str, data: st.DataObject) -> None:
    dialect, records = FILES[name]
    lines = [line(record) for record in records]
    index = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[index])))
    word = data.draw(st.sampled_from(WORDS))
    lines[index] = lines[index][:place] + word + lines[index][place:]
    check(dialect, lines)


@given(name=ANY, order=st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_records_in_any_order_raise_nothing_and_keep_the_run_valid(name: str, order: Any) -> None:
    dialect, records = FILES[name]
    lines = [line(record) for record in records] * 2
    order.shuffle(lines)
    check(dialect, lines)


def check(dialect: Dialect, lines: list[bytes]) -> None:
    """Hold that the lines become a valid run file, and that their records can vote."""
    converter = dialect.converter()
    events = [event for data in lines for event in converter.feed(data)]
    assert problems([*events, *converter.end()]) == []
    for data in lines:
        if (record := decode_record(data)) is not None:
            assert dialect.vote(record.data) in {-1, 0, 1}


@pytest.mark.parametrize("name", FILES)
def test_lines_that_hold_no_object_are_counted_and_empty_ones_are_not(name: str) -> None:
    converter = FILES[name][0].converter()
    events = [event for data in (b"", b" \r", b"\0\0", b'{"type":', b"[1]", b"\xff") for event in converter.feed(data)]
    assert (events, converter.unknown) == ([], {NO_OBJECT: 3})
