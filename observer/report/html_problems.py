"""The lists of all that went wrong in a run, for the HTML report; they need no script. Pure.

What is not known is not denied: of a file whose beginning is gone, or which has malformed lines, no list says that
there was nothing. Text of the run is in rows that are sanitized already, or goes through `safe`; all of it is escaped.
"""

from collections.abc import Iterable, Sequence
from html import escape

from observer.format.units import format_size
from observer.format.zone import Zone
from observer.report.answer import Answer
from observer.report.html_rows import LogRows, Row
from observer.report.html_text import render_time, safe
from observer.report.truncate import Text
from observer.runs.describe_tools import tool_name
from observer.runs.summary.calls import FailedCall
from observer.runs.verdict import Verdict

MAX_LISTED = 200
"""Items of a list of problems; the log has the others."""
MAX_SENTENCE = 240
"""Characters of a reason that is set like a sentence, not like output."""
_RETRY_TYPES = frozenset({"api_retry", "rate_limit"})
"""Trouble that the API causes and the run survives: listed apart, or it would hide the errors."""
_WARNING_TYPES = _RETRY_TYPES | {"info", "message", "session_start"}


def render_problems(log: LogRows, answered: Answer) -> str:
    """Return the lists of blocked calls, problems, failed calls, retries and malformed lines."""
    ending, rows = answered.ending, log.rows
    blocked = [row for row in rows if row.type == "tool" and row.status == "blocked"]
    failed = [row for row in rows if row.type == "tool" and row.bad and row.status != "blocked"]
    errors = [row for row in rows if row.bad and row.type not in {"tool", "malformed", *_RETRY_TYPES}]
    errors = [row for row in errors if row.type != "complete" or row.status != "success"]  # it only lists blocked calls
    retries = [row for row in rows if row.bad and row.type in _RETRY_TYPES]
    malformed = [row for row in rows if row.type == "malformed"]
    none_blocked = "None in what is known of the run." if answered.caveats else "No calls were blocked."
    untroubled = ending.verdict is Verdict.COMPLETE and not (answered.caveats or ending.went_wrong or retries)
    items = _Items(log.origin, answered.zone)
    return '<div id="problems">' + "".join([
        items.list("blocked", "Blocked calls", blocked, none_blocked, calls=ending.blocked),
        items.list("errors", "Problems", errors, "No problems." if untroubled else ""),
        items.list("failed", "Failed calls", failed, calls=ending.failed),
        items.list("retries", "Retries and rate limits", retries),
        items.list("malformed", "Malformed lines", malformed),
    ]) + "</div>"  # fmt: skip


class _Items:
    """Renders lists of rows; their times are in milliseconds since `origin`."""

    def __init__(self, origin: float | None, zone: Zone) -> None:
        self._origin, self._zone = origin, zone

    def list(
        self, name: str, title: str, rows: Sequence[Row], none: str = "", *, calls: Sequence[FailedCall] = ()
    ) -> str:
        """Return a list of rows, and of the `calls` that only the end of the run mentions, which have no row.

        Without any it is the sentence `none`, or nothing.
        """
        unseen = [call for call in calls if call.at is None][: max(0, len(calls) - len(rows))]
        count = max(len(rows) + len(unseen), len(calls))
        if not count:
            note = f'<h2>{title} <span class="count">0</span></h2><p class="note">{none}</p>'
            return f'<section id="{name}" class="problems empty">{note}</section>' if none else ""
        items = [*map(self._row, rows[:MAX_LISTED]), *map(_unseen, unseen[:MAX_LISTED])]
        remaining = count - len(items)
        note = f"… {remaining:,} more; see the log" if remaining > 0 else ""
        return _details(name, title, count, items, note)

    def _row(self, row: Row) -> str:
        """Return a row as an item: what happened, when, why, and a link to it."""
        texts = {text.label: text for text in row.texts}
        title = row.title or row.name or row.type
        reason = next((texts[key] for key in ("reason", "message", "output") if key in texts), None)
        traceback = texts.get("traceback")
        kind = tool_name(row.name) if row.type == "tool" else row.type.replace("_", " ")
        rule = f'<span class="chip">{escape(texts["rule"].head)}</span>' if "rule" in texts else ""
        detail = _reason(reason) if reason is not None and reason.head not in title else ""
        return f"""<li class="{_problem_role(row)}"><p><b>{escape(kind)}</b> <code>{escape(title)}</code> {rule}
{self._time(row)} <a href="#L{row.line}">line {row.line}</a></p>{detail}{_preformatted(traceback) if traceback else ""}
</li>"""

    def _time(self, row: Row) -> str:
        ms = row.start if row.end is None else row.end
        if ms is None or self._origin is None:
            return ""
        at = self._origin + ms / 1000
        return render_time(self._zone.moment(at, self._origin), at)


def _unseen(call: FailedCall) -> str:
    rule = f'<span class="chip">{safe(call.rule)}</span>' if call.rule else ""
    what = f"<b>{safe(tool_name(call.name))}</b> <code>{safe(call.subject)}</code> {rule}"
    return f'<li class="blocked"><p>{what}</p></li>'


def _details(name: str, title: str, count: int, items: Iterable[str], note: str) -> str:
    """A list that a reader can close."""
    listed, remark = "".join(items), f'<p class="note">{note}</p>' if note else ""
    return f"""
<section id="{name}" class="problems"><details open>
<summary><h2>{title} <span class="count">{count:,}</span></h2></summary>
{f'<ol tabindex="0" aria-label="{title}">{listed}</ol>' if listed else ""}{remark}</details></section>"""


def _problem_role(row: Row) -> str:
    if row.status == "blocked":
        return "blocked"
    return "warning" if row.type in _WARNING_TYPES else "bad"


def _reason(text: Text) -> str:
    is_sentence = not text.omitted and len(text.head) < MAX_SENTENCE and "\n" not in text.head
    return f'<p class="why">{escape(text.head)}</p>' if is_sentence else _preformatted(text)


def _preformatted(text: Text) -> str:
    gap = f"\n… {format_size(text.omitted)} omitted; see line {text.line} of the run file …\n" if text.omitted else ""
    return f'<pre tabindex="0">{escape(text.head + gap + text.tail)}</pre>'
