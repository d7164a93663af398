"""Publishes a run's lines so that each is stored right behind the one before, or not at all.

A message that is lost on its way (a server dies, the stream gets another leader) must not leave a gap with later lines
behind it. So the first of a batch is stored only if the run has not got further since, and each other one only right
behind its predecessor: the last one's acknowledgement is then that of all, and what is not stored can be sent again
whenever an earlier attempt turns up late.
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
from observer.nats.messages import AFTER_ID, AFTER_SEQUENCE, ID, Piece, headers_of, subject_of

ACKNOWLEDGED_S = 5.0
"""Seconds that the stream may take to acknowledge what the server has."""
SENT_S = 120
"""Seconds that lines may take to the server: 4 MB over 300 kbit/s; a server that is gone is noticed sooner."""
_WRONG_LAST = frozenset({10070, 10071})
"""The server's codes for a message that would not stand behind the one that it names."""


class ConflictError(ObserverError):
    """Something else stands where these lines were to be: the stream must be asked how far the run has got."""


class _Error(Struct):
    err_code: int = 0
    description: str = ""


class _Ack(Struct):
    seq: int = 0
    duplicate: bool = False
    error: _Error | None = None


_ACK = Decoder(_Ack)


class Publisher:
    """Publishes on one connection; made by `opened`."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._stream = stream
        self._inbox = connection.client.new_inbox()
        self._numbers = count()
        self._waiting: dict[str, asyncio.Future[Msg]] = {}
        self._ending = False

    @classmethod
    async def opened(cls, connection: Connection, stream: str) -> Self:
        """Return a publisher that hears what the stream acknowledges. Raises AwayError."""
        made = cls(connection, stream)
        with connection.answers(stream):
            await connection.client.subscribe(f"{made._inbox}.*", cb=made._hear)
        return made

    async def publish(self, run: str, pieces: Sequence[Piece], after: int) -> int:
        """Store pieces that stand one behind the other, behind the run's message with the sequence number `after`.

        Returns the sequence number of the last. Raises OutrunError when some, or all, were not stored because
        something else stands there, AwayError when nobody knows which were, and UnreadableError when that is refused.
        """
        if self._ending:
            raise ServerUnavailable("nothing more is published")
        number = str(next(self._numbers))
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            with self._connection.answers(self._stream):
                await self._send(subject_of(run), pieces, after, f"{self._inbox}.{number}")
                await asyncio.wait([answer], timeout=ACKNOWLEDGED_S)
                if (
                    not answer.done()
                ):  # over a slow line it may be on its way still, and sending it again would not help
                    await self._connection.client.flush(SENT_S)
                    await asyncio.wait([answer], timeout=ACKNOWLEDGED_S)
                if not answer.done():
                    raise TimeoutError
                message = answer.result()
        finally:
            del self._waiting[number]
        return self._sequence(message)

    async def end(self, within_s: float) -> None:
        """Take nothing more, and wait a while for what is on its way."""
        self._ending = True
        if self._waiting:
            await asyncio.wait(self._waiting.values(), timeout=within_s)

    async def _send(self, subject: str, pieces: Sequence[Piece], after: int, reply: str) -> None:
        publish = self._connection.client.publish
        before = ""
        for piece in pieces:
            headers = headers_of(subject, piece)
            if before:
                headers[AFTER_ID] = before
            else:
                headers[AFTER_SEQUENCE] = str(after)
            before = headers[ID]
            await publish(subject, piece.data, reply if piece is pieces[-1] else "", headers)

    async def _hear(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject.rpartition(".")[2])
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _sequence(self, message: Msg) -> int:
        try:
            ack = _ACK.decode(message.data)
        except DecodeError:  # empty: there is no stream, or it has no leader
            raise ServerUnavailable(f"{self._stream} takes nothing just now") from None
        if ack.error is None and not ack.duplicate:
            return ack.seq
        if ack.error is None or ack.error.err_code in _WRONG_LAST:
            raise ConflictError(f"{self._stream} has other lines there")
        raise ServerUnavailable(f"{self._stream} takes nothing: {ack.error.description}")
