"""The server of a rehearsal on loopback. It exists within `async with serve(...)`."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp

from agent.rehearsal.app import MessagesApi
from agent.rehearsal.matching import RecordedRequest
from agent.rehearsal.project_files import put_files
from agent.rehearsal.response import TRANSPORT
from agent.rehearsal.script import Script
from agent.shield import run_to_completion

_SHUTDOWN_TIMEOUT_S = 1
"""Seconds by which a request that is still being received may delay the shutdown."""


@dataclass
class Rehearsal:
    """A script that is being served: the API's address, and the requests so far."""

    base_url: str
    requests: list[RecordedRequest] = field(default_factory=list)


@contextlib.asynccontextmanager
async def serve(script: Script, *, project: str | PathLike[str]) -> AsyncIterator[Rehearsal]:
    """Serve `script` on a free port of 127.0.0.1, with `{project}` in it replaced by the directory `project`.

    First puts the files of the script into `project`; raises ScriptError when that is impossible. Installs no signal
    handler. When the block is left, also by cancellation, all connections are dropped.
    """
    script = _insert_project(script, fspath(project))
    put_files(script.file, Path(project))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        rehearsal = Rehearsal(f"http://127.0.0.1:{listener.getsockname()[1]}")
        api = MessagesApi(script, rehearsal.requests)
        server = _Server(api.app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield rehearsal
        finally:
            api.close()
            server.should_exit = True
            await run_to_completion(_wait_for(serving))


class _Server(uvicorn.Server):
    """uvicorn without signal handlers, which gives each request access to its connection."""

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
            timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_S,
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGINT and SIGTERM to the program; uvicorn would handle them."""
        yield

    async def _with_transport(self, scope: Any, receive: Any, send: Any) -> None:
        client = tuple(scope["client"])
        for connection in self.server_state.connections:
            transport = connection.transport
            if transport.get_extra_info("peername") == client:
                await self._app({**scope, "extensions": {TRANSPORT: transport}}, receive, send)
                return  # without a match, the client has disconnected already


def _insert_project(script: Script, project: str) -> Script:
    """Return `script` with `{project}` replaced in every string."""

    def insert(value: Any) -> Any:
        match value:
            case str():
                return value.replace("{project}", project)
            case dict():
                return {key: insert(item) for key, item in value.items()}
            case list() | tuple():
                return [insert(item) for item in value]
        return value

    return msgspec.convert(insert(msgspec.to_builtins(script)), Script)


async def _wait_for(serving: asyncio.Task[None]) -> None:
    await serving
