"""The row of each event, and what may be in one.

Tests observer.runs.rows.event_row, observer.runs.rows.call_rows, observer.runs.rows.text_rows,
observer.runs.rows.row_blocks, observer.runs.rows.row_types and observer.runs.rows.row_json.

`tests/rows.json` is the table: an event, and its `row`; with `open`, the row that shows all of the event.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.events import EVENT_TYPES
from observer.cli.schema import Output, output_schema
from observer.format.event import Event, Malformed, decode
from observer.format.line import Line
from observer.runs.rows.event_row import long_row, make_row, malformed_row, text_row
from observer.runs.rows.row_json import encode_line, encode_row
from observer.runs.rows.row_types import Block, Row
from observer.runs.trouble import is_trouble
from tests.observer.report.runs import hostile_run
from tests.observer.written import every_type

ROOT = Path(__file__).parents[4]
TABLE: list[dict[str, Any]] = json.loads((ROOT / "tests" / "rows.json").read_text("utf-8"))
PROJECT = "/home/me/greeter"
SCHEMA = json.loads(output_schema(Output.ROWS))
FORBIDDEN = {chr(code) for code in (*range(9), *range(11, 32), 0x7F, 0x9B, 0x202E, 0x2066, 0x200B, 0xFEFF, 0x2028)}


def line(event: dict[str, Any]) -> Line:
    return Line(json.dumps(event).encode(), 0)


def event(kind: str, **data: Any) -> Event:
    decoded = decode(line({"type": kind, "data": data}))
    assert isinstance(decoded, Event)
    return decoded


def row_of(source: Line, *, is_open: bool = False) -> dict[str, Any]:
    encoded = encode_line(source, project=PROJECT, is_open=is_open, is_late=lambda: False)
    assert encoded is not None
    row: dict[str, Any] = json.loads(encoded)
    return row


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"{entry['event']['type']}-{entry['words'][:20]}")
def test_each_event_is_the_row_of_the_table(entry: dict[str, Any]) -> None:
    assert row_of(line(entry["event"]), is_open=entry.get("open", False)) == entry["row"]


def test_every_row_is_as_the_schema_says() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for entry in TABLE:
        for is_open in (False, True):
            validator.validate(row_of(line(entry["event"]), is_open=is_open))
    validator.validate(json.loads(encode_row(long_row(3_000_000, "tool_result", 7))))
    validator.validate(json.loads(encode_row(malformed_row(Malformed(0, 5, "not JSON", "x{y")))))


def test_a_row_of_every_type_of_the_format_is_made_whatever_it_lacks() -> None:
    for kind in EVENT_TYPES:
        for is_open in (False, True):
            assert make_row(event(kind.type), is_open=is_open).kind in {kind.type, "prompt"}


def test_a_row_is_trouble_if_the_filter_for_errors_selects_its_event() -> None:
    for source in every_type().bytes.splitlines():
        decoded = decode(Line(source, 0))
        assert isinstance(decoded, Event)
        assert make_row(decoded).trouble is is_trouble(decoded)


def test_the_page_of_rows_documents_every_field_look_and_block() -> None:
    page = (ROOT / "docs" / "rows.md").read_text("utf-8")
    names = {name for definition in SCHEMA["$defs"].values() for name in definition.get("properties", ())}
    names |= {block.__struct_config__.tag for block in Block.__args__}
    assert {name for name in names if f"`{name}`" not in page} == set()
    assert set(Row.__struct_fields__) <= names


def test_no_text_of_a_hostile_run_acts_reorders_or_hides() -> None:
    for source in b"".join(hostile_run()).splitlines():
        for is_open in (False, True):
            encoded = encode_line(Line(source, 0), is_open=is_open)
            if encoded is not None:
                assert {char for text in texts(json.loads(encoded)) for char in text} & FORBIDDEN == set()


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in texts(item)]


@pytest.mark.parametrize(
    ("kind", "data", "most"),
    [
        ("tool_use", {"id": "t", "name": "Bash", "input": {"command": "TEXT"}}, 600),
        ("info", {"message": "TEXT"}, 600),
        ("prompt", {"source": "cli", "text": "TEXT"}, 240),
        ("prompt", {"source": "cli", "text": f"TEXT{' ' * 900}y"}, 0),
    ],
)
def test_a_title_that_is_cut_says_so(kind: str, data: dict[str, Any], most: int) -> None:
    def title(length: int) -> str:
        source = json.dumps({"type": kind, "data": data}).replace("TEXT", "x" * length)
        return "".join(texts(row_of(Line(source.encode(), 0))["title"]))

    assert title(most + 1).endswith("x…")
    assert not most or title(most).endswith("xx")


def test_of_many_blocked_calls_the_first_are_named_and_all_are_counted() -> None:
    calls = [{"name": "Bash", "rule": "allowlist", "command": f"rm {number}"} for number in range(14)]
    row = row_of(line({"type": "complete", "data": {"outcome": "failed", "blocked": calls}}))
    count, first, *_, last = [block["spans"] for block in row["blocks"]]
    assert count == ["14 calls blocked"]
    assert first == ["rm 0 · ", ["rule allowlist", "faint"]]
    assert last[0] == "rm 11 · "


def test_an_output_is_folded_to_its_first_lines_and_is_whole_once_it_is_open() -> None:
    output = "\n".join(map(str, range(900)))
    source = line({"type": "tool_result", "data": {"name": "Bash", "status": "success", "output": output}})
    folded = row_of(source)
    assert folded["folded"]
    assert folded["blocks"] == [
        {"block": "output", "spans": ["0\n1\n2\n3\n4\n5"], "note": "… 894 more lines, 3.5 kB in total"}
    ]
    whole = row_of(source, is_open=True)
    assert "folded" not in whole
    assert whole["blocks"] == [{"block": "output", "spans": [output]}]


def test_a_long_line_of_an_output_is_cut_until_the_row_is_open() -> None:
    source = line({"type": "tool_result", "data": {"name": "Bash", "status": "success", "output": "x" * 5000}})
    assert len(row_of(source)["blocks"][0]["spans"][0]) == 601
    assert row_of(source)["folded"]
    assert row_of(source, is_open=True)["blocks"][0]["spans"] == ["x" * 5000]


def test_a_text_in_pieces_has_the_tree_of_all_of_them() -> None:
    pieces = [event("thought", text=text, message="m", block=2) for text in ("It is **do", "ne**.\n\n- a", "\n- b")]
    joined = text_row(pieces)
    assert joined is not None
    assert (joined.message, joined.block, joined.text) == ("m", 2, None)
    assert [block.__struct_config__.tag for block in joined.blocks] == ["paragraph", "list"]
    assert text_row([]) is None


def test_a_blank_line_has_no_row_and_a_malformed_one_says_why() -> None:
    assert encode_line(Line(b"  ", 0)) is None
    assert row_of(Line(b"{x\x1b", 0))["kind"] == "malformed"


def test_fields_beyond_the_first_are_counted() -> None:
    source = line({"type": "odd", "data": {f"f{number}": number for number in range(100)}})
    blocks = row_of(source, is_open=True)["blocks"]
    assert len(blocks) == 61
    assert blocks[-1]["spans"] == ["… 40 more fields; see the run file"]
