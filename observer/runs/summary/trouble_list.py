"""Collects what went wrong in a run beside its tool calls: errors, refusals, lost servers, retries in vain. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.terminal_text import without_styles
from observer.format.timestamps import parse_timestamp
from observer.runs.state.conversation import describe_stop, failed_servers
from observer.runs.trouble import ALARMING
from observer.runs.words.describe_conversation import session_errors, session_reason
from observer.runs.words.reasons import describe_outcome, describe_reason

_MAX_DETAILS = 4000
"""Characters that are kept of the further lines of an error."""
_BAD_ENDS = frozenset({"failed", "killed", "stopped"})


class Trouble(Struct, frozen=True):
    """Something that went wrong, `at` that time in seconds since 1970, in a subagent if `parent` names its call.

    `kind` is that of an `error`, or what else it was, such as `session` or `MCP server`. `details` are further lines.
    `offset` is where the event that says so is in the file.
    """

    at: float | None
    kind: str
    text: str
    details: str = ""
    parent: str | None = None
    seq: int | None = None
    offset: int | None = None


class TroubleList:
    """Takes the events of a run; `found` holds what went wrong, in order."""

    def __init__(self) -> None:
        self.found: list[Trouble] = []
        self._agents: dict[str, str] = {}
        """What subagents are to do, by call."""
        self.retries: dict[str | None, tuple[int, Event]] = {}
        """The requests that are being tried again, by agent: how many attempts, and the last one."""

    def take(self, event: Event) -> None:
        """Add the next event."""
        match event.type:
            case "error":
                first, _, others = event.words("message").partition("\n")
                details = "\n".join(part for part in (others.strip("\n"), event.words("traceback")) if part)
                self._add(event, event.text("kind") or "error", describe_reason(first) or first, details)
            case "tool_use":
                self.answered(event.parent)
            case "message":
                self.answered(event.parent)
                if reason := describe_stop(event):
                    self._add(event, "message", reason)
            case "api_retry":
                self.retries[event.parent] = (self.retries.get(event.parent, (0, event))[0] + 1, event)
            case "session_start":
                for server in failed_servers(event):
                    self._add(event, "MCP server", server)
            case "session_end":
                self._session_end(event)
            case "subagent_start":
                self._agents[event.text("tool_use_id") or event.text("id")] = event.words("description")
            case "subagent_complete" if event.text("status") in _BAD_ENDS:
                name = self._agents.get(event.text("tool_use_id") or event.text("id"), "")
                self._add(event, "subagent", f"{name} {event.text('status')}".strip(), event.words("summary"))
            case "rate_limit" if event.text("status") == "rejected":
                name = event.text("limit").replace("_", " ")
                self._add(event, "rate limit", f"the {f'{name} ' if name else ''}limit was reached")
            case "info" if event.text("kind") in ALARMING:
                self._add(event, event.text("kind"), event.words("message"))

    def answered(self, parent: str | None) -> None:
        """Note that the model answered the main agent (None), or a subagent: what was tried again has worked."""
        self.retries.pop(parent, None)

    def unanswered(self) -> list[Trouble]:
        """Return the requests whose last attempt was not answered."""
        return [_in_vain(count, event) for count, event in self.retries.values()]

    def _session_end(self, event: Event) -> None:
        outcome = event.text("outcome")
        if outcome != "success":
            self.found += self.unanswered()
        self.retries.clear()
        first, *others = "\n".join(session_errors(event)).split("\n")
        if first or outcome not in {"success", ""}:
            why = describe_outcome(outcome, first, session_reason(event))
            self._add(event, f"session {outcome}".strip(), why or first, "\n".join(others))

    def _add(self, event: Event, kind: str, text: str, details: str = "") -> None:
        text, details = without_styles(text), without_styles(details)
        if not (self.found and self.found[-1].text == text):  # a session repeats the error that ended it
            at = parse_timestamp(event.timestamp)
            offset = event.line.offset
            self.found.append(Trouble(at, kind, text, details[:_MAX_DETAILS], event.parent, event.seq, offset))


def _in_vain(count: int, event: Event) -> Trouble:
    status = event.number("status")
    words = " ".join(word for word in (f"{status:.0f}" if status is not None else "", event.words("error")) if word)
    times = {1: "once", 2: "twice"}.get(count, f"{count:,} times")
    text = f"a request was repeated {times} without an answer{f', last: {words}' if words else ''}"
    return Trouble(parse_timestamp(event.timestamp), "API", text, "", event.parent, event.seq, event.line.offset)
