"""The stream that stores the runs: created if missing, and queried for the last line that it has of a run."""

import time
from datetime import datetime
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder
from nats.js.api import StreamConfig, StreamInfo
from nats.js.errors import APIError, BadRequestError, NotFoundError

from observer.errors import UnreadableError
from observer.format.timestamps import parse_timestamp
from observer.nats.connection import Connection, ServerUnavailable
from observer.nats.messages import OFFSET, PREFIX, SUBJECTS, Piece, piece_from_message, subject_for

_DUPLICATES_S = 120.0
"""Seconds for which the server remembers message IDs."""
_INFO_TIMEOUT_S = 2.0
"""Timeout for a short request; a request made while the stream has no leader is never answered."""
_CLOCK_SKEW_S = 60.0
"""Seconds by which clocks that count as right may differ."""
_ALL_RUNS = frozenset({SUBJECTS, f"{PREFIX}>", ">"})
"""Subjects of a stream that accepts all runs."""
_NAME_IN_USE = 10058
"""Error code: a stream of that name exists with other settings."""


class Retention(Struct, frozen=True):
    """Settings of a newly created stream. `max_age_s` 0 and `max_bytes` -1 mean unlimited."""

    name: str
    replicas: int = 1
    max_age_s: float = 0
    max_bytes: int = -1

    def differs(self, config: StreamConfig) -> str:
        """Return the options that were set and that an existing stream does not match, comma-separated.

        >>> Retention("RUNS", replicas=3, max_bytes=500).differs(StreamConfig(num_replicas=1, max_age=60, max_bytes=-1))
        '--replicas, --max-bytes'
        """
        settings = [
            ("--replicas", self.replicas, 1, config.num_replicas),
            ("--max-age", self.max_age_s, 0, config.max_age or 0),
            ("--max-bytes", self.max_bytes, -1, config.max_bytes),
        ]
        return ", ".join(option for option, value, default, actual in settings if value not in {default, actual})


class StoredEnd(Struct, frozen=True):
    """The last message of a run in the stream: its sequence number, 0 if there is none, and what it carries."""

    sequence: int
    piece: Piece | None


class _State(Struct, frozen=True):
    messages: int = 0
    num_subjects: int = 0
    first_seq: int = 0
    last_seq: int = 0
    first_ts: datetime | None = None
    last_ts: datetime | None = None


class _Info(Struct):
    """The server's facts about a stream that the client library drops."""

    created: str = ""  # unparsed: it has nanoseconds
    ts: str | None = None
    """The time of the server; one older than 2.10 does not tell it."""
    state: _State = _State()
    error: dict[str, Any] | None = None

    def clock_ahead_s(self, now: float) -> float | None:
        """Return by how many seconds the clock of the server is ahead of `now`, the time here; None if unknown."""
        server_now = parse_timestamp(self.ts)
        return None if server_now is None else server_now - now


_INFO = Decoder(_Info)


class Stream:
    """The stream as it was when it was opened: when it was created, and since when it is complete."""

    def __init__(self, connection: Connection, retention: Retention, info: StreamInfo, created: str) -> None:
        self.name = retention.name
        self.created = created
        self.last = info.state.last_seq
        sizes = (connection.client.max_payload, info.config.max_msg_size or 0)
        self.differs = retention.differs(info.config)
        """Options that an existing stream does not match."""
        self.max_message_bytes = min(size for size in sizes if size > 0)
        """Size limit of a message, headers included."""
        self._connection = connection
        self._complete = info.state.first_seq <= 1
        self._complete_since: float | None = None

    async def stored_end(self, run: str) -> StoredEnd | None:
        """Return the last message of a run; None if another program published it without offsets.

        Raises ServerUnavailable.
        """
        with self._connection.translating_errors(self.name):
            try:
                message = await self._connection.streams.get_last_msg(self.name, subject_for(run))
            except NotFoundError:
                return StoredEnd(0, None)
        headers = message.headers or {}
        if OFFSET not in headers:
            return None
        return StoredEnd(message.seq or 0, piece_from_message(message.data or b"", headers, 0))

    async def complete_since(self) -> float:
        """Return since when the stream has everything that was published, in seconds since 1970 by the clock here.

        Raises ServerUnavailable.
        """
        if self._complete:
            return 0.0
        if self._complete_since is None:
            info = await stream_info(self._connection, self.name)
            oldest = info.state.first_ts if info.state.messages else info.state.last_ts
            ahead = _clock_ahead_s(info, time.time())
            self._complete_since = 0.0 if oldest is None or ahead is None else oldest.timestamp() - ahead
        return self._complete_since

    async def is_current(self) -> bool:
        """Return whether the stream of that name is still this one, not a new one. Raises ServerUnavailable."""
        return (await stream_info(self._connection, self.name)).created == self.created


def _clock_ahead_s(info: _Info, now: float) -> float | None:
    """Return by how much the clock of the server is ahead of `now`, the time here; None if by an unknown time.

    A server that does not tell its time is assumed to have the right one, unless its last message is from the future:
    then a run is rather published once more than not at all.
    """
    ahead = info.clock_ahead_s(now)
    if ahead is None:
        last = info.state.last_ts.timestamp() if info.state.last_ts is not None else 0.0
        return None if last - now > _CLOCK_SKEW_S else 0.0
    return ahead


async def stream_info(connection: Connection, name: str) -> _Info:
    """Return the state of a stream, without its subjects. Raises ServerUnavailable, UnreadableError on a refusal."""
    with connection.translating_errors(name):
        answer = await connection.client.request(f"$JS.API.STREAM.INFO.{name}", timeout=_INFO_TIMEOUT_S)
        try:
            info = _INFO.decode(answer.data)
        except DecodeError:
            raise ServerUnavailable(f"{name} does not answer") from None
        if info.error is not None:
            APIError.from_error(info.error)
    return info


async def open_stream(connection: Connection, retention: Retention) -> Stream:
    """Return the stream, created if missing. Raises ServerUnavailable, UnreadableError if the servers refuse."""
    with connection.translating_errors(retention.name):
        try:
            info = await connection.streams.stream_info(retention.name)
        except NotFoundError:
            info = await _create(connection, retention)
    if not _ALL_RUNS & set(info.config.subjects or []):
        raise UnreadableError(f"stream {retention.name} does not accept {SUBJECTS}; select another one with --stream")
    return Stream(connection, retention, info, (await stream_info(connection, retention.name)).created)


async def _create(connection: Connection, retention: Retention) -> StreamInfo:
    try:
        return await connection.streams.add_stream(
            StreamConfig(
                name=retention.name,
                subjects=[SUBJECTS],
                num_replicas=retention.replicas,
                max_age=retention.max_age_s,
                max_bytes=retention.max_bytes,
                duplicate_window=min(_DUPLICATES_S, retention.max_age_s or _DUPLICATES_S),
                allow_direct=True,
            )
        )
    except BadRequestError as error:
        if error.err_code != _NAME_IN_USE:  # another client has just created it, with other settings
            raise
        return await connection.streams.stream_info(retention.name)
