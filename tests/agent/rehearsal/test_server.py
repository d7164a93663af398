"""The server over real HTTP: what a client receives for a script, and that nothing outlives the `async with`
(`agent.rehearsal.app`, `agent.rehearsal.response`).
"""

import asyncio
import contextlib
import http.client
import json
import re
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent.rehearsal.load import parse_script
from agent.rehearsal.script import Script
from agent.rehearsal.server import serve
from tests.helpers import LIMIT_S, patient, wait_until_async

PROMPT = {"messages": [{"role": "user", "content": "go"}], "stream": True}


def script(turn: str) -> Script:
    return parse_script(f'[[conversation]]\nname = "main"\n[[conversation.turn]]\n{turn}'.encode(), "try.toml")


HELLO = script('block = [{ type = "text", text = "Hello from {project}" }]')
STALLED = script('block = [{ type = "text", text = "Hello" }]\nfault = [{ type = "stall", after_chars = 2 }]')


async def post(base_url: str, body: Any = PROMPT, path: str = "/v1/messages") -> tuple[int, dict[str, str], str]:
    def request() -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection(urlsplit(base_url).netloc)
        try:
            connection.request("POST", path, json.dumps(body))
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    return await asyncio.to_thread(request)


def events(stream: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: ")]


def text_of(stream: str) -> str:
    return "".join(event.get("delta", {}).get("text", "") for event in events(stream))


async def test_a_stream_carries_the_turn_with_the_project_inserted():
    async with serve(HELLO, project="/the/project") as rehearsal:
        status, headers, stream = await post(rehearsal.base_url)

    assert status == 200
    assert headers["content-type"].startswith("text/event-stream")
    assert text_of(stream) == "Hello from /the/project"
    assert [event["type"] for event in events(stream)][-2:] == ["message_delta", "message_stop"]


async def test_without_a_stream_the_message_comes_at_once():
    async with serve(HELLO, project=Path("/p")) as rehearsal:
        _, _, answer = await post(rehearsal.base_url, PROMPT | {"stream": False, "model": "m"})

    message = json.loads(answer)
    assert message["content"] == [{"type": "text", "text": "Hello from /p"}]
    assert (message["model"], message["stop_reason"]) == ("m", "end_turn")


async def test_an_overloaded_api_says_when_to_retry_and_then_answers():
    overloaded = script(
        'fault = [{ type = "http", status = 529, retry_after_s = 3 }]\nblock = [{type="text",text="a"}]'
    )
    async with serve(overloaded, project="/p") as rehearsal:
        status, headers, body = await post(rehearsal.base_url)
        _, _, stream = await post(rehearsal.base_url)

    assert (status, headers["retry-after"]) == (529, "3")
    assert json.loads(body)["error"] == {"type": "overloaded_error", "message": "the script says so"}
    assert text_of(stream) == "a"
    assert [(request.turn, request.attempt) for request in rehearsal.requests] == [(1, 1), (1, 2)]


async def test_a_cut_stream_ends_early_and_the_next_attempt_may_be_without_a_stream():
    cut = script('fault = [{ type = "cut", after_chars = 3 }]\nblock = [{ type = "text", text = "Hello" }]')
    async with serve(cut, project="/p") as rehearsal:
        with pytest.raises(http.client.IncompleteRead) as caught:
            await post(rehearsal.base_url)
        _, _, answer = await post(rehearsal.base_url, PROMPT | {"stream": False})

    assert text_of(caught.value.partial.decode()) == "Hel"
    assert json.loads(answer)["content"][0]["text"] == "Hello"
    assert [request.stream for request in rehearsal.requests] == [True, False]


@pytest.mark.parametrize("fault", ["cut", "end"])
async def test_an_answer_without_a_stream_is_cut_before_it_begins(fault: str):
    cut = script(f'fault = [{{ type = "{fault}" }}]\n' + 'block = [{ type = "text", text = "Hello" }]')
    async with serve(cut, project="/p") as rehearsal:
        with pytest.raises(http.client.RemoteDisconnected):
            await post(rehearsal.base_url, PROMPT | {"stream": False})


async def test_a_stall_pauses_and_continues():
    stall = script('fault = [{ type = "stall", silence_s = 0.2 }]\nblock = [{ type = "text", text = "Hello" }]')
    async with serve(stall, project="/p") as rehearsal:
        begin = time.monotonic()
        _, _, stream = await post(rehearsal.base_url)

    assert time.monotonic() - begin >= 0.2
    assert text_of(stream) == "Hello"


async def test_pings_are_all_that_is_sent_until_the_message_goes_on():
    stall = 'fault = [{ type = "stall", before = "message_start", silence_s = 0.2, ping_s = 0.05 }]'
    async with serve(script(stall + '\nblock = [{ type = "text", text = "Hello" }]'), project="/p") as rehearsal:
        begin = time.monotonic()
        _, _, stream = await post(rehearsal.base_url)

    assert time.monotonic() - begin >= 0.2
    assert [event["type"] for event in events(stream)][:5] == ["ping"] * 4 + ["message_start"]
    assert text_of(stream) == "Hello"


@pytest.mark.parametrize(
    ("fault", "last"),
    [
        ('{ type = "end", after_chars = 3 }', ["content_block_start", "content_block_delta"]),
        ('{ type = "error", after_chars = 3 }', ["content_block_delta", "error"]),
        ('{ type = "omit", event = "message_stop" }', ["content_block_stop", "message_delta"]),
        ('{ type = "insert", before = "message_stop", event = "odd", data = "{no json" }', ["odd", "message_stop"]),
    ],
)
async def test_a_malformed_stream_ends_properly(fault: str, last: list[str]):
    block = 'block = [{ type = "text", text = "Hello" }]'
    async with serve(script(f"fault = [{fault}]\n{block}"), project="/p") as rehearsal:
        status, _, stream = await post(rehearsal.base_url)
        _, _, again = await post(rehearsal.base_url)

    assert status == 200
    assert re.findall(r"^event: (\w+)$", stream, re.MULTILINE)[-2:] == last
    assert text_of(again) == "Hello"


@pytest.mark.parametrize(("error", "status"), [("overloaded_error", 529), ("api_error", 500), ("odd_error", 500)])
async def test_without_a_stream_an_error_in_its_middle_is_the_answer(error: str, status: int):
    fault = f'fault = [{{ type = "error", error = "{error}", message = "no" }}]'
    async with serve(script(fault), project="/p") as rehearsal:
        code, _, body = await post(rehearsal.base_url, PROMPT | {"stream": False})

    assert (code, json.loads(body)["error"]) == (status, {"type": error, "message": "no"})


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *[(400, "invalid_request_error"), (401, "authentication_error"), (402, "billing_error")],
        *[(403, "permission_error"), (404, "not_found_error"), (413, "request_too_large"), (429, "rate_limit_error")],
        *[(500, "api_error"), (502, "api_error"), (504, "timeout_error"), (529, "overloaded_error")],
    ],
)
async def test_an_error_has_the_name_that_the_api_gives_to_its_status(status: int, error: str):
    fault = f'fault = [{{ type = "http", status = {status}, headers = {{ x-should-retry = "false" }} }}]'
    async with serve(script(fault), project="/p") as rehearsal:
        code, headers, body = await post(rehearsal.base_url)

    assert (code, json.loads(body)["error"]["type"]) == (status, error)
    assert headers["x-should-retry"] == "false"


