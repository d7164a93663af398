"""Tests that lines without content are skipped by their beginning, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.dialects.claude.bookkeeping import QUIET, announced_model, skipped_kind
from observer.dialects.claude.claude_dialects import Transcript
from tests.observer.dialects.claude.written import File, call, encode, text


@pytest.mark.parametrize("kind", sorted(QUIET))
def test_bookkeeping_is_skipped_by_its_type(kind: str) -> None:
    line = encode([{"type": kind, "sessionId": "s", "data": {"type": "user"}}])[0]
    assert skipped_kind(line) == kind
    assert skipped_kind(line.replace(b'"type":', b' "type" : ', 1)) == kind
    converter = Transcript().converter()
    assert converter.feed(line) == []
    assert converter.unknown == {}


def test_attachments_are_skipped_unless_they_are_prompts() -> None:
    beginning = b'{"parentUuid":"u","isSidechain":true,"agentId":"a1","attachment":{"type":"%b","text":"..."}}'
    assert skipped_kind(beginning % b"prompt_snapshot") == "attachment"
    assert skipped_kind(beginning % b"queued_command") is None
    assert skipped_kind(b'{"type":"attachment","uuid":"u","attachment":{"type":"date"}}') is None


def test_records_with_content_are_not_skipped() -> None:
    file = File().prompt("mode").says("m1", text('"type":"mode"'), call("t1")).result("t1").cost(0.1)
    file.bare("queue-operation", operation="enqueue").bare("ai-title", aiTitle="x").add("system", subtype="api_error")
    assert [skipped_kind(line) for line in file.lines] == [None] * len(file.lines)


def test_the_type_of_what_a_record_holds_is_not_its_own() -> None:
    assert skipped_kind(b'{"message":{"type":"mode"},"type":"user"}') is None
    assert skipped_kind(b'{"note":"\\"type\\":\\"mode\\"","type":"user"}') is None
    assert skipped_kind(b'["type","mode"]') is None


def test_a_model_is_announced_by_one_kind_of_attachment() -> None:
    line = b'{"parentUuid":null,"isSidechain":false,"attachment":{"type":"%b","identity":{"modelId":"claude-y"}}}'
    assert announced_model(line % b"model") == "claude-y"
    assert announced_model(line % b"date") is None
    assert announced_model(b'{"type":"model","identity":{"modelId":"claude-y"}}') is None
    assert announced_model(line.replace(b"modelId", b"id") % b"model") is None


@given(st.binary(max_size=200))
def test_any_bytes_are_looked_at_without_an_error(line: bytes) -> None:
    skipped_kind(line)
    announced_model(b'{"attachment":{"type":"model","modelId":"' + line + b'"')
