"""Whatever is wrong with one line of a good run, `check` reports that and nothing that only follows from it.

Tests observer.runs.validation.sequence and observer.runs.validation.pairing.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.cli.schema import schema_text
from observer.format.line import Line
from observer.format.lines import Block, LineSplitter
from observer.format.schema import Schema
from observer.format.valid_lines import ValidLines
from observer.runs.validation.pairing import Finding
from observer.runs.validation.validator import Validator
from tests.observer.written import Script, every_type

SCHEMA, VALID_LINES = Schema(schema_text()), ValidLines(schema_text())


def beating() -> Script:
    """Return a run with regular heartbeats, calls and subagents that overlap, and two messages."""
    script = Script().start()
    for second in range(1, 41):
        if second % 5 == 0:
            script.add("heartbeat", {"elapsed_s": float(second), "idle_s": 0.0, "state": "in_tool"}, at=second)
        elif second % 5 == 1:
            script.use("Bash", f"t{second}", {"command": "ls"}, at=second)
        elif second % 5 == 3:
            script.result("Bash", f"t{second - 2}", at=second)
        else:
            script.thought("hm", at=second, message=f"m{second}")
    return script.complete(at=41)


def changed(**fields: object) -> Callable[[bytes], list[bytes]]:
    def change(line: bytes) -> list[bytes]:
        event = json.loads(line)
        for key, value in fields.items():
            event[key] = value(event[key]) if callable(value) else value
        return [json.dumps(event).encode()]

    return change


def dated(shift: str) -> Callable[[bytes], list[bytes]]:
    return changed(timestamp=lambda stamp: shift + stamp[10:])


def without_fields(data: dict[str, Any]) -> dict[str, Any]:
    return {}


CHANGES: dict[str, Callable[[bytes], list[bytes]]] = {
    "cut": lambda line: [line[: len(line) // 2]],
    "no UTF-8": lambda line: [line[:-3] + b"\xff" + line[-3:]],
    "not JSON": lambda line: [line[:-2]],
    "text": lambda _: [b"starting up ..."],
    "a number": lambda _: [b"17"],
    "joined": lambda line: [line + line],
    "NaN": lambda line: [line[:-2] + (b"," if line[-3:-2] != b"{" else b"") + b'"x":NaN}}'],
    "1e999": lambda line: [line[:-1] + b',"x":1e999}'],
    "BOM": lambda line: [b"\xef\xbb\xbf" + line],
    "NUL bytes": lambda line: [bytes(300) + line],
    "NUL bytes instead": lambda line: [bytes(len(line))],
    "blank line": lambda line: [b"", line],
    "log line": lambda line: [line, b"warning: hm"],
    "seq is text": changed(seq="1"),
    "seq is null": changed(seq=None),
    "seq jumps": changed(seq=lambda seq: seq + 1000),
    "seq falls": changed(seq=0),
    "type is null": changed(type=None),
    "type is a list": changed(type=[]),
    "run is a number": changed(run=7),
    "other run": changed(run="another"),
    "timestamp is a number": changed(timestamp=7),
    "no date": changed(timestamp="yesterday"),
    "impossible date": dated("2026-11-31"),
    "later": dated("2026-12-24"),
    "data is a list": changed(data=[]),
    "data is null": changed(data=None),
    "parent is a number": changed(parent=7),
    "fields are missing": changed(data=without_fields),
    "fields are lists": changed(data=lambda data: {key: [[]] for key in data}),
    "twice": lambda line: [line, line],
    "missing": lambda _: [],
}

RESUMED = b'{"type":"info","parent":null,"data":{"message":"it goes on","kind":"resumed"}}'


def findings(lines: list[bytes]) -> list[Finding]:
    data, validator = b"".join(line + b"\n" for line in lines), Validator(SCHEMA)
    found = [finding for line in LineSplitter().feed(data) for finding in validator.take(line)]
    return [*found, *validator.end(len(data))]


@pytest.mark.parametrize("script", [every_type(), beating()], ids=["every type", "beating"])
@pytest.mark.parametrize("change", CHANGES)
def test_one_bad_line_is_at_most_one_finding(change: str, script: Script) -> None:
    """And blocks of lines, of some lines or of all, have the findings of their lines."""
    problems = []
    for index, line in enumerate(script.lines):
        lines = [*script.lines[:index], *CHANGES[change](line), *script.lines[index + 1 :]]
        found = findings(lines)
        if len(found) > 1:
            problems.append((index + 1, json.loads(line)["type"], found))
        for size in (400, 100_000):
            assert findings_in_blocks(lines, size) == found, (index, size)
    assert problems == []


NEED_NOT_BE_WRONG = {"later", "fields are missing"}
"""Changes after which some lines are still valid."""


@pytest.mark.parametrize("change", sorted(CHANGES.keys() - NEED_NOT_BE_WRONG))
def test_one_bad_line_is_found_wherever_it_is(change: str) -> None:
    lines = beating().lines
    for index, line in enumerate(lines):
        assert findings([*lines[:index], *CHANGES[change](line), *lines[index + 1 :]]), (index, change)


def test_a_file_that_ends_anywhere_has_one_finding() -> None:
    data = beating().bytes
    for end in range(1, len(data) - 1, 17):
        validator, splitter = Validator(SCHEMA), LineSplitter()
        found = [finding for line in splitter.feed(data[:end]) for finding in validator.take(line)]
        if isinstance(rest := splitter.rest(), Line):
            found += validator.take(rest, terminated=False)
        found += validator.end(end)
        assert len(found) == 1, (end, found)


@given(
    st.lists(st.sampled_from([*every_type().lines, *beating().lines, RESUMED]), max_size=30),
    st.integers(1, 2000),
    st.sampled_from([0, 1, 20]),
)
@settings(deadline=None, max_examples=200)
def test_blocks_of_lines_in_any_order_have_the_findings_of_their_lines(
    lines: list[bytes], size: int, interval: int
) -> None:
    script = Script().start()
    for event in map(json.loads, lines):
        script.add(event["type"], event["data"], parent=event["parent"], at=interval * len(script.lines))
    assert findings_in_blocks(script.lines, size) == findings(script.lines)


def test_events_after_the_end_and_long_silences_are_found_in_later_blocks_too() -> None:
    ended = Script().start().thought("a", at=1).complete(at=2).thought("b", at=3).thought("c", at=4)
    silent = Script().start().thought("a", at=1)
    for at in (2, 300, 301):
        silent.add("heartbeat", {"elapsed_s": float(at), "idle_s": 0.0, "state": "idle"}, at=at)
    resumed = Script().start().thought("a", at=1)
    resumed.add("info", {"message": "it goes on", "kind": "resumed"}, at=300).thought("b", at=301)

    for script in (ended, silent, resumed):
        for size in (1, 300, 10_000):
            assert findings_in_blocks(script.lines, size) == findings(script.lines)
            assert findings(script.lines)


def test_a_hole_before_a_block_is_found() -> None:
    first, second = Script().start().thought("a").thought("b").lines[0:2]
    validator = Validator(SCHEMA, VALID_LINES)
    assert list(validator.take_block(Block(first + b"\n", 0))) == []

    (finding,) = validator.take_block(Block(second + b"\n", len(first) + 1 + 5))
    assert finding.rule == "json"


def findings_in_blocks(lines: list[bytes], size: int) -> list[Finding]:
    """Return the findings on lines in blocks of at least `size` bytes."""
    data, validator = b"".join(line + b"\n" for line in lines), Validator(SCHEMA, VALID_LINES)
    found, begin = list[Finding](), 0
    while begin < len(data):
        end = data.find(b"\n", min(len(data) - 1, begin + size - 1)) + 1
        found += validator.take_block(Block(data[begin:end], begin))
        begin = end
    return [*found, *validator.end(len(data))]
