"""Lines as server-sent events: no content of a run can forge a message. Tests observer.runs.window.long_line, too."""

from pathlib import Path

import pytest

from tests.helpers import RUN, append, line
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", "javascript:alert(1)", 'a\r\n\r\ndata: {"seq":99}\r\n\r\n',
     "\n\nevent: reset\n\n", "id: 0\n", "\u2028data: x\u2029\n", "\x00\x1b[2J"],
)  # fmt: skip
async def test_the_content_of_an_event_cannot_forge_a_message(tmp_path: Path, text: str) -> None:
    run_of(tmp_path, START, line(2, "thought", text=text), line(3))
    async with serving(tmp_path) as served:
        messages = await (await served.events()).until("caught-up")
        assert [message.event for message in messages] == ["message"] * 3
        assert [message.json["seq"] for message in messages] == [1, 2, 3]
        assert messages[1].json["data"]["text"] == text


async def test_a_line_that_is_not_an_event_is_reported_as_malformed(tmp_path: Path) -> None:
    run_of(tmp_path, START, b"not json\n", b"\n", b"[1]\n", b'{"type":"x","data":{"a":"\xff"}}\n', line(3))
    async with serving(tmp_path) as served:
        messages = await (await served.events()).until("caught-up")
        assert [message.event for message in messages] == ["message", "malformed", "malformed", "malformed", "message"]
        assert messages[1].json["bytes"] == 8
        assert messages[1].json["preview"] == "not json"
        assert messages[-1].id.endswith(f".{(tmp_path / f'{RUN}.ndjson').stat().st_size}")


async def test_a_line_of_megabytes_is_described_and_sent_only_on_request(tmp_path: Path) -> None:
    big = line(2, "tool_result", output="y" * 3_000_000)
    path = run_of(tmp_path, START, big, line(3))
    async with serving(tmp_path) as served:
        stream = await served.events()
        messages = await stream.until("caught-up")
        assert [message.event for message in messages] == ["message", "long", "message"]
        assert messages[1].json == {"bytes": len(big) - 1, "type": "tool_result", "seq": 2}
        assert (await served.get(f"/api/runs/{RUN}/line?at={messages[1].id}")).body == big.rstrip()
        append(path, big)
        assert (await stream.message()).json["bytes"] == len(big) - 1


async def test_a_carriage_return_in_a_line_cannot_forge_a_message(tmp_path: Path) -> None:
    forged = b'\r\rid: 0123456789abcdef.1\revent: reset\rdata: {"reason":"x"}\r\r'
    spaced = b'{"seq":2,"type":"info",\r"data":{}}\r\n'
    nul = b'{"seq":3,"type":"info","data":{"text":"\\u0000\\u2028</script>"}}\n'
    run_of(tmp_path, START, forged + b"\n", spaced, b'{"type":"info","data":{"a":"' + forged + b'"}}\n', nul)
    async with serving(tmp_path) as served:
        messages = await (await served.events()).until("caught-up")
        assert [message.event for message in messages] == ["message", "malformed", "message", "malformed", "message"]
        assert messages[2].json == {"seq": 2, "type": "info", "data": {}}
        assert messages[4].json["data"]["text"] == "\0\u2028</script>"
