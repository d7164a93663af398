"""Tracks the turns of a thread of Codex: when the model begins to work, and how that ended. Pure."""

import re

from observer.dialects.codex.codex_messages import Emit
from observer.dialects.event_data import Outcome, error, info
from observer.dialects.records import decode_record
from observer.format.fields import Fields
from observer.format.units import format_duration

_RECONNECTING = re.compile(
    r"Reconnecting\.\.\. (?P<attempt>\d{1,9})/(?P<limit>\d{1,9})(?: \((?P<reason>.*)\))?", re.DOTALL
)


class Turns:
    """The turns of one thread."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._is_told = False
        """Whether the rollout says when turns begin and end; old ones do not."""
        self._is_resting = False
        self._outcome: Outcome | None = None
        self._last_error = ""
        self.reason = ""
        """Why the last turn did not succeed."""

    @property
    def outcome(self) -> Outcome | None:
        """How the last turn ended, None if it has not. Where nothing says so, a text that nothing follows ends it."""
        if self._is_told:
            return self._outcome
        return "success" if self._is_resting else None

    def begin(self) -> None:
        """Take the beginning of a turn."""
        self._is_told, self._outcome, self.reason, self._last_error = True, None, "", ""

    def rest(self, *, is_resting: bool) -> None:
        """Note whether the model may have finished: it has said something, and not called anything since."""
        self._is_resting = is_resting

    def end(self, payload: Fields) -> None:
        """Take the regular end of a turn, which may have failed."""
        self._is_told, self._outcome, self.reason = True, "success", ""
        if (failure := payload.fields("error")) is not None:
            self.fail(failure)
            self._outcome, self.reason = "failed", self._last_error
        self._tell(payload)

    def abort(self, payload: Fields) -> None:
        """Take the end of a turn that was interrupted."""
        self._is_told, self._outcome = True, "interrupted"
        self.reason = payload.text("reason") or "interrupted"
        why = "" if self.reason == "interrupted" else f": {self.reason.replace('_', ' ')}"
        self._emit("info", info(f"the turn was interrupted{why}", "interrupted"))
        self._tell(payload)

    def fail(self, failure: Fields) -> None:
        """Take an error, unless it is the one before once more."""
        text = error_text(failure.text("message"))
        if text and text != self._last_error:
            self._last_error = text
            self._emit("error", error(text, _kind(failure)))

    def _tell(self, payload: Fields) -> None:
        duration = payload.count("duration_ms")
        verb = "failed" if self._outcome == "failed" else "ended"
        text = f"the turn {verb}" + ("" if duration is None else f" after {format_duration(duration / 1000)}")
        self._emit("info", info(text, "turn_end", duration_ms=duration, outcome=self._outcome))


def error_text(text: str) -> str:
    """Return the message of an error, which may stand in the JSON that the API sent.

    >>> error_text('{"error": {"message": "no such model"}}'), error_text("stream closed")
    ('no such model', 'stream closed')
    """
    record = decode_record(text.encode("utf-8", "surrogatepass")) if text.startswith("{") else None
    inner = record.fields("error") if record else None
    return (inner.text("message") if inner else "") or text


def retry_of(text: str) -> dict[str, object] | None:
    """Return the data of `api_retry` for a message such as `Reconnecting... 2/5 (why)`, None for any other."""
    if (match := _RECONNECTING.fullmatch(text)) is None:
        return None
    attempt, limit = int(match["attempt"]), int(match["limit"])
    why = match["reason"] or ""
    return {"attempt": attempt, "max_retries": limit, "delay_ms": 0.0, "status": None, "error": why}


def _kind(failure: Fields) -> str:
    """Return Codex's word for the kind of an error, which may be the key of an object with details."""
    kind = failure.value("codex_error_info")
    if isinstance(kind, dict) and kind:
        kind = next(iter(kind))
    return kind if isinstance(kind, str) and kind != "other" else "api"
