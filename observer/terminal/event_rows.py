"""Events as rows: layout and colours for the words of `observer.runs.words.describe`. Pure."""

from collections.abc import Callable

from observer.format.event import Event, Malformed
from observer.format.line import Line, Oversize
from observer.format.units import format_size
from observer.runs.trouble import is_trouble
from observer.runs.words.describe import (
    blocked_calls,
    changed_features,
    count_blocked,
    describe,
    describe_broken,
    describe_count,
    describe_stalled,
    describe_truncated,
)
from observer.runs.words.words import Words, join_facts
from observer.source.items import ALARMING_NOTICES, Notice
from observer.terminal import conversation_rows
from observer.terminal.row import Row, Span, make_row, shorten
from observer.terminal.theme import Role, RowStyle

BAR_WIDTH = 24
"""Cells of a progress bar."""
MAX_BLOCKED = 10
"""Number of blocked calls that the end of a run lists."""


def run_start(event: Event, style: RowStyle) -> list[Row]:
    """Return the header of a run."""
    words = describe(event, glyphs=style, zone=style.zone)
    rows = [
        make_row((Role.STRONG, words.title)),
        *_paragraph(words.text, style),
        make_row((Role.DIM, join_facts(words.facts, style)), hang=0),
        *(make_row((Role.DIM, shorten(detail, style)), hang=0) for detail in words.details),
    ]
    return [line for line in rows if line.spans]


def complete(event: Event, style: RowStyle) -> list[Row]:
    """Return the footer of a run, below its rule."""
    words = describe(event, glyphs=style)
    rows = [
        *_paragraph(words.text, style),
        make_row((Role.DIM, join_facts(words.facts, style)), hang=0),
        *blocked(event, style),
    ]
    return [line for line in rows if line.spans]


def blocked(event: Event, style: RowStyle) -> list[Row]:
    """Return a row for each call that was blocked during the run."""
    calls = blocked_calls(event)
    if not calls:
        return []
    rows = [make_row((Role.BLOCKED, f"{style.blocked} {count_blocked(calls)}"))]
    limit = len(calls) if style.max_chars is None else MAX_BLOCKED
    for call in calls[:limit]:
        rule = f"  {call.rule}" if call.rule else ""
        rows.append(make_row((Role.PLAIN, f"  {shorten(call.subject, style)}"), (Role.DIM, rule), hang=4))
    if len(calls) > limit:
        rows.append(make_row((Role.DIM, f"  {style.ellipsis} and {len(calls) - limit} more")))
    return rows


def progress(event: Event, style: RowStyle) -> list[Row]:
    """Return the progress bar, the count, and the features that changed."""
    passing, total = event.count("passing") or 0, event.count("total") or 0
    full = round(BAR_WIDTH * min(1.0, max(0.0, passing / total))) if total > 0 else 0
    spans: list[Span] = [
        (Role.GOOD, style.full * full),
        (Role.DIM, style.empty * (BAR_WIDTH - full)),
        (Role.STRONG, f" {describe_count(event)}"),
    ]
    spans += [(Role.GOOD if passes else Role.BAD, f"  {name}") for passes, name in changed_features(event, style)]
    return [make_row(*spans)]


def error(event: Event, style: RowStyle) -> list[Row]:
    """Return an error with its traceback."""
    words = describe(event, glyphs=style)
    head = make_row((Role.BAD, f"{style.bad} {words.title}"), (Role.PLAIN, _indented(shorten(words.text, style))))
    return [head, *(Row(((Role.DIM, "  " + line),), 0, truncate=True) for line in words.details)]


def info(event: Event, style: RowStyle) -> list[Row]:
    """Return a remark, or a warning if its kind is alarming."""
    words = describe(event, glyphs=style)
    text = shorten(words.text, style)
    if is_trouble(event):
        first, *others = text.split("\n")
        head = make_row((Role.WARNING, f"{style.retry} {words.title}"), (Role.PLAIN, _indented(first)))
        return [head, *(make_row((Role.PLAIN, _indented(line)), hang=4) for line in others)]
    if "\n" not in text:
        return [make_row((Role.DIM, f"{style.dot} {text}"))]
    return [
        make_row((Role.DIM, f"{' ' if number else style.dot} {line}")) for number, line in enumerate(text.split("\n"))
    ]