async def test_the_files_of_a_script_are_in_the_project(tmp_path: Path):
    table = '[[file]]\npath = "a.txt"\ntext = "in {project}"\n'
    turn = '[[conversation]]\nname = "main"\n[[conversation.turn]]\nblock = [{ type = "text", text = "a" }]'
    async with serve(parse_script((table + turn).encode(), ""), project=tmp_path):
        assert (tmp_path / "a.txt").read_text() == f"in {tmp_path}"


@pytest.mark.parametrize("path", ["/v1/models", "/"])
async def test_an_unknown_path_is_an_api_error(path: str):
    async with serve(HELLO, project="/p") as rehearsal:
        status, _, body = await post(rehearsal.base_url, path=path)

    assert (status, json.loads(body)["error"]["type"]) == (404, "not_found_error")


async def test_an_invalid_request_is_an_api_error():
    async with serve(HELLO, project="/p") as rehearsal:
        status, _, body = await post(rehearsal.base_url, {"messages": 3})

    assert (status, json.loads(body)["error"]["type"]) == (400, "invalid_request_error")


async def test_tokens_are_counted():
    async with serve(HELLO, project="/p") as rehearsal:
        _, _, body = await post(rehearsal.base_url, PROMPT, "/v1/messages/count_tokens")

    assert json.loads(body)["input_tokens"] > 0
    assert rehearsal.requests == []


async def test_signals_are_left_to_the_program():
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serve(HELLO, project="/p") as rehearsal:
        await post(rehearsal.base_url)
        within = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    assert within == before


@contextlib.asynccontextmanager
async def connection(base_url: str) -> AsyncIterator[asyncio.StreamReader]:
    """Open a connection and request a stream on it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(base_url).port)
    try:
        body = json.dumps(PROMPT).encode()
        writer.write(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def assert_nothing_is_left(base_url: str, reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(LIMIT_S):
        assert b"message_stop" not in await reader.read()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", urlsplit(base_url).port)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_endless_stall_ends_with_the_rehearsal(caplog: pytest.LogCaptureFixture):
    async with contextlib.AsyncExitStack() as stack:
        async with serve(STALLED, project="/p") as rehearsal:
            reader = await stack.enter_async_context(connection(rehearsal.base_url))
            await reader.readuntil(b"He")
            begin = time.monotonic()

        assert time.monotonic() - begin < patient(5)
        await assert_nothing_is_left(rehearsal.base_url, reader)
    assert caplog.records == []


async def test_a_cancelled_rehearsal_leaves_nothing_behind():
    begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def rehearse() -> None:
        async with serve(STALLED, project="/p") as rehearsal:
            begun.set_result(rehearsal.base_url)
            await asyncio.Event().wait()

    rehearsing = asyncio.create_task(rehearse())
    base_url = await begun
    async with connection(base_url) as reader:
        await reader.readuntil(b"He")
        rehearsing.cancel()
        await asyncio.sleep(0)
        rehearsing.cancel()  # once more, in the middle of closing
        with pytest.raises(asyncio.CancelledError):
            await rehearsing

        await assert_nothing_is_left(base_url, reader)


async def test_an_exception_in_the_block_is_raised_unchanged():
    with pytest.raises(KeyError):
        async with serve(HELLO, project="/p"):
            raise KeyError("mine")


async def test_a_stream_ends_when_its_client_disconnects():
    async with serve(STALLED, project="/p") as rehearsal:
        before = asyncio.all_tasks()
        async with connection(rehearsal.base_url) as reader:
            await reader.readuntil(b"He")
            assert asyncio.all_tasks() - before
        await wait_until_async(lambda: not asyncio.all_tasks() - before)
