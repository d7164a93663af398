"""The writing half of runtail: runs an agent and records the run, or records a run of your own program.

    from agent import RunLog, build, record

The names below are imported when first used, so that `import agent` is fast and does not require the SDK.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from agent.errors import CannotStart, RunLogBusy, RunLogClosed, RunLogError, RunLogFull, RunLogUnusable
    from agent.events import Outcome
    from agent.harness.limits import BuildLimits
    from agent.harness.loop import build
    from agent.harness.prompts import Prompts
    from agent.harness.session_models import SessionModels
    from agent.harness.session_times import SessionTimes
    from agent.harness.sessions import BuildOutcome
    from agent.recorder.client import record, record_query
    from agent.rehearsal.environment import isolated_env
    from agent.rehearsal.load import ScriptError, demo_script, load_script
    from agent.rehearsal.server import serve
    from agent.runlog.runlog import RunLog
    from agent.runlog.sync_runlog import SyncRunLog
    from agent.session.sdk_options import Model, Safety

__all__ = [
    "BuildLimits",
    "BuildOutcome",
    "CannotStart",
    "Model",
    "Outcome",
    "Prompts",
    "RunLog",
    "RunLogBusy",
    "RunLogClosed",
    "RunLogError",
    "RunLogFull",
    "RunLogUnusable",
    "Safety",
    "ScriptError",
    "SessionModels",
    "SessionTimes",
    "SyncRunLog",
    "__version__",
    "build",
    "demo_script",
    "isolated_env",
    "load_script",
    "record",
    "record_query",
    "serve",
]

_MODULES = {
    "BuildLimits": "agent.harness.limits",
    "BuildOutcome": "agent.harness.sessions",
    "CannotStart": "agent.errors",
    "Model": "agent.session.sdk_options",
    "Outcome": "agent.events",
    "Prompts": "agent.harness.prompts",
    "RunLog": "agent.runlog.runlog",
    "RunLogBusy": "agent.errors",
    "RunLogClosed": "agent.errors",
    "RunLogError": "agent.errors",
    "RunLogFull": "agent.errors",
    "RunLogUnusable": "agent.errors",
    "Safety": "agent.session.sdk_options",
    "ScriptError": "agent.rehearsal.load",
    "SessionModels": "agent.harness.session_models",
    "SessionTimes": "agent.harness.session_times",
    "SyncRunLog": "agent.runlog.sync_runlog",
    "build": "agent.harness.loop",
    "demo_script": "agent.rehearsal.load",
    "isolated_env": "agent.rehearsal.environment",
    "load_script": "agent.rehearsal.load",
    "record": "agent.recorder.client",
    "record_query": "agent.recorder.client",
    "serve": "agent.rehearsal.server",
}
"""The module that defines each public name."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used. Raises ImportError when a package is missing that it needs."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(_MODULES[name]), name)
    except ModuleNotFoundError as error:
        remedy = import_module("agent.errors").INSTALL_AGENT
        raise ImportError(
            f"agent.{name} requires the package {error.name}, which is not installed; {remedy}"
        ) from error
