"""Lines that conform to the schema are decoded a block at a time, and no others are."""

import json
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.cli.schema import schema_text
from observer.format.lines import Block
from observer.format.schema import Schema
from observer.format.valid_lines import ValidLines
from observer.runs.validation import validator
from observer.runs.validation.validator import Validator
from tests.observer.written import every_type

SCHEMA, VALID_LINES = Schema(schema_text()), ValidLines(schema_text())
LINES = every_type().lines
VALUES = st.one_of(
    st.sampled_from([None, True, -1, 0, 5.0, 2**63, 2**70, "", "error", "2026-11-23T01:12:30.000000Z\n", [], {}]),
    st.recursive(st.none() | st.integers() | st.text(), lambda any_: st.lists(any_) | st.dictionaries(st.text(), any_)),
)


def test_every_type_of_event_is_decoded() -> None:
    lines = VALID_LINES.decode(every_type().bytes)

    assert lines is not None
    for line, written in zip(lines, map(json.loads, LINES), strict=True):
        assert [line.seq, line.timestamp, line.run, line.type] == [
            written[key] for key in ("seq", "timestamp", "run", "type")
        ]
        assert [line.phase, line.iteration, line.parent] == [written[key] for key in ("phase", "iteration", "parent")]
        assert {key: getattr(line.data, key) for key in written["data"]}.keys() == written["data"].keys()


@given(st.sampled_from(LINES), st.data())
@settings(deadline=None, max_examples=300)
def test_what_is_decoded_conforms_to_the_schema(line: bytes, data: st.DataObject) -> None:
    event: dict[str, Any] = json.loads(line)
    changed = event if data.draw(st.booleans()) else event["data"]
    key = data.draw(st.sampled_from([*changed, "unheard_of"]))
    if data.draw(st.booleans()):
        changed[key] = data.draw(VALUES)
    else:
        changed.pop(key, None)

    if VALID_LINES.decode(json.dumps(event).encode() + b"\n") is not None:
        assert SCHEMA.accepts(event)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        LINES[0],
        LINES[0] + b"\n\n",
        LINES[0] + LINES[1] + b"\n",
        LINES[0].replace(b",", b",\n", 1) + b"\n",
        b"\xef\xbb\xbf" + LINES[0] + b"\n",
        b"\0" + LINES[0] + b"\n",
        LINES[3].replace(b"Look", b"L\xffok") + b"\n",
        LINES[3].replace(b"Look", b"L\\ud800ok") + b"\n",
        LINES[3].replace(b'"thinking"', b'"thinking","type":"thought"') + b"\n",
        LINES[3].replace(b'"block":0', b'"block":"0","block":0') + b"\n",
        LINES[3].replace(b'"seq":4', b'"seq":0') + b"\n",
        LINES[3].replace(b"2026-", "\u0662026-".encode()) + b"\n",
        LINES[3].replace(b'"timestamp":"', b'"timestamp":"2026-11-23T01:12:30.000000Z\\n') + b"\n",
        LINES[3] + b"\n" + LINES[4].replace(b'"timestamp":"2026', b'"timestamp":"202') + b"\n",
        LINES[3].replace(b'"type":"thinking"', b'"type":"unheard_of"') + b"\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_anything_else_is_left_to_tolerant_decoding(data: bytes) -> None:
    assert data not in {line + b"\n" for line in LINES}
    assert VALID_LINES.decode(data) is None


def unusual_run(rng: Random) -> bytes:
    """Return a run in which now and then a line is not as usual."""
    start, *events, end = (json.loads(line) for line in LINES)
    lines = [start, *(deepcopy(rng.choice(events)) for _ in range(rng.randint(1, 60))), end]
    written = b""
    for seq, event in enumerate(lines, 1):
        event |= {"seq": seq, "timestamp": f"2026-11-23T01:{12 + seq // 60}:{seq % 60:02}.000000Z"}
        odd = rng.randint(0, 40)
        if odd == 0:
            event["data"]["unheard_of"] = 1
        if odd == 1:
            event["seq"] += rng.choice([-1, 1])
        if odd == 2:
            event["timestamp"] = "2026-11-23T01:12:00.000000Z"
        if odd == 3:
            event["run"] = "another"
        line = json.dumps(event, separators=(",", ":")).encode()
        written += (line[:20] if odd == 4 else b"" if odd == 5 else line) + b"\n"
    return written


def test_blocks_of_lines_have_the_same_findings_as_single_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validator, "_FEW_BYTES", 300)
    for seed in range(150):
        rng = Random(seed)
        data = unusual_run(rng)
        middle = data.index(b"\n", rng.randrange(len(data))) + 1

        one_by_one, blocks = Validator(SCHEMA), Validator(SCHEMA, VALID_LINES)
        expected = [finding for line in Block(data, 0).lines() for finding in one_by_one.take(line)]
        parts = [Block(data[:middle], 0), Block(data[middle:], middle)]
        found = [finding for block in parts if block.data for finding in blocks.take_block(block)]

        assert found == expected, f"seed {seed}"
        assert list(blocks.end(len(data))) == list(one_by_one.end(len(data))), f"seed {seed}"


def test_the_halves_of_a_block_are_its_lines() -> None:
    assert Block(b"a\nbcd\ne\n", 5).halves() == [Block(b"a\nbcd\n", 5), Block(b"e\n", 11)]
    assert Block(b"a\nlong line\n", 0).halves() == [Block(b"a\n", 0), Block(b"long line\n", 2)]
    assert Block(b"one line\n", 0).halves() == [Block(b"one line\n", 0)]
