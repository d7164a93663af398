"""Says how a run ended and why, what was running, which features fail, and which calls failed or were blocked. Pure.

Of a run that is active it says what the run is doing now, and the same lists.
"""

from msgspec import Struct

from observer.format.terminal_text import without_styles
from observer.format.units import format_duration, pluralize
from observer.format.zone import UTC, Zone
from observer.runs.state.state import MISSED_BEATS, USUAL_HEARTBEAT_S, RunState
from observer.runs.state.verdict import Status, Verdict
from observer.runs.summary.calls import FailedCall, RunningCall
from observer.runs.summary.subagents import Subagent
from observer.runs.summary.summary import Summary
from observer.runs.summary.trouble_list import Trouble
from observer.runs.words.describe_status import describe_beginning, describe_missing, describe_status
from observer.runs.words.describe_tools import tool_name
from observer.runs.words.reasons import UNSAID, describe_outcome, describe_reason

_SILENT = frozenset({Verdict.CRASHED, Verdict.STALLED, Verdict.UNKNOWN})
"""Verdicts on a run of which nothing is seen any more."""
_CRASHED = "its writer is gone and there is no complete event: it was killed, or its machine went down"
_WAITS = {
    Verdict.WAITING_ON_MODEL: "waiting for the model",
    Verdict.RETRYING: "repeating a request to the API",
    Verdict.RATE_LIMITED: "waiting for a rate limit to reset",
    Verdict.WAITING_ON_HUMAN: "waiting for a person",
    Verdict.IDLE: "waiting for the next prompt",
    Verdict.WORKING: "receiving the model's answer",
}
"""What a run was last seen doing when no tool was running, by the verdict at the last event."""


class RunningAgent(Struct, frozen=True):
    """A subagent that has not ended, or was cut short by the end of the run; times are in seconds since 1970."""

    call: str
    agent_type: str
    description: str
    since: float | None
    ended: float | None = None
    offset: int | None = None


class Ending(Struct, frozen=True, kw_only=True):
    """How a run ended, or what it is doing. Times are in seconds since 1970.

    `status` is the verdict in words, `why` one sentence about it, empty if there is nothing to say, and `details` the
    further lines of the run's own message. `at` is the time to which `running` and `agents` apply: the last event of a
    run that is over, else the present. `waiting` says what it was last seen doing if nothing was running.
    `failing` are the names of the features that fail; `unnamed_failing` counts those that have none here, and `unnamed`
    says why, such as `the file does not name them`. `beginning` says from which event on the run is known if the file's
    beginning is gone, `known_from` is that event's `seq`. `subagents` has the name of each subagent by the call that
    spawned it.
    """

    verdict: Verdict
    status: str
    why: str
    details: tuple[str, ...]
    at: float | None
    running: tuple[RunningCall, ...]
    agents: tuple[RunningAgent, ...]
    waiting: str
    failing: tuple[str, ...]
    unnamed_failing: int
    unnamed: str
    failed: tuple[FailedCall, ...]
    blocked: tuple[FailedCall, ...]
    troubles: tuple[Trouble, ...]
    beginning: str
    known_from: int | None
    subagents: dict[str, str]

    @property
    def is_past(self) -> bool:
        """Whether the run is over, or nothing is seen of it any more, so that `running` was running then."""
        return self.verdict.final or self.verdict in _SILENT

    @property
    def went_wrong(self) -> bool:
        """Whether a call failed or was blocked, a feature fails, or there was other trouble."""
        return bool(self.failed or self.blocked or self.failing or self.unnamed_failing or self.troubles)

    @property
    def running_title(self) -> str:
        """The title of what is or was running, or of `waiting`."""
        if self.waiting:
            return "last seen"
        return "was running" if self.is_past else "running"

    @property
    def unended(self) -> str:
        """What to say of a session, a subagent or a call without an end."""
        if self.verdict is Verdict.UNKNOWN:
            return "unknown"
        return "did not end" if self.is_past else "active"

    def agent_status(self, agent: Subagent) -> str:
        """Return how a subagent ended, or what it does; with the end of its session, nothing more will come from it."""
        return agent.status or ("did not end" if agent.over else self.unended)

    def agent_of(self, item: FailedCall | Trouble) -> str:
        """Return the name of the subagent in which something went wrong, empty if it was the main agent."""
        return "" if item.parent is None else self.subagents.get(item.parent, "a subagent")

    def seconds(self, item: RunningCall | RunningAgent) -> float | None:
        """Return for how long a call or a subagent has been running, or had been; None if not known."""
        end = self.at if item.ended is None else item.ended
        return None if end is None or item.since is None else max(0.0, end - item.since)


