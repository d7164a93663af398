"""The rows of a run as a report holds them: chunks that a script unpacks."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from observer.format.event import Event, decode
from observer.format.lines import LineSplitter
from observer.report import row_chunks
from observer.report.row_chunks import Chunk, RowChunks
from tests.helpers import event_at

Unpacked = tuple[list[list[list[Any]]], list[Chunk]]


def chunks_of(*lines: bytes, is_late: Callable[[], bool] = lambda: False) -> Unpacked:
    """Return the records of each chunk, and the index."""
    written: list[bytes] = []
    with RowChunks(written.append, is_late) as chunks:
        for line in LineSplitter(0).feed(b"".join(lines)):
            event = decode(line)  # type: ignore[arg-type]
            if event is not None:
                assert isinstance(event, Event)
                chunks.add(event)
    return [json.loads(gzip.decompress(base64.b64decode(one))) for one in written], chunks.index


def rows_of(*lines: bytes) -> list[dict[str, Any]]:
    return [row for chunk in chunks_of(*lines)[0] for _, _, row, *_ in chunk]


def test_the_pieces_of_a_text_are_one_record_with_its_tree() -> None:
    first, message = rows_of(
        event_at(0, "thought", text="I **will** ", message="m", block=0),
        event_at(1, "thought", text="look.", message="m", block=0),
        event_at(2, "message", id="m", text="I **will** look.", tokens={"output": 3}),
    )
    assert first["text"] == "I **will** look."
    assert first["blocks"] == [{"block": "paragraph", "spans": ["I ", ["will", "strong"], " look."]}]
    assert (message["kind"], "blocks" in message) == ("message", False)


def test_what_comes_between_the_pieces_of_a_text_follows_it() -> None:
    kinds = [row["kind"] for row in rows_of(
        event_at(0, "thought", text="I will ", message="m", block=0),
        event_at(1, "heartbeat", state="writing"),
        event_at(2, "thought", "sub", text="Me too", message="n", block=0),
        event_at(3, "thought", text="look.", message="m", block=0),
    )]  # fmt: skip
    assert kinds == ["thought", "heartbeat", "thought"]


def test_text_that_replaces_another_says_so_and_both_are_kept() -> None:
    first, second = rows_of(
        event_at(0, "thought", text="It is 4", message="m", block=0),
        event_at(1, "thought", text="It is 42", message="n", block=0, replaces="m"),
    )
    assert (first["text"], second["text"], second["replaces"]) == ("It is 4", "It is 42", "m")


def test_pieces_without_a_message_stay_apart() -> None:
    rows = rows_of(event_at(0, "thought", text="a"), event_at(1, "thought", text="b"))
    assert [row["text"] for row in rows] == ["a", "b"]


def test_a_folded_row_has_all_of_its_event_beside_it() -> None:
    output = "\n".join(f"line {number}" for number in range(900))
    ((record,),), _ = chunks_of(event_at(0, "tool_result", tool_use_id="t", name="Bash", status="error", output=output))
    _, _, row, blocks, status = record
    assert (row["folded"], status) == (True, "error")
    assert blocks == [{"block": "output", "spans": [output]}]


def test_records_say_where_their_lines_are_in_the_file() -> None:
    lines = [event_at(second, "info", message="x" * second) for second in range(5)]
    data = lines[0] + b"\n\n" + b"".join(lines[1:])
    (chunk,), index = chunks_of(data)
    end, found = index[0].begin, list[bytes]()
    for gap, length, *_ in chunk:
        found.append(data[end + gap : end + gap + length])
        end += gap + length
    assert found == lines


def test_a_chunk_ends_between_texts_and_the_index_says_where_the_next_one_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_chunks, "CHUNK_BYTES", 1000)
    lines = [event_at(0, "info", message="x" * 1000), *(
        event_at(second, "thought", text="y" * 400, message="m", block=0) for second in range(1, 9)
    ), event_at(9, "info", message="z")]  # fmt: skip
    chunks, index = chunks_of(*lines)
    assert [[row["kind"] for _, _, row, *_ in chunk] for chunk in chunks] == [["info"], ["thought", "info"]]
    assert [chunk.begin for chunk in index] == [0, len(lines[0])]
    assert [chunk.time for chunk in index] == [1795396350000, 1795396351000]
    assert len(chunks[1][0][2]["text"]) == 3200


def test_a_text_that_is_far_too_long_goes_on_in_the_next_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_chunks, "_MAX_CHUNK_BYTES", 1000)
    chunks, _ = chunks_of(*(event_at(n, "thought", text="y" * 400, message="m", block=0) for n in range(5)))
    assert [len(row["text"]) for chunk in chunks for _, _, row, *_ in chunk] == [1200, 800]


def test_code_is_highlighted_only_while_there_is_time() -> None:
    call = event_at(0, "tool_use", id="t", name="Bash", input={"command": "echo 'a'"})
    echo = ["echo", "builtin"]
    for time_left, spans in ((0, ["echo 'a'"]), (1, [echo, " 'a'"]), (9, [echo, " ", ["'a'", "string"]])):
        words = iter(range(time_left))
        ((record,),), _ = chunks_of(call, is_late=lambda words=words: next(words, None) is None)  # type: ignore[misc]
        assert record[3][0]["blocks"][0]["spans"] == spans


def test_what_acts_or_hides_is_escaped() -> None:
    (row,) = rows_of(event_at(0, "info", message="a\x1b[31m\u202eb"))
    assert row["title"] == ["a\\x1b[31m\\u202eb"]
