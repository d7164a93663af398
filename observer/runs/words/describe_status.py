"""Describes what a run is doing: the verdict, the agent that works, and its progress. Pure."""

from msgspec import Struct

from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration
from observer.format.zone import UTC, Zone
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.runs.words.describe_tools import tool_name

_AGENTS = {"INITIALIZER": "Initializer Agent", "CODING": "Coding Agent", "VERIFYING": "Verifying Agent"}
_NUMBERED = frozenset({"CODING", "VERIFYING"})
"""Agents of which a build has many."""


class StatusParts(Struct, frozen=True):
    """A status in words around its times: a duration in `seconds`, and after `lead` a time (RFC 3339); None without.

    >>> status_parts(Status(Verdict.STALLED, seconds=720.0))
    StatusParts(before='stalled for', seconds=720.0, after='', lead='until', until=None)
    """

    before: str
    seconds: float | None = None
    after: str = ""
    lead: str = ""
    until: str | None = None


def describe_status(status: Status, zone: Zone = UTC, now: float | None = None) -> str:
    """Return a status in words: the verdict and its details; a time with its date, unless that is the day of `now`.

    >>> describe_status(Status(Verdict.IN_TOOL, "Bash", 12.0))
    'in tool Bash 12s'
    >>> describe_status(Status(Verdict.WAITING_ON_HUMAN, "Bash", 12.0, waiting_for="permission prompt"))
    'waiting on human Bash (permission prompt) 12s'
    >>> describe_status(Status(Verdict.RATE_LIMITED, until="2026-11-28T03:20:19+02:00"))
    'rate limited until 2026-11-28 01:20:19 UTC'
    >>> describe_status(Status(Verdict.UNKNOWN, seconds=7200.0, missing="no heartbeat and no writer known"))
    'unknown: no heartbeat and no writer known; last event 2h 00m ago'
    """
    parts = status_parts(status)
    seconds = "" if parts.seconds is None else format_duration(parts.seconds)
    until = zone.moment(parse_timestamp(parts.until), now)
    return " ".join(
        part for part in (parts.before, seconds, parts.after, f"{parts.lead} {until}" if until else "") if part
    )


def status_parts(status: Status) -> StatusParts:
    """Return the words of a status apart from its times, which a view may update by itself."""
    verdict = status.verdict
    if verdict is Verdict.UNKNOWN:
        words = f"{verdict}: {status.missing or ''}"
        if status.seconds is None:
            return StatusParts(words)
        return StatusParts(f"{words}{'; ' if status.missing else ''}last event", status.seconds, "ago")
    words = " ".join([
        verdict,
        *([tool_name(status.tool)] if status.tool else []),
        *([f"({status.waiting_for})"] if status.waiting_for else []),
        *(["for"] if verdict is Verdict.STALLED and status.seconds is not None else []),
    ])  # fmt: skip
    return StatusParts(
        words, status.seconds, "", "paused until" if verdict is Verdict.WORKING else "until", status.until
    )


def describe_missing(status: Status) -> str:
    """Return in words what an unknown run lacks, and for how long it has been silent; empty for all others.

    >>> describe_missing(Status(Verdict.UNKNOWN, missing="no event yet"))
    'no event yet'
    """
    last = "" if status.seconds is None else f"last event {format_duration(status.seconds)} ago"
    return "; ".join(part for part in (status.missing, last) if part) if status.verdict is Verdict.UNKNOWN else ""


def agent_title(agent_type: str, iteration: float | None) -> str:
    """Return the name of the agent of a session.

    >>> agent_title("CODING", 3), agent_title("SINGLE", None)
    ('Coding Agent, iteration 3', 'Agent')
    """
    title = _AGENTS.get(agent_type, "Agent")
    return f"{title}, iteration {iteration:.0f}" if agent_type in _NUMBERED and iteration else title


def describe_beginning(state: RunState) -> str:
    """Return from which event on a run is known if the beginning of its file is gone, else an empty text.

    >>> describe_beginning(RunState(known_from=771))
    'known from event 771 on; what came before is gone'
    """
    return "" if state.known_from is None else f"known from event {state.known_from:,} on; what came before is gone"


def describe_progress(state: RunState) -> str:
    """Return the number of passing features and of all, such as `3/20`; empty before the first count."""
    return f"{state.passing}/{state.total}" if state.passing is not None and state.total is not None else ""
