"""A stream of another program is read as a run, a run file as it is, whatever comes first and in which pieces.

Tests `observer.dialects.translation` too.
"""

import json
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from observer.dialects.prices import Prices
from observer.dialects.recognize import recognize
from observer.dialects.translation import Translation
from observer.format.line import Line, Oversize
from observer.format.lines import LineSplitter
from observer.runs.listing.listing import list_run
from observer.runs.state.verdict import Verdict
from observer.source.items import Idle, Item, Lines, PartialLine
from observer.source.snapshot import Snapshot
from observer.source.translated import TranslatedSource, translated_file
from tests.helpers import event

INIT = {
    "type": "system", "subtype": "init", "session_id": "s-1", "cwd": "/home/me/thing", "model": "claude-opus-5-5",
    "tools": ["Bash"], "claude_code_version": "2.1.332",
}  # fmt: skip
ANSWER = {
    "type": "assistant", "session_id": "s-1", "parent_tool_use_id": None,
    "message": {
        "id": "m", "role": "assistant", "model": "claude-opus-5-5", "content": [{"type": "text", "text": "Hi."}],
        "usage": {"input_tokens": 1, "output_tokens": 2},
    },
}  # fmt: skip
RESULT = {
    "type": "result", "subtype": "success", "is_error": False, "session_id": "s-1", "result": "Hi.", "num_turns": 1,
    "duration_ms": 5, "total_cost_usd": 0.25,
}  # fmt: skip
STREAM = b"".join(json.dumps(record).encode() + b"\n" for record in (INIT, ANSWER, RESULT))


class Pieces:
    """A source that yields bytes in pieces of some size, then ends."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = [data[at : at + size] for at in range(0, len(data), size)]
        self._splitter = LineSplitter()

    def rest(self, _origin: str | None = None, /) -> PartialLine | None:
        rest = self._splitter.rest()
        return PartialLine(rest) if rest is not None else None

    async def items(self) -> AsyncGenerator[Item, None]:
        for piece in self._pieces:
            yield Lines(self._splitter.feed(piece))
            yield Idle()
        if (rest := self.rest()) is not None:
            yield rest
        yield Idle()


async def lines_of(data: bytes, size: int = 1 << 20) -> list[bytes]:
    found: list[bytes] = []
    async with aclosing(TranslatedSource(Pieces(data, size), "standard input", clock=lambda: 1e9).items()) as items:
        async for item in items:
            if isinstance(item, Lines):
                found += [line.data for line in item.lines if isinstance(line, Line)]
            elif isinstance(item, PartialLine) and isinstance(item.line, Line):
                found.append(item.line.data)
    return found


@pytest.mark.parametrize("size", [1, 7, 300, 1 << 20])
async def test_a_stream_becomes_the_run_that_it_is_about_in_whatever_pieces_it_comes(size: int) -> None:
    events: list[dict[str, Any]] = [json.loads(line) for line in await lines_of(STREAM, size)]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["type"], events[0]["run"], events[-1]["type"]) == ("run_start", "s-1", "complete")
    assert [event["data"]["text"] for event in events if event["type"] == "thought"] == ["Hi."]
    assert events[-1]["data"]["cost_usd"] == 0.25


@pytest.mark.parametrize("size", [1, 50, 1 << 20])
@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (event("info") + event("complete"), [event("info")[:-1], event("complete")[:-1]]),
        (b"no JSON\n{}\n", [b"no JSON", b"{}"]),
        (b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}\n{"half', [b'{"a":1}', b'{"half']),
        (b"\n\n", [b"", b""]),
        (b"", []),
    ],
)
async def test_other_lines_are_passed_on_as_they_are(data: bytes, lines: list[bytes], size: int) -> None:
    assert await lines_of(data, size) == lines


async def test_a_stream_that_is_cut_off_has_no_end() -> None:
    cut = STREAM[: STREAM.index(b'{"type": "result"') + 20]
    assert json.loads((await lines_of(cut))[-1])["type"] != "complete"


def test_a_copy_of_a_stream_is_translated_whole(tmp_path: Path) -> None:
    stream, run = tmp_path / "stream", tmp_path / "run.ndjson"
    cut = STREAM[: STREAM.index(b'{"type": "result"')]
    for data, verdict in (
        (STREAM, Verdict.COMPLETE), (STREAM.rstrip(b"\n"), Verdict.COMPLETE), (cut, Verdict.CRASHED),
    ):  # fmt: skip
        stream.write_bytes(data)
        descriptor = os.open(stream, os.O_RDONLY)
        translated = translated_file(descriptor, "standard input")
        assert translated is not None
        run.write_bytes(os.pread(translated, 1 << 20, 0))
        os.close(translated)
        os.close(descriptor)
        assert list_run(Snapshot(run)).status.verdict is verdict


def test_a_run_file_needs_no_translation(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(event("info", message="a"))
    descriptor = os.open(path, os.O_RDONLY)
    assert translated_file(descriptor, "x") is None
    os.close(descriptor)


def test_a_line_that_is_too_long_to_keep_is_reported_at_the_end() -> None:
    dialect = recognize(STREAM)
    assert dialect is not None
    translation = Translation(dialect, "x", "here", Prices())
    translation.feed([Oversize(0, 1 << 26)], 0.0)
    lines = translation.feed([Line(data, 0) for data in STREAM.splitlines()], 0.0) + translation.end(0.0)
    events = [json.loads(line.data) for line in lines if isinstance(line, Line)]
    assert "(longer than 32 MiB) (1)" in events[-2]["data"]["message"]
