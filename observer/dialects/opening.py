"""Begins a run: `run_start`, which quotes the first prompt, and `session_start`, which names the model. Pure.

Formats give the model and the first prompt in either order. Nothing is held back for the model: a prompt that comes
before it stands before `session_start`.
"""

from msgspec import Struct

from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import run_start, session_start


class Opening(Struct):
    """What is known of a session before its first event; `pass_on` puts it in front of that."""

    command: str
    version: str = ""
    session_id: str = ""
    project_dir: str = ""
    model: str | None = None
    permission_mode: str | None = None
    resumed_from: str | None = None
    timestamp: str | None = None
    _is_begun: bool = False
    _has_session: bool = False

    def pass_on(self, events: list[ForeignEvent]) -> list[ForeignEvent]:
        """Return the events, with the beginning of the run and of the session where they belong."""
        if self._has_session or not events:
            return events
        passed = [] if self._is_begun else [self._run_start(events)]
        self._is_begun = True
        for event in events:
            if not self._has_session and (self.model is not None or event.type != "prompt"):
                self._has_session = True
                passed.append(self._session_start(event.timestamp))
            passed.append(event)
        return passed

    def start(self) -> list[ForeignEvent]:
        """Return the beginning of a run and its session of which no more will be known; nothing if they have begun."""
        begun = [] if self._is_begun else [self._run_start([])]
        begun += [] if self._has_session else [self._session_start(self.timestamp)]
        self._is_begun = self._has_session = True
        return begun

    @property
    def is_over(self) -> bool:
        """Whether the run and its session have begun."""
        return self._has_session

    def _run_start(self, events: list[ForeignEvent]) -> ForeignEvent:
        prompt = next((event for event in events if event.type == "prompt" and event.data["source"] != "cli"), None)
        data = run_start(
            self.command,
            version=self.version,
            project_dir=self.project_dir,
            model=self.model,
            about=str(prompt.data["text"]) if prompt else None,
            resumed_from=self.resumed_from,
        )
        stamp = self.timestamp or (events[0].timestamp if events else None)
        return ForeignEvent("run_start", data | {"session": self.session_id}, stamp)

    def _session_start(self, stamp: str | None) -> ForeignEvent:
        data = session_start(
            self.session_id,
            model=self.model,
            cwd=self.project_dir or None,
            cli_version=self.version.rpartition(" ")[2] or None,
            permission_mode=self.permission_mode,
        )
        return ForeignEvent("session_start", data, stamp)
