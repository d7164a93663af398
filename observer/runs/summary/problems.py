"""Lists all that went wrong in a run in the order of its events, and steps from one to the next. Pure."""

from msgspec import Struct

from observer.format.timestamps import parse_timestamp
from observer.runs.state.verdict import Verdict
from observer.runs.summary.calls import FailedCall
from observer.runs.summary.ending import Ending
from observer.runs.summary.features import Flip
from observer.runs.summary.summary import Summary
from observer.runs.summary.trouble_list import Trouble
from observer.runs.words.describe_tools import tool_name

_WARNING_KINDS = frozenset({"API", "MCP server", "rate limit"})
"""Kinds of trouble that a run survives."""
_BAD_ENDS = frozenset({Verdict.FAILED, Verdict.INTERRUPTED, Verdict.ENDED})
_ERROR_LINES = 2
"""Lines of an error that are quoted: the first may only say `Exit code 1`."""


class Problem(Struct, frozen=True):
    """Something that went wrong: a call that failed or was blocked, an error, a feature that fails again, a bad end.

    `offset` is where the event that says so is in the file, `at` its time in seconds since 1970. `name` is that of the
    tool, or says what else it was, `subject` what it was about, `reason` why, and `agent` names the subagent. `tone` is
    `bad`, `blocked` or `warning`.
    """

    offset: int
    at: float | None
    tone: str
    name: str
    subject: str
    reason: str = ""
    agent: str = ""


class Step(Struct, frozen=True):
    """The problem that a reader is led to: its offset in the file, None if there is none, and which one it is in words.

    >>> Step(None, "no errors").at is None
    True
    """

    at: int | None
    words: str


def list_problems(summary: Summary, ending: Ending) -> list[Problem]:
    """Return what went wrong in a run, in the order of the file."""
    problems = [
        *(_call(call, "bad", ending) for call in ending.failed),
        *(_call(call, "blocked", ending) for call in ending.blocked),
        *(_trouble(trouble, ending) for trouble in ending.troubles),
        *(_regression(flip) for flip in summary.features.flips if not flip.passes),
    ]
    if summary.end is not None and ending.verdict in _BAD_ENDS:
        at = parse_timestamp(summary.end.timestamp)
        problems.append(Problem(summary.end.line.offset, at, "bad", "run", ending.verdict, ending.why))
    return sorted(problems, key=lambda problem: problem.offset)


def step(offsets: list[int], position: int, *, forwards: bool) -> Step:
    """Return the first problem at `position` or after it, or the last one before it; beyond the last the first again.

    `offsets` are those of all problems, in order.

    >>> step([10, 20, 30], 21, forwards=True), step([10, 20, 30], 10, forwards=False).words
    (Step(at=30, words='error 3 of 3'), 'error 3 of 3, again from the end')
    """
    count = len(offsets)
    if not count:
        return Step(None, "no errors")
    index = sum(offset < position for offset in offsets) - (0 if forwards else 1)
    again = "" if 0 <= index < count else ", again from the start" if forwards else ", again from the end"
    index %= count
    return Step(offsets[index], f"error {index + 1:,} of {count:,}{again}")


def _call(call: FailedCall, tone: str, ending: Ending) -> Problem:
    lines = [line.strip() for line in call.error.split("\n") if line.strip()][:_ERROR_LINES] if tone == "bad" else []
    reason = " · ".join(part for part in (call.rule or "", call.reason, *lines) if part)
    offset = 0 if call.offset is None else call.offset
    return Problem(offset, call.at, tone, tool_name(call.name), call.subject, reason, ending.agent_of(call))


def _trouble(trouble: Trouble, ending: Ending) -> Problem:
    tone = "warning" if trouble.kind in _WARNING_KINDS else "bad"
    offset = 0 if trouble.offset is None else trouble.offset
    return Problem(offset, trouble.at, tone, trouble.kind, trouble.text, agent=ending.agent_of(trouble))


def _regression(flip: Flip) -> Problem:
    return Problem(flip.offset, flip.at, "bad", "feature", flip.name, "passed before, and fails now")
