"""The reading half of runtail: it follows run files and shows what an agent is doing.

For programs: `follow` yields a run's events as they are written, `load_run` gives a whole run as an object, `RunState`
folds events into what the run is doing, and `assert_run` is for tests. `Dialect`, `Converter` and `ForeignEvent` are
for packages that add the files of another program, see docs/dialects.md.

The floors, lowest first, each importing only those before it: `errors` and `platform`, `format`, `dialects`, `source`,
`runs`, then `terminal`, `web` and `testing`, then `report` and `nats`, then `cli`. `tests/test_layers.py` holds this.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from observer.dialects.dialect import Converter, Dialect, ForeignEvent
    from observer.errors import ObserverError, UnreadableError
    from observer.format.event import Event
    from observer.runs.live.follow import follow
    from observer.runs.one_run.run import Run, load_run
    from observer.runs.state.state import RunState
    from observer.runs.state.verdict import Status, Verdict
    from observer.testing.assertions import assert_run

__version__ = "0.1.0"
__all__ = [
    "Converter",
    "Dialect",
    "Event",
    "ForeignEvent",
    "ObserverError",
    "Run",
    "RunState",
    "Status",
    "ToolCall",
    "UnreadableError",
    "Verdict",
    "__version__",
    "assert_run",
    "follow",
    "load_run",
]

_HOMES = {
    "Converter": "dialects.dialect",
    "Dialect": "dialects.dialect",
    "Event": "format.event",
    "ForeignEvent": "dialects.dialect",
    "ObserverError": "errors",
    "Run": "runs.one_run.run",
    "RunState": "runs.state.state",
    "Status": "runs.state.verdict",
    "ToolCall": "runs.one_run.tool_call",
    "UnreadableError": "errors",
    "Verdict": "runs.state.verdict",
    "assert_run": "testing.assertions",
    "follow": "runs.live.follow",
    "load_run": "runs.one_run.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a command starts three times as fast with only what it needs."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
