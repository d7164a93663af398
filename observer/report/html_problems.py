"""The lists of all that went wrong in a run, for the HTML report; they need no script. Pure.

What is not known is not denied: of a file whose beginning is gone, or which has malformed lines, no list says that
there was nothing. Text of the run is in rows that are sanitized already, or goes through `safe`; all of it is escaped.
"""

from collections.abc import Iterable, Sequence
from html import escape

from observer.format.units import format_size
from observer.format.zone import Zone
from observer.report.answer import Answer
from observer.report.html_text import Link, render_time, safe
from observer.report.problem_rows import MAX_LISTED, ProblemList, ProblemRow, ProblemRows
from observer.report.truncate import Text
from observer.runs.state.verdict import Verdict
from observer.runs.summary.calls import FailedCall
from observer.runs.words.describe_tools import tool_name

MAX_SENTENCE = 240
"""Characters of a reason that is set like a sentence, not like output."""
_WARNING_TYPES = frozenset({"api_retry", "rate_limit", "info", "message", "session_start"})


def render_problems(problems: ProblemRows, answered: Answer, began: float | None, link: Link) -> str:
    """Return the lists of blocked calls, problems, failed calls, retries and malformed lines.

    `began` is when the run began, in seconds since 1970; `link` returns the address of the event at an offset.
    """
    ending = answered.ending
    is_known = ending.verdict is not Verdict.UNKNOWN and not answered.caveats
    none_blocked = "No calls were blocked." if is_known else "None in what is known of the run."
    has_trouble = answered.caveats or ending.went_wrong or problems.retries.count
    untroubled = ending.verdict is Verdict.COMPLETE and not has_trouble
    items = _Items(began, answered.zone, link)
    return '<div id="problems">' + "".join([
        items.list("blocked", "Blocked calls", problems.blocked, none_blocked, calls=ending.blocked),
        items.list("errors", "Problems", problems.errors, "No problems." if untroubled else ""),
        items.list("failed", "Failed calls", problems.failed, calls=ending.failed),
        items.list("retries", "Retries and rate limits", problems.retries),
        items.list("malformed", "Malformed lines", problems.malformed),
    ]) + "</div>"  # fmt: skip


class _Items:
    """Renders lists of rows of a run that began at a time in seconds since 1970."""

    def __init__(self, began: float | None, zone: Zone, link: Link) -> None:
        self._began, self._zone, self._link = began, zone, link

    def list(
        self, name: str, title: str, problems: ProblemList, none: str = "", *, calls: Sequence[FailedCall] = ()
    ) -> str:
        """Return a list of rows, and of the `calls` that only the end of the run mentions, which have no row.

        Without any it is the sentence `none`, or nothing.
        """
        unseen = [call for call in calls if call.at is None][: max(0, len(calls) - problems.count)]
        count = max(problems.count + len(unseen), len(calls))
        if not count:
            note = f'<h2>{title} <span class="count">0</span></h2><p class="note">{none}</p>'
            return f'<section id="{name}" class="problems empty">{note}</section>' if none else ""
        items = [*map(self._row, problems.rows), *map(_unseen, unseen[:MAX_LISTED])]
        remaining = count - len(items)
        note = f"… {remaining:,} more; see the log" if remaining > 0 else ""
        return _details(name, title, count, items, note)

    def _row(self, row: ProblemRow) -> str:
        """Return a row as an item: what happened, when, why, and a link to it."""
        texts = row.texts
        title = row.title or row.name or row.type
        reason = next((texts[key] for key in ("reason", "message", "output") if key in texts), None)
        traceback = texts.get("traceback")
        kind = tool_name(row.name) if row.type == "tool" else row.type.replace("_", " ")
        rule = f'<span class="chip">{escape(texts["rule"].head)}</span>' if "rule" in texts else ""
        detail = _reason(reason) if reason is not None and reason.head not in title else ""
        link = f'<a href="{self._link(row.offset)}" data-at="{row.offset}">line {row.line}</a>'
        return f"""<li class="{_problem_role(row)}"><p><b>{escape(kind)}</b> <code>{escape(title)}</code> {rule}
{self._time(row)} {link}</p>{detail}{_preformatted(traceback) if traceback else ""}
</li>"""

    def _time(self, row: ProblemRow) -> str:
        return "" if row.time is None else render_time(self._zone.moment(row.time, self._began), row.time)


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


def _problem_role(row: ProblemRow) -> str:
    if row.status == "blocked":
        return "blocked"
    return "warning" if row.type in _WARNING_TYPES else "bad"


def _reason(text: Text) -> str:
    is_sentence = not text.omitted and len(text.head) < MAX_SENTENCE and "\n" not in text.head
    return f'<p class="why">{escape(text.head)}</p>' if is_sentence else _preformatted(text)


def _preformatted(text: Text) -> str:
    gap = f"\n… {format_size(text.omitted)} omitted; see line {text.line} of the run file …\n" if text.omitted else ""
    return f'<pre tabindex="0">{escape(text.head + gap + text.tail)}</pre>'
