"""A verdict in words and colour, the same in the status line, the list and the summary. Pure."""

from datetime import UTC, datetime

from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration
from observer.runs.describe import tool_name
from observer.runs.state import RunState, Status, Verdict
from observer.terminal.theme import Role

ROLES = {
    Verdict.WORKING: Role.GOOD,
    Verdict.IN_TOOL: Role.TOOL,
    Verdict.WAITING_ON_MODEL: Role.PLAIN,
    Verdict.RETRYING: Role.WARNING,
    Verdict.RATE_LIMITED: Role.WARNING,
    Verdict.WAITING_ON_HUMAN: Role.BLOCKED,
    Verdict.STALLED: Role.BAD,
    Verdict.COMPLETE: Role.GOOD,
    Verdict.FAILED: Role.BAD,
    Verdict.INTERRUPTED: Role.WARNING,
    Verdict.CRASHED: Role.BAD,
}
_AGENTS = {"INITIALIZER": "Initializer Agent", "CODING": "Coding Agent"}


def said(standing: Status) -> str:
    """Return a verdict with what belongs to it.

    >>> said(Status(Verdict.IN_TOOL, "Bash", 12.0))
    'in tool Bash 12s'
    >>> said(Status(Verdict.RATE_LIMITED, until="2026-11-28T03:20:19+02:00"))
    'rate limited until 01:20:19Z'
    """
    parts: list[str] = [standing.verdict]
    if standing.tool:
        parts.append(tool_name(standing.tool))
    if standing.seconds is not None:
        parts.append(("for " if standing.verdict is Verdict.STALLED else "") + format_duration(standing.seconds))
    if (until := parse_timestamp(standing.until)) is not None:
        pausing = "paused " if standing.verdict is Verdict.WORKING else ""
        parts.append(f"{pausing}until {datetime.fromtimestamp(until, UTC):%H:%M:%S}Z")
    return " ".join(parts)


def agent(state: RunState) -> str:
    """Return who works: `Initializer Agent`, `Coding Agent, iteration 3`, `Agent`."""
    name = _AGENTS.get(state.agent_type or "", "Agent")
    return f"{name}, iteration {state.iteration}" if name == "Coding Agent" and state.iteration else name


def elapsed(state: RunState, standing: Status, now: float) -> float | None:
    """Return how long a run has been going on at `now`, or went on, in seconds: a crashed one until its last event."""
    return state.elapsed(state.last_seen or now if standing.verdict is Verdict.CRASHED else now)


def progress(state: RunState) -> str:
    """Return the count of features, empty as long as nobody counted."""
    return f"{state.passing}/{state.total}" if state.passing is not None and state.total is not None else ""
