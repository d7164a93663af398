"""Publishes a run's lines so that each is stored directly after its predecessor, or not at all.

A message that is lost on its way (a server dies, the stream gets another leader) must not leave a gap before later
lines. So the first message of a batch is stored only if the run has no later one, and each other one only directly
after its predecessor. The acknowledgement of the last is then that of all, and a batch can be sent again even if an
earlier attempt arrives late.
"""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Self

from msgspec import DecodeError, Struct
from msgspec.json import Decoder
from nats.aio.msg import Msg

from observer.errors import ObserverError
from observer.nats.connection import Connection, ServerUnavailable
from observer.nats.messages import AFTER_ID, AFTER_SEQUENCE, ID, Piece, headers_for, subject_for

ACK_TIMEOUT_S = 5.0
"""Seconds to wait for an acknowledgement once the server has the messages."""
SEND_TIMEOUT_S = 120
"""Seconds that a batch may take to reach the server: 4 MB at 300 kbit/s. A dead server is noticed sooner, by pings."""
_WRONG_LAST = frozenset({10070, 10071})
"""Error codes: the stream's last message is not the expected one."""


class ConflictError(ObserverError):
    """Other messages are where these lines belong: the stream must be queried for the run's last one."""


class _Error(Struct):
    err_code: int = 0
    description: str = ""


class _Ack(Struct):
    seq: int = 0
    duplicate: bool = False
    error: _Error | None = None


_ACK = Decoder(_Ack)


class Publisher:
    """Publishes on one connection; create it with `open`."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._stream = stream
        self._inbox = connection.client.new_inbox()
        self._numbers = count()
        self._waiting: dict[str, asyncio.Future[Msg]] = {}
        self._ending = False

    @classmethod
    async def open(cls, connection: Connection, stream: str) -> Self:
        """Return a publisher that receives acknowledgements. Raises ServerUnavailable."""
        publisher = cls(connection, stream)
        with connection.translating_errors(stream):
            await connection.client.subscribe(f"{publisher._inbox}.*", cb=publisher._on_ack)
        return publisher

    async def publish(self, run: str, pieces: Sequence[Piece], after: int) -> int:
        """Store consecutive pieces of a run after its message with the sequence number `after` (0: as its first).

        Returns the sequence number of the last. Raises ConflictError if some or all were not stored because other
        messages are there, ServerUnavailable if it is not known which were stored, UnreadableError if it is refused.
        """
        if self._ending:
            raise ServerUnavailable("the relay is stopping")
        number = str(next(self._numbers))
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            with self._connection.translating_errors(self._stream):
                await self._send(subject_for(run), pieces, after, f"{self._inbox}.{number}")
                await asyncio.wait([answer], timeout=ACK_TIMEOUT_S)
                if not answer.done():  # on a slow network it may still be on its way: sending it again would not help
                    await self._connection.client.flush(SEND_TIMEOUT_S)
                    await asyncio.wait([answer], timeout=ACK_TIMEOUT_S)
                if not answer.done():
                    raise TimeoutError
                message = answer.result()
        finally:
            del self._waiting[number]
        return self._sequence(message)

    async def stop(self, timeout_s: float) -> None:
        """Accept nothing more, and wait at most `timeout_s` seconds for acknowledgements."""
        self._ending = True
        if self._waiting:
            await asyncio.wait(self._waiting.values(), timeout=timeout_s)

    async def _send(self, subject: str, pieces: Sequence[Piece], after: int, reply: str) -> None:
        publish = self._connection.client.publish
        before = ""
        for piece in pieces:
            headers = headers_for(subject, piece)
            if before:
                headers[AFTER_ID] = before
            else:
                headers[AFTER_SEQUENCE] = str(after)
            before = headers[ID]
            await publish(subject, piece.data, reply if piece is pieces[-1] else "", headers)

    async def _on_ack(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject.rpartition(".")[2])
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _sequence(self, message: Msg) -> int:
        try:
            ack = _ACK.decode(message.data)
        except DecodeError:  # empty: there is no stream, or it has no leader
            raise ServerUnavailable(f"stream {self._stream} accepts no messages at the moment") from None
        if ack.error is None and not ack.duplicate:
            return ack.seq
        if ack.error is None or ack.error.err_code in _WRONG_LAST:
            raise ConflictError(f"stream {self._stream} has other messages there")
        raise ServerUnavailable(f"stream {self._stream} accepts no messages: {ack.error.description}")
