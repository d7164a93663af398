"""The loopback server of a rehearsal. It lives inside `async with serve(...)` and is gone after it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp

from agent.rehearsal.app import Stage
from agent.rehearsal.matching import Asked
from agent.rehearsal.response import TRANSPORT
from agent.rehearsal.script import Script
from agent.shield import run_to_completion

_LAST_RESORT_S = 1
"""How long a request that is still being read may keep the server from closing."""


@dataclass
class Rehearsal:
    """A script being played: where, and what was asked for so far."""

    base_url: str
    requests: list[Asked] = field(default_factory=list)


@contextlib.asynccontextmanager
async def serve(script: Script, *, project: str | PathLike[str]) -> AsyncIterator[Rehearsal]:
    """Play `script` on a free port of 127.0.0.1, with `{project}` in it standing for the folder `project`.

    No signal handler is touched. At the end, by cancellation too, every connection is dropped, whatever it was doing,
    and nothing is left.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        rehearsal = Rehearsal(f"http://127.0.0.1:{listener.getsockname()[1]}")
        stage = Stage(_placed(script, fspath(project)), rehearsal.requests)
        server = _Server(stage.app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield rehearsal
        finally:
            stage.close()
            server.should_exit = True
            await run_to_completion(_ended(serving))


class _Server(uvicorn.Server):
    """uvicorn around `app`: it leaves signals alone, and lets an answer reach its connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        config = uvicorn.Config(
            self._with_transport,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_LAST_RESORT_S,
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGINT and SIGTERM to the program around the rehearsal; uvicorn would take them over."""
        yield

    async def _with_transport(self, scope: Any, receive: Any, send: Any) -> None:
        transports = (connection.transport for connection in self.server_state.connections)
        mine = (each for each in transports if each.get_extra_info("peername") == tuple(scope["client"]))
        transport = next(mine, None)
        if transport is not None:  # else the client has gone already
            await self._app({**scope, "extensions": {TRANSPORT: transport}}, receive, send)


def _placed(script: Script, project: str) -> Script:
    """`script` with the project folder in place of `{project}`."""

    def placed(value: Any) -> Any:
        match value:
            case str():
                return value.replace("{project}", project)
            case dict():
                return {key: placed(each) for key, each in value.items()}
            case list() | tuple():
                return [placed(each) for each in value]
        return value

    return msgspec.convert(placed(msgspec.to_builtins(script)), Script)


async def _ended(serving: asyncio.Task[None]) -> None:
    await serving