def describe_ending(
    summary: Summary, state: RunState, status: Status, silent_s: float, now: float, zone: Zone = UTC
) -> Ending:
    """Return the ending of a run whose last event arrived `silent_s` seconds before `now`, in seconds since 1970.

    `state` includes its last heartbeats. Times in words are in `zone`.
    """
    over = status.verdict.final
    at = state.last_seen if over or status.verdict in _SILENT else state.now_after(silent_s)
    message = summary.end.words("message") if summary.end is not None and over else ""
    succeeded = status.verdict is Verdict.COMPLETE  # a call without a result does not mean then that it was running
    running = () if succeeded else _running(summary, over=over)
    agents = () if succeeded else _agents(summary, over=over)
    return Ending(
        verdict=status.verdict,
        status=describe_status(status, zone, now),
        why=without_styles(_why(summary, state, status, silent_s)),
        details=tuple(line for line in without_styles(message).strip().split("\n")[1:] if line.strip()),
        at=at,
        running=running,
        agents=agents,
        waiting="" if running or agents else _waiting(summary, state, status),
        failing=tuple(summary.features.failing),
        unnamed_failing=summary.features.unnamed_failing,
        unnamed=_unnamed(summary),
        failed=tuple(summary.calls.failed),
        blocked=tuple(summary.calls.blocked),
        troubles=tuple(summary.troubles.found + (summary.troubles.unanswered() if over else [])),
        beginning=describe_beginning(summary.state),
        known_from=summary.state.known_from,
        subagents={agent.call: _agent_name(agent.agent_type, agent.description) for agent in summary.subagents.all},
    )


def describe_running(ending: Ending, item: RunningCall | RunningAgent) -> tuple[str, str, str]:
    """Return the name, the subject and the duration of what is running, such as `Bash`, `make test` and `for 12s`."""
    seconds = ending.seconds(item)
    duration = "" if seconds is None else f"for {format_duration(seconds)}"
    if isinstance(item, RunningAgent):
        return f"subagent {item.agent_type}".rstrip(), item.description, duration
    return tool_name(item.name), item.subject, duration


def _why(summary: Summary, state: RunState, status: Status, silent_s: float) -> str:
    verdict, end = status.verdict, summary.end
    if verdict is Verdict.CRASHED:
        return f"{_CRASHED}{_dropped(summary)}"
    if verdict is Verdict.STALLED:
        return _stalled(state, status, silent_s)
    if not verdict.final:
        return describe_missing(status)
    if end is None:
        return describe_outcome(state.outcome or "", "")
    if verdict is Verdict.ENDED:
        said = describe_reason(end.words("message")) or describe_reason(end.words("reason"))
        return "; ".join(part for part in ("its complete event does not say how", said) if part)
    why = describe_outcome(end.text("outcome"), end.words("message"), end.words("reason"))
    if UNSAID not in why or verdict is Verdict.COMPLETE:
        return why
    return _last_trouble(summary) or why


def _unnamed(summary: Summary) -> str:
    features = summary.features
    if not features.unnamed_failing:
        return ""
    if features.names_removed:
        return "their names are not shown"
    return f"the file does not name {f'{features.unnamed_failing:,} of them' if features.failing else 'them'}"


def _last_trouble(summary: Summary) -> str:
    """Return what the last session that failed, or the last error, says about the end of a run that says nothing."""
    for trouble in reversed(summary.troubles.found):
        if trouble.kind.startswith("session") and trouble.text and UNSAID not in trouble.text:
            return trouble.text
    last = summary.last_error
    words = describe_reason(last.words("message")) if last is not None else ""
    return f"{UNSAID}; the last error was: {words}" if words else ""


def _dropped(summary: Summary) -> str:
    dropped = summary.calls.dropped_heartbeats
    return (
        f"; before that, {pluralize(dropped, 'heartbeat')} could not be written, as the disk was full"
        if dropped
        else ""
    )


def _stalled(state: RunState, status: Status, silent_s: float) -> str:
    time = "" if status.seconds is None else f" for {format_duration(status.seconds)}"
    if silent_s > MISSED_BEATS * (state.heartbeat_s or USUAL_HEARTBEAT_S):
        return f"nothing was written{time}: its writer hangs, or its machine cannot be reached"
    return f"only heartbeats were written{time}: neither the model nor a tool does anything"


def _running(summary: Summary, *, over: bool) -> tuple[RunningCall, ...]:
    return tuple(summary.calls.running() + (summary.calls.cut() if over else []))


def _agents(summary: Summary, *, over: bool) -> tuple[RunningAgent, ...]:
    agents = summary.subagents.running() + (summary.subagents.cut if over else [])
    return tuple(
        RunningAgent(agent.call, agent.agent_type, agent.description, agent.began, agent.ended, agent.offset)
        for agent in agents
    )


def _waiting(summary: Summary, state: RunState, status: Status) -> str:
    if status.verdict not in _SILENT or not summary.events:
        return ""
    if not summary.sessions.all:
        return "before its first session"
    if all(session.outcome is not None for session in summary.sessions.all):
        return "after the end of a session"
    return _WAITS.get(state.status_at(state.now_after(0.0), writer_alive=True, stall_after_s=float("inf")).verdict, "")


def _agent_name(agent_type: str, description: str) -> str:
    return f"subagent {': '.join(part for part in (agent_type, description) if part)}".rstrip()
