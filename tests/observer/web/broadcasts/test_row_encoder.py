"""Lines of a run as rows: the same in pages and streams, with and without a filter; and all of an event on request."""

import json
from pathlib import Path
from typing import Any

import pytest

from observer.runs.window.shared_file import SharedFile
from observer.web.broadcasts import broadcast
from observer.web.broadcasts.chunk_cache import Chunk
from tests.helpers import RUN, append, event_at
from tests.observer.web.asking import Served, run_of, serving

START = event_at(0, "run_start", project_dir="/home/me/thing")
LONG = "\n".join(f"line {number}" for number in range(40))
CALL = event_at(1, "tool_use", id="t", name="Read", input={"file_path": "/home/me/thing/a.py"})
RESULT = event_at(2, "tool_result", tool_use_id="t", name="Bash", status="success", output=LONG)
PIECES = [event_at(3, "thought", text=text, message="m", block=0) for text in ("It is **do", "ne**.", "\n\n- a")]


async def lines(served: Served, query: str = "") -> Any:
    answer = await served.get(f"/api/runs/{RUN}/lines?after=start&as=rows&{query}")
    assert answer.status == 200
    return answer.json


def ends(*written: bytes) -> list[int]:
    return [len(b"".join(written[: count + 1])) for count in range(len(written))]


async def test_a_page_and_a_stream_send_the_same_rows(tmp_path: Path) -> None:
    written = [START, CALL, RESULT, b"not JSON\n", b"\n", event_at(4, "info", message="x" * 1_100_000)]
    run_of(tmp_path, *written)
    async with serving(tmp_path) as served:
        page = [line for line in (await lines(served))["lines"] if line[2] is not None]
        assert [row["kind"] for _, _, row in page] == ["run_start", "tool_use", "tool_result", "malformed", "long"]
        assert page[1][2]["title"] == ["a.py"]
        assert [line[1] for line in page] == [end for index, end in enumerate(ends(*written)) if index != 4]
        stream = await served.events("as=rows")
        messages = await stream.until("caught-up")
        assert [message.json for message in messages] == [[begin, row] for begin, _, row in page]
        assert [int(message.id.partition(".")[2]) for message in messages] == [line[1] for line in page]
        assert {message.event for message in messages} == {"message"}


async def test_the_raw_lines_stay_beside_the_rows(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        raw, rows = await served.events("as=lines"), await served.events("as=rows")
        for stream in (raw, rows):
            await stream.until("caught-up")
        append(path, CALL)
        assert (await raw.message()).data.encode() + b"\n" == CALL
        assert (await rows.message()).json[1]["title"] == ["a.py"]


async def test_rows_are_encoded_once_for_all_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, encoded = run_of(tmp_path, START), []
    encode = broadcast.encode_rows

    def counted(file: SharedFile, chunk: Chunk) -> Chunk:
        encoded.append(chunk.begin)
        return encode(file, chunk)

    monkeypatch.setattr(broadcast, "encode_rows", counted)
    async with serving(tmp_path) as served:
        streams = [await served.events("as=rows") for _ in range(5)]
        for stream in streams:
            await stream.until("caught-up")
        append(path, CALL)
        assert {(await stream.message()).json[1]["kind"] for stream in streams} == {"tool_use"}
    assert encoded == [0, len(START)]


async def test_a_filtered_stream_and_page_send_rows_of_what_matches(tmp_path: Path) -> None:
    run_of(tmp_path, START, CALL, RESULT)
    async with serving(tmp_path) as served:
        for query in ("type=tool_use", "grep=a%5C.py"):
            (line,) = (await lines(served, query))["lines"]
            (message,) = await (await served.events(f"as=rows&{query}")).until("caught-up")
            assert message.json == [line[0], line[2]]
            assert message.json[1]["kind"] == "tool_use"


async def test_what_is_found_only_in_what_is_folded_is_sent_open(tmp_path: Path) -> None:
    run_of(tmp_path, START, RESULT)
    async with serving(tmp_path) as served:
        for pattern, is_open in (("line 3", False), ("line 33", True)):
            ((_, _, row),) = (await lines(served, f"grep={pattern.replace(' ', '%20')}&type=tool_result"))["lines"]
            assert row.get("folded", False) is not is_open
            assert ("line 33" in json.dumps(row)) is is_open


async def test_the_row_of_a_line_shows_all_of_it_on_request(tmp_path: Path) -> None:
    giant = event_at(5, "tool_result", tool_use_id="t", name="Bash", status="error", output="y" * 2_000_000)
    run_of(tmp_path, START, RESULT, giant)
    async with serving(tmp_path) as served:
        page = await lines(served)
        row = (await served.get(f"/api/runs/{RUN}/row?at={page['generation']}.{page['lines'][1][1]}")).json
        assert row["blocks"] == [{"block": "output", "spans": [LONG]}]
        assert page["lines"][2][2]["kind"] == "long"
        row = (await served.get(f"/api/runs/{RUN}/row?at={page['generation']}.{page['lines'][2][1]}")).json
        assert row["kind"] == "tool_result"
        assert len(row["blocks"][0]["spans"][0]) == 400_000
        assert row["blocks"][0]["note"] == "… 1,600,000 more characters; see the run file"


async def test_the_row_of_a_text_is_joined_from_its_pieces_and_no_others(tmp_path: Path) -> None:
    other = event_at(3, "thought", text="other", message="m", block=1)
    written = [START, PIECES[0], other, CALL, *PIECES[1:]]
    run_of(tmp_path, *written)
    async with serving(tmp_path) as served:
        generation, at = (await lines(served))["generation"], ends(*written)
        first, last = f"{generation}.{at[1]}", f"{generation}.{at[-1]}"
        row = (await served.get(f"/api/runs/{RUN}/row?first={first}&at={last}")).json
        assert [block["block"] for block in row["blocks"]] == ["paragraph", "list"]
        assert row["blocks"][0]["spans"] == ["It is ", ["done", "strong"], "."]
        assert "text" not in row


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("at=7", 400),
        ("at=0123456789abcdef.5&first=x", 400),
        ("at=0123456789abcdef.5", 409),
        ("at={generation}.0", 404),
        ("first={generation}.{size}&at={generation}.1", 409),
        ("wrong=1", 400),
    ],
)
async def test_a_request_for_a_row_that_makes_no_sense_is_refused(tmp_path: Path, query: str, status: int) -> None:
    run_of(tmp_path, START, CALL)
    async with serving(tmp_path) as served:
        page = await lines(served)
        asked = query.format(generation=page["generation"], size=page["size"])
        assert (await served.get(f"/api/runs/{RUN}/row?{asked}")).status == status


async def test_another_form_than_lines_and_rows_is_refused(tmp_path: Path) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        answer = await served.get(f"/api/runs/{RUN}/lines?after=start&as=words")
        assert (answer.status, answer.json["error"]) == (400, "invalid value for as: expected lines or rows")
