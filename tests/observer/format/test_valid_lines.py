"""Lines that conform to the schema are decoded a block at a time, and no others are."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.cli.schema import schema_text
from observer.format.schema import Schema
from observer.format.valid_lines import ValidLines
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
