"""The writing half of runtail: it runs an agent and records the run, or lets your program record its own."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agent.version import __version__

if TYPE_CHECKING:
    from agent.errors import RunLogBusy, RunLogClosed, RunLogError, RunLogFull, RunLogUnusable
    from agent.events import Outcome
    from agent.runlog.runlog import RunLog

__all__ = [
    "Outcome",
    "RunLog",
    "RunLogBusy",
    "RunLogClosed",
    "RunLogError",
    "RunLogFull",
    "RunLogUnusable",
    "__version__",
]

_HOMES = {"Outcome": "events", "RunLog": "runlog.runlog"} | dict.fromkeys(
    ("RunLogBusy", "RunLogClosed", "RunLogError", "RunLogFull", "RunLogUnusable"), "errors"
)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: our plugin is loaded by every run of pytest, and used by few."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