def api_retry(event: Event, style: RowStyle) -> list[Row]:
    """Return the notice that a request to the API is repeated."""
    words = describe(event, glyphs=style)
    reason = f": {shorten(words.text, style)}" if words.text else ""
    return [make_row((Role.WARNING, f"{style.retry} {words.title}"), (Role.DIM, reason))]


def rate_limit(event: Event, style: RowStyle) -> list[Row]:
    """Return a change of the rate limit; no row if requests are simply allowed."""
    if event.text("status") == "allowed" and event.number("utilization") is None:
        return []
    role, sign = (Role.WARNING, style.retry) if is_trouble(event) else (Role.DIM, style.dot)
    return [_row(role, describe(event, glyphs=style, zone=style.zone), style, sign)]


def compaction(event: Event, style: RowStyle) -> list[Row]:
    """Return the notice that the conversation was compacted."""
    return [_row(Role.DIM, describe(event, glyphs=style), style, style.dot)]


def subagent_start(event: Event, style: RowStyle) -> list[Row]:
    """Return the start of a subagent whose call is not known."""
    about = " ".join(part for part in (event.text("agent_type"), event.words("description")) if part)
    return [make_row((Role.TOOL, f"{style.tool} subagent"), (Role.INPUT, _indented(about)))]


def subagent_complete(event: Event, about: str, style: RowStyle) -> list[Row]:
    """Return the outcome of a subagent, with its totals; `about` says which one, if its call is not shown."""
    role, sign = (Role.BAD, style.bad) if is_trouble(event) else (Role.GOOD, style.good)
    words = describe(event, glyphs=style)
    named = _indented(shorten(about.partition("\n")[0], style))
    facts = _indented(join_facts(words.facts, style))
    return [make_row((role, f"{sign} {words.title}"), (Role.PLAIN, named), (Role.DIM, facts))]


def unknown(event: Event, style: RowStyle) -> list[Row]:
    """Return an event of a type unknown to this version, or written by another program."""
    words = describe(event, glyphs=style)
    return [make_row((Role.LABEL, words.title), (Role.DIM, _indented(shorten(words.text, style))))]


def broken(line: Malformed | Oversize, style: RowStyle) -> list[Row]:
    """Return the row of a line that holds no event, with its first characters, or that is too long to be read."""
    if isinstance(line, Oversize):
        return [make_row((Role.WARNING, describe_broken(line)))]
    is_cut = line.length > len(line.preview)
    preview = f"{line.preview}{style.ellipsis} ({format_size(line.length)})" if is_cut else line.preview
    return [make_row((Role.DIM, f"{describe_broken(line)}  {preview}"))]


def gap() -> list[Row]:
    """Return the row in place of events that were left out."""
    return [make_row((Role.DIM, "--"))]


def notice(notice: Notice, style: RowStyle) -> list[Row]:
    """Return the row of a notice."""
    sign, role = (style.bad, Role.BAD) if notice.kind in ALARMING_NOTICES else (style.arrow, Role.DIM)
    return [make_row((role, f"{sign} {notice.message}"))]


def stalled(seconds: float, style: RowStyle) -> list[Row]:
    """Return the notice of a stall that the next event ended."""
    return [make_row((Role.WARNING, f"{style.retry} {describe_stalled(seconds)}"))]


def truncated(line: Line | Oversize) -> list[Row]:
    """Return the notice of an incomplete last line."""
    return [make_row((Role.WARNING, describe_truncated(line)))]


BY_TYPE: dict[str, Callable[[Event, RowStyle], list[Row]]] = {
    "run_start": run_start,
    "session_end": conversation_rows.session_end,
    "complete": complete,
    "progress": progress,
    "error": error,
    "api_retry": api_retry,
    "rate_limit": rate_limit,
    "compaction": compaction,
}
"""The function for each type that can be shown without knowing other events."""


def _row(role: Role, words: Words, style: RowStyle, sign: str = "") -> Row:
    """Return a row with a sign and the title in a colour, and the facts dimmed."""
    title = f"{sign} {words.title}" if sign else words.title
    return make_row((role, title), (Role.DIM, _indented(join_facts(words.facts, style))))


def _paragraph(text: str, style: RowStyle) -> list[Row]:
    """Return a row for each line of a text of the run."""
    return [make_row((Role.PLAIN, line), hang=0) for line in shorten(text, style).strip("\n").split("\n")]


def _indented(text: str) -> str:
    return f"  {text}" if text else ""
