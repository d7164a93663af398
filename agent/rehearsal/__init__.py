"""A model that follows a script: the real SDK, CLI and tools against a Messages API on loopback, offline and for free.

`docs/rehearsal.md` explains the script format. The server is imported on first use, so that `agent --help` stays fast.

Modules, each importing only those above it:

    script       the script as typed values
    load         a script file to a script, or one error message
    matching     which turn of the script answers a request
    sse          a turn as one message or as server-sent events, pure
    response     one response: an error, a message or a stream, with its faults
    app          the Messages API as an ASGI application
    server       the application on a free port of 127.0.0.1
    environment  the environment variables of the CLI in a rehearsal
"""

from typing import TYPE_CHECKING, Any

from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import ScriptError, demo_script, load_script
from agent.rehearsal.script import Account, Script

if TYPE_CHECKING:
    from agent.rehearsal.server import Rehearsal, serve

__all__ = ["Account", "Rehearsal", "Script", "ScriptError", "demo_script", "isolated_env", "load_script", "serve"]


def __getattr__(name: str) -> Any:
    if name in {"Rehearsal", "serve"}:
        from agent.rehearsal import server  # noqa: PLC0415 - imports starlette and uvicorn only to serve

        return getattr(server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
