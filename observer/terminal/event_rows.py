"""Events as rows: layout and colour for the words of `observer.runs.describe`. Pure."""

from collections.abc import Callable

from observer.format.event import Event, Malformed
from observer.format.lines import Line, Oversize
from observer.format.units import format_size
from observer.runs.describe import (
    Words,
    blocked_calls,
    changed_features,
    count_blocked,
    describe,
    describe_broken,
    describe_count,
    describe_truncated,
    join_facts,
)
from observer.runs.filter import ALARMING
from observer.terminal.row import Row, Span, row, shortened
from observer.terminal.theme import OUTCOME_ROLES, Glyphs, Role

BAR = 24
"""Cells of a progress bar."""

BLOCKED_SHOWN = 10
"""Number of refused calls that the end of a run lists."""


def run_start(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return the header of a run."""
    words = describe(event, glyphs=glyphs)
    rows = [
        row((Role.STRONG, words.title)),
        row((Role.PLAIN, shortened(words.text, glyphs)), hang=0),
        row((Role.DIM, join_facts(words.facts, glyphs)), hang=0),
        *(row((Role.DIM, shortened(detail, glyphs)), hang=0) for detail in words.details),
    ]
    return [line for line in rows if line.spans]


def session_end(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return how a session ended, with its cost."""
    role = OUTCOME_ROLES.get(event.text("outcome") or "ended", Role.BAD)
    return [_row(role, describe(event, glyphs=glyphs), glyphs)]


def complete(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return the footer of a run, below its rule."""
    words = describe(event, glyphs=glyphs)
    rows = [
        row((Role.PLAIN, shortened(words.text, glyphs)), hang=0),
        row((Role.DIM, join_facts(words.facts, glyphs)), hang=0),
        *_blocked(event, glyphs),
    ]
    return [line for line in rows if line.spans]


def _blocked(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return a row for each call that was refused in the run."""
    calls = blocked_calls(event)
    if not calls:
        return []
    rows = [row((Role.BLOCKED, f"{glyphs.blocked} {count_blocked(calls)}"))]
    limit = len(calls) if glyphs.chars is None else BLOCKED_SHOWN
    for call in calls[:limit]:
        rule = f"  {call.rule}" if call.rule else ""
        rows.append(row((Role.PLAIN, f"  {shortened(call.subject, glyphs)}"), (Role.DIM, rule), hang=4))
    if len(calls) > limit:
        rows.append(row((Role.DIM, f"  {glyphs.ellipsis} and {len(calls) - limit} more")))
    return rows


def progress(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return the bar, the count, and the features that changed."""
    passing, total = event.number("passing") or 0, event.number("total") or 0
    full = round(BAR * min(1.0, max(0.0, passing / total))) if total > 0 else 0
    spans: list[Span] = [
        (Role.GOOD, glyphs.full * full),
        (Role.DIM, glyphs.empty * (BAR - full)),
        (Role.STRONG, f" {describe_count(event)}"),
    ]
    spans += [(Role.GOOD if passes else Role.BAD, f"  {name}") for passes, name in changed_features(event, glyphs)]
    return [row(*spans)]


def error(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return an error with its traceback."""
    words = describe(event, glyphs=glyphs)
    head = row((Role.BAD, f"{glyphs.bad} {words.title}"), (Role.PLAIN, _indented(shortened(words.text, glyphs))))
    return [head, *(Row(((Role.DIM, "  " + line),), 0, verbatim=True) for line in words.details)]


def info(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return a remark, or a warning."""
    words = describe(event, glyphs=glyphs)
    text = shortened(words.text, glyphs)
    if event.text("kind") in ALARMING:
        return [row((Role.WARNING, f"{glyphs.retry} {words.title}"), (Role.PLAIN, _indented(text)))]
    return [row((Role.DIM, f"{glyphs.dot} {text}"))]


def api_retry(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return that a request to the API is repeated."""
    words = describe(event, glyphs=glyphs)
    reason = f": {shortened(words.text, glyphs)}" if words.text else ""
    return [row((Role.WARNING, f"{glyphs.retry} {words.title}"), (Role.DIM, reason))]


def rate_limit(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return a change of the rate limit; nothing if it only says that requests are allowed."""
    if event.text("status") == "allowed" and event.number("utilization") is None:
        return []
    return [_row(Role.WARNING, describe(event, glyphs=glyphs), glyphs, glyphs.retry)]


def compaction(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return that the conversation was shortened."""
    return [_row(Role.DIM, describe(event, glyphs=glyphs), glyphs, glyphs.dot)]


def subagent_complete(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return how a subagent ended, with its totals."""
    good = event.text("status") == "completed"
    role, sign = (Role.GOOD, glyphs.good) if good else (Role.BAD, glyphs.bad)
    return [_row(role, describe(event, glyphs=glyphs), glyphs, sign)]


def unknown(event: Event, glyphs: Glyphs) -> list[Row]:
    """Return an event whose type is unknown to this version, or which another program wrote."""
    words = describe(event, glyphs=glyphs)
    return [row((Role.LABEL, words.title), (Role.DIM, _indented(shortened(words.text, glyphs))))]


def malformed(line: Malformed, glyphs: Glyphs) -> list[Row]:
    """Return a line that holds no event, with its beginning."""
    cut = line.length > len(line.preview)
    preview = f"{line.preview}{glyphs.ellipsis} ({format_size(line.length)})" if cut else line.preview
    return [row((Role.DIM, f"{describe_broken(line)}  {preview}"))]


def oversize(line: Oversize) -> list[Row]:
    """Return a line that is too long to keep."""
    return [row((Role.WARNING, describe_broken(line)))]


def truncated(line: Line | Oversize) -> list[Row]:
    """Return a line that its writer did not finish."""
    return [row((Role.WARNING, describe_truncated(line)))]


SIMPLE: dict[str, Callable[[Event, Glyphs], list[Row]]] = {
    "run_start": run_start,
    "session_end": session_end,
    "complete": complete,
    "progress": progress,
    "error": error,
    "info": info,
    "api_retry": api_retry,
    "rate_limit": rate_limit,
    "compaction": compaction,
}
"""The types that need nothing but themselves to be shown."""


def _row(role: Role, words: Words, glyphs: Glyphs, sign: str = "") -> Row:
    """Return the title, behind its sign, in a colour, and the facts dimmed."""
    title = f"{sign} {words.title}" if sign else words.title
    return row((role, title), (Role.DIM, _indented(join_facts(words.facts, glyphs))))


def _indented(text: str) -> str:
    return f"  {text}" if text else ""
