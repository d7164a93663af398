"""The writing half of runtail: it runs an agent and records the run, or lets your program record its own."""

from agent.errors import RunLogBusy, RunLogClosed, RunLogError, RunLogFull, RunLogUnusable
from agent.events import Outcome
from agent.runlog import RunLog
from agent.version import __version__

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
