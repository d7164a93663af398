"""Tests that a file is recognized by its content, that bookkeeping decides nothing, and that no run file is foreign.

Tests `observer.dialects.claude.claude_dialects` and `observer.dialects.codex.codex_dialects` too.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.dialects.recognize import HEAD_BYTES, recognize
from tests.observer.dialects.claude.written import File, Stream, call, encode, result, text
from tests.observer.written import small

BOOKKEEPING = encode([
    {"type": "mode", "mode": "normal", "sessionId": "s"}, {"type": "last-prompt", "leafUuid": "u", "sessionId": "s"},
    {"type": "api-request-blob", "sessionId": "s", "data": "x" * 4000}, {"type": "atis-latch", "sessionId": "s"},
    {"type": "file-history-snapshot", "messageId": "m"}, {"type": "summary", "summary": "A title", "leafUuid": "u"},
])  # fmt: skip
TRANSCRIPT = File().prompt("Begin.").says("m1", call("t1")).result("t1")
STREAM = Stream().init().says("m1", call("t1")).user([result("t1")]).says("m2", text("Ok.")).result()


def name_of(head: bytes) -> str | None:
    dialect = recognize(head)
    return dialect.name if dialect else None


def joined(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def test_a_transcript_is_one_behind_any_bookkeeping() -> None:
    assert name_of(joined(*BOOKKEEPING, *TRANSCRIPT.lines)) == "claude-transcript"
    assert name_of(joined(TRANSCRIPT.lines[0])) == "claude-transcript"


def test_bookkeeping_alone_decides_nothing() -> None:
    assert name_of(joined(*BOOKKEEPING)) is None
    assert name_of(b"") is None
    assert name_of(b"{}\n[]\nnot JSON\n\xff\n") is None


def test_a_stream_is_one_also_without_its_beginning() -> None:
    assert name_of(joined(*STREAM.lines)) == "claude-stream-json"
    for record in STREAM.records:
        assert name_of(joined(*encode([record]))) == "claude-stream-json"
    assert name_of(joined(b"Warning: no settings", STREAM.lines[0])) == "claude-stream-json"


@pytest.mark.parametrize(
    "record",
    [
        {"type": "user", "timestamp": "2024-01-01T10:00:00Z", "message": {"content": "hello"}},
        {"type": "user", "uuid": "u1", "message": {"role": "user", "content": "summarize"}},
        {"timestamp": "2026-01-09T10:00:00.000Z", "sessionId": "s", "message": {"role": "assistant", "id": "m"}},
        {"type": "system", "subtype": "compact_boundary", "sessionId": "s"},
    ],
)
def test_old_and_minimal_records_are_those_of_transcripts(record: dict[str, object]) -> None:
    assert name_of(joined(*encode([record]))) == "claude-transcript"


@pytest.mark.parametrize(
    "record",
    [
        {"timestamp": "2026-01-01T00:00:00Z", "type": "response_item", "payload": {"type": "message"}},
        {"role": "user", "message": {"content": [{"type": "text", "text": "hi"}]}},
        {"type": "user.message", "data": {"content": "hi"}, "id": "1", "timestamp": "2026-01-01T00:00:00Z"},
        {"id": "1", "timestamp": "2026-01-01T00:00:00Z", "type": "user", "content": [{"text": "hi"}]},
        {"type": "tool_use", "timestamp": "2026-01-01T00:00:00Z", "tool_name": "x", "parameters": {}},
        {"type": "result", "status": "success", "session_id": None},
        {"type": ["user"], "message": {}, "uuid": 7},
        {"level": "info", "msg": "a log", "time": 1},
    ],
)
def test_records_of_others_are_not_those_of_claude_code(record: dict[str, object]) -> None:
    assert name_of(joined(*encode([record]))) not in {"claude-transcript", "claude-stream-json"}


def test_a_run_file_is_never_foreign() -> None:
    run = small().bytes
    assert recognize(run) is None
    assert recognize(run[:200]) is None
    assert recognize(Path("docs/example.ndjson").read_bytes()) is None
    quoting = json.dumps(
        {"seq": 1, "run": "r", "type": "user", "data": {}, "message": {}, "uuid": "u", "sessionId": "s"}
    )
    assert recognize(joined(quoting.encode(), *TRANSCRIPT.lines)) is None


def test_only_the_first_64_kib_are_looked_at_and_a_cut_line_does_not_count() -> None:
    long = encode([{"type": "api-request-blob", "data": "x" * HEAD_BYTES}])[0]
    assert name_of(joined(long, *TRANSCRIPT.lines)) is None
    assert name_of(joined(*TRANSCRIPT.lines)[:-30]) == "claude-transcript"


@given(st.binary(max_size=300))
def test_any_bytes_are_looked_at_without_an_error(head: bytes) -> None:
    recognize(head)
    recognize(b'{"type":"user","message":' + head + b"}\n")
