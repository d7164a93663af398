"""The entry of this process in the register of agents, while it has a run."""

import atexit
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.safety.register import (
    Register,
    RegisterUnavailable,
    mark_stopping,
    own_entry,
    remove,
    remove_unless_stopping,
)

Warn = Callable[[str], None]


class Registration:
    """What `agent list` and `agent stop` find of this process. `kind` is its command: run, build, demo or record.

    Without a register the run continues; `warn` shows why nobody will find it there.
    """

    def __init__(self, kind: str, warn: Warn) -> None:
        self._kind = kind
        self._warn = warn
        self._path: Path | None = None
        self.stopped_by_command = False
        """Whether it was `agent stop` that asked this process to stop, before any signal arrived."""

    def begin(self, run: str, run_file: Path, project: Path) -> None:
        """Add the entry, now that the run has begun."""
        since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        try:
            self._path = Register.of_user().add(own_entry(self._kind, run, run_file, project, since))
        except RegisterUnavailable as error:
            self._warn(f"agent list and agent stop will not find this run: {error}")

    def mark_stopping(self) -> None:
        """Record that this process was asked to stop, by any signal."""
        if self._path is not None:
            self.stopped_by_command = not mark_stopping(self._path)

    def end(self) -> None:
        """Remove the entry; after a request to stop, when the process ends: until then a second one is no error."""
        if self._path is not None and not remove_unless_stopping(self._path):
            atexit.register(remove, self._path)
