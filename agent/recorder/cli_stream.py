"""The output of a CLI that somebody else started (`claude -p --output-format stream-json`), parsed by the SDK.

The SDK parses messages only behind a transport. This one reads lines instead of a process, and answers the one request
that a client sends when it connects. There are no hooks here, so the times of tools are those in the lines themselves.
"""

import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import anyio
from claude_agent_sdk import Message, Transport

from agent.recorder.costs.spending import Total

_CONTROL = "control_"
"""The beginning of the types by which a CLI and its SDK call each other. In recorded output nobody may call us."""
_MAX_QUOTED_CHARS = 200

MALFORMED = "malformed_line"
"""The subtype of the message, and the kind of the error, that stands for a line that is not a message."""


class StreamClock:
    """Seconds since the start of a stream: by the times in its lines, and by this machine's clock between them."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._start = monotonic()
        self._epoch: float | None = None
        self._latest = 0.0

    def now(self) -> float:
        """Return the time of this moment; it never goes back."""
        self._latest = max(self._latest, self._monotonic() - self._start)
        return self._latest

    def set(self, seconds: float) -> None:
        """Note that by the stream's own clock it is now `seconds` since 1970. The first call sets no time, as there is
        none to compare with: a saved stream may be years old."""
        if self._epoch is None:
            self._epoch = seconds - self.now()
        self._start = self._monotonic() - (seconds - self._epoch)


class StreamTransport(Transport):
    """Feeds a client of the SDK with `lines` of stream-json.

    A line that is not a message becomes a SystemMessage of the subtype `MALFORMED` in its place, as the client reads
    ahead; its data has a `description`.
    """

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        self._lines = lines
        self._request_id = ""
        self._requested = anyio.Event()
        self._times: dict[str, float] = {}
        self._before: Total | None = None

    def take_cost_before(self) -> Total | None:
        """Return what the conversation had cost before these lines, once it is known. Only the first call knows it."""
        before, self._before = self._before, None
        return before

    def time_of(self, message: Message) -> float | None:
        """Return the time of a message in seconds since 1970, if its line has one. Only the first call knows it."""
        return self._times.pop(getattr(message, "uuid", None) or "", None)

    async def connect(self) -> None:
        """Do nothing: the lines are there already, or will come."""

    async def write(self, data: str) -> None:
        """Take the client's request to initialize. Nothing else can be sent to a CLI that others started."""
        request = json.loads(data)
        if request.get("type") == "control_request":
            self._request_id = request["request_id"]
            self._requested.set()

    async def read_messages(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the answer to the client's request, then every message in the lines."""
        await self._requested.wait()
        answer = {"subtype": "success", "request_id": self._request_id, "response": {}}
        yield {"type": "control_response", "response": answer}
        async for line in self._lines:
            message = decode_object(line)
            if message is None or not isinstance(message.get("type"), str):
                yield {"type": "system", "subtype": MALFORMED, "description": describe_line(line)}
            elif not message["type"].startswith(_CONTROL):
                self._note_time(message)
                self._note_cost(message)
                yield message

    async def close(self) -> None:
        """Do nothing: the lines belong to the caller."""

    def is_ready(self) -> bool:
        """Return True: there is no connection that could break."""
        return True

    async def end_input(self) -> None:
        """Do nothing: nothing is sent."""

    def _note_time(self, message: dict[str, Any]) -> None:
        uuid, stamp = message.get("uuid"), message.get("timestamp")
        if isinstance(uuid, str) and isinstance(stamp, str) and (seconds := parse_seconds(stamp)) is not None:
            self._times[uuid] = seconds

    def _note_cost(self, message: dict[str, Any]) -> None:
        """Note what a resumed conversation had cost: the SDK drops the field with the difference."""
        match message:
            case {
                "type": "result",
                "result_index": 0,
                "total_cost_usd": float() | int() as cost,
                "modelUsage": dict(models),
                "model_usage_since_last_result": dict(own),
            }:
                share = Total.of(sum(usage.get("costUSD", 0.0) for usage in own.values()), own)
                total = Total.of(cost, models)
                self._before = Total(total.cost_usd - share.cost_usd, total.tokens - share.tokens)


def decode_object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a line; None if it is anything else."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def describe_line(line: bytes) -> str:
    """Return a sentence about a line that holds no event, with its beginning."""
    text = line.decode(errors="replace").rstrip("\r\n")
    quoted = text if len(text) <= _MAX_QUOTED_CHARS else f"{text[:_MAX_QUOTED_CHARS]} [... {len(line)} bytes]"
    return f"a line of the input is not an event: {quoted}"


def parse_seconds(stamp: str) -> float | None:
    """Return the seconds since 1970 of an RFC 3339 timestamp; None if it is none, or has no time zone."""
    try:
        time_ = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return time_.timestamp() if time_.tzinfo else None
