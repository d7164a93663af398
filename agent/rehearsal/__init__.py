"""A model that follows a script: the real SDK, CLI and tools against a loopback Messages API, offline and for free.

`docs/rehearsal.md` explains the script format. The server is imported on first use, so that `agent --help` stays quick.
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
        from agent.rehearsal import server  # noqa: PLC0415 - starlette and uvicorn only when something is served

        return getattr(server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
