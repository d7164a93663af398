"""The head of the HTML report, which needs no script: how the run ended, totals, and all that went wrong. Pure.

Text of the run is in rows that are sanitized already, or goes through `safe`; all of it is escaped.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from observer.format.units import format_duration, format_money, format_size
from observer.format.zone import UTC, Zone
from observer.report.answer import Answer, running_lines
from observer.report.html_rows import LogRows, Row
from observer.report.html_text import MAX_TEXT_LINE, code, safe
from observer.report.truncate import Text, truncate_line
from observer.runs.describe_tools import tool_name
from observer.runs.ending import Ending
from observer.runs.run import Run
from observer.runs.summary import Summary
from observer.runs.tokens import count_total, larger
from observer.runs.verdict import Verdict
from observer.terminal.theme import VERDICT_ROLES

MAX_LISTED = 200
"""Items of a list of problems; the log has the others."""
MAX_SENTENCE = 240
"""Characters of a reason that is set like a sentence, not like output."""
_MAX_LINES = 10
"""Lines below the reason of the end, and things that were running."""
_RETRY_TYPES = frozenset({"api_retry", "rate_limit"})
"""Trouble that the API causes and the run survives: listed apart, or it would hide the errors."""
_WARNING_TYPES = _RETRY_TYPES | {"info", "message", "session_start"}


def render_overview(run: Run, summary: Summary, answered: Answer, now: float) -> str:
    """Return how the run ended and why, what was running, and its totals as of `now`, in seconds since 1970."""
    ending = answered.ending
    about = truncate_line(run.state.about, MAX_TEXT_LINE)
    badge = f'<span class="badge {VERDICT_ROLES[run.verdict]}">{safe(answered.status)}</span>'
    note = "" if run.verdict.final else _active_note(run.verdict, _time(now, answered.zone))
    notes = [f"{caveat[0].upper()}{caveat[1:]}." for caveat in answered.caveats]
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _facts(run, summary, answered))
    return f"""
<section id="overview" aria-labelledby="about">
<p class="verdict">{badge} <span>{safe(ending.why)}</span></p>
{_paragraph("why", map(safe, ending.details[:_MAX_LINES]))}
<h1 id="about">{escape(about) or f"Run {safe(run.id)}"}</h1>
{_running(ending)}
{_paragraph("note", filter(None, (note, *notes)))}
<dl class="totals">{_totals(run, summary)}</dl>
<dl class="facts">{facts}</dl>
</section>"""


def _active_note(verdict: Verdict, now: str) -> str:
    """Return what to know of a run that has not ended, or of which nothing tells whether it has."""
    if verdict is Verdict.UNKNOWN:
        return f"Whether the run had ended when this report was generated, {now}, is not known."
    return f"The run was still active when this report was generated, {now}."


def render_problems(log: LogRows, ending: Ending) -> str:
    """Return the lists of failing features, blocked calls, errors, failed calls, retries and malformed lines."""
    rows = log.rows
    blocked = [row for row in rows if row.type == "tool" and row.status == "blocked"]
    failed = [row for row in rows if row.type == "tool" and row.bad and row.status != "blocked"]
    errors = [row for row in rows if row.bad and row.type not in {"tool", "malformed", *_RETRY_TYPES}]
    retries = [row for row in rows if row.bad and row.type in _RETRY_TYPES]
    malformed = [row for row in rows if row.type == "malformed"]
    no_errors = "No errors." if ending.verdict is Verdict.COMPLETE else ""
    return '<div id="problems">' + "".join([
        _failing(ending),
        _problem_list("blocked", "Blocked commands", blocked, "No commands were blocked."),
        _problem_list("errors", "Errors", errors, no_errors),
        _problem_list("failed", "Failed calls", failed, ""),
        _problem_list("retries", "Retries and rate limits", retries, ""),
        _problem_list("malformed", "Malformed lines", malformed, ""),
    ]) + "</div>"  # fmt: skip


def _running(ending: Ending) -> str:
    lines = running_lines(ending)
    if not lines:
        return ""
    title = "Was running" if ending.verdict.final or ending.verdict is Verdict.STALLED else "Running"
    remaining = len(lines) - _MAX_LINES
    items = [*map(code, lines[-_MAX_LINES:]), *([f"and {remaining:,} more"] if remaining > 0 else [])]
    return f'<dl class="running"><dt>{title}</dt>{"".join(f"<dd>{item}</dd>" for item in items)}</dl>'


def _paragraph(name: str, lines: Iterable[str]) -> str:
    """Lines of text as a paragraph that keeps them apart."""
    text = "\n".join(lines)
    return f'<p class="{name}">{text}</p>' if text else ""


def _facts(run: Run, summary: Summary, answered: Answer) -> Iterator[tuple[str, str]]:
    start, identity = summary.start, answered.identity
    facts = {
        "Run": code(identity["run"]),
        "Started": _time(run.state.started, answered.zone),
        "Times in": escape(answered.zone.name),
        "Model": code(_model(run, summary)),
        "Project": code(identity.get("project", "")),
        "Command": code(start.text("command")) if start else "",
        "Resumed from": code(start.text("resumed_from")) if start else "",
        "Recorded from": code(start.text("recorded_from")) if start else "",
        "Host": code(identity.get("host", "")),
        "Written by": code(identity.get("writer", "")),
        "Run file": code(identity["file"]),
        "Report by": code(identity["report"]),
    }
    return ((name, value) for name, value in facts.items() if value)


def _totals(run: Run, summary: Summary) -> str:
    passing, total = run.state.passing, run.state.total
    cost = run.cost_usd if run.cost_usd is not None else summary.state.cost_usd
    tokens = larger(run.tokens, summary.tokens)
    calls, blocked, failed = (
        sum(getattr(tool, name) for tool in summary.tools.values()) for name in ("calls", "blocked", "errors")
    )
    problems = ", ".join(f"{count:,} {word}" for count, word in ((failed, "failed"), (blocked, "blocked")) if count)
    tiles = [
        ("Duration", format_duration(run.duration) if run.duration is not None else "", ""),
        ("Cost", format_money(cost) if cost is not None else "", ""),
        ("Tokens", "" if tokens is None else count_total(tokens), ""),
        ("Passing", f"{passing:,}<small>/{total:,}</small>" if passing is not None and total is not None else "", ""),
        ("Sessions", f"{len(summary.sessions):,}", ""),
        ("Tool calls", f"{calls:,}", problems),
        ("Subagents", f"{len(summary.subagents.all):,}" if summary.subagents.all else "", ""),
        ("Events", f"{summary.events:,}", format_size(run.size)),
    ]
    return "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd>{f'<dd><small>{detail}</small></dd>' if detail else ''}</div>"
        for name, value, detail in tiles
        if value
    )


def _model(run: Run, summary: Summary) -> str:
    """The model of the run, or of its first session."""
    model = summary.start.text("model") if summary.start else ""
    return model or next((event.text("model") for event in run.of_type("session_start")), "")


def _failing(ending: Ending) -> str:
    count = len(ending.failing) + ending.unnamed_failing
    items = [f'<li class="bad"><p><code>{safe(name)}</code></p></li>' for name in ending.failing[:MAX_LISTED]]
    remaining = len(ending.failing) - len(items)
    notes = [
        f"… {remaining:,} more" if remaining else "",
        f"{ending.unnamed_failing:,} that the run file does not name" if ending.unnamed_failing else "",
    ]
    note = ", and ".join(filter(None, notes))
    return _details("failing", "Features that fail", count, items, note) if count else ""


def _problem_list(name: str, title: str, rows: Sequence[Row], none: str) -> str:
    """A list of rows. Without rows it is the sentence `none`, or nothing."""
    if not rows:
        note = f'<h2>{title} <span class="count">0</span></h2><p class="note">{none}</p>'
        return f'<section id="{name}" class="problems empty">{note}</section>' if none else ""
    remaining = len(rows) - MAX_LISTED
    note = f"… {remaining:,} more; see the log" if remaining > 0 else ""
    return _details(name, title, len(rows), map(_problem, rows[:MAX_LISTED]), note)


def _details(name: str, title: str, count: int, items: Iterable[str], note: str) -> str:
    """A list that a reader can close."""
    listed, remark = "".join(items), f'<p class="note">{note}</p>' if note else ""
    return f"""
<section id="{name}" class="problems"><details open>
<summary><h2>{title} <span class="count">{count:,}</span></h2></summary>
{f'<ol tabindex="0" aria-label="{title}">{listed}</ol>' if listed else ""}{remark}</details></section>"""


def _problem(row: Row) -> str:
    """A row as an item of a list: what happened, why, and a link to it."""
    texts = {text.label: text for text in row.texts}
    title = row.title or row.name or row.type
    reason = next((texts[key] for key in ("reason", "message", "output") if key in texts), None)
    traceback = texts.get("traceback")
    kind = tool_name(row.name) if row.type == "tool" else row.type.replace("_", " ")
    rule = f'<span class="chip">{escape(texts["rule"].head)}</span>' if "rule" in texts else ""
    detail = _reason(reason) if reason is not None and reason.head not in title else ""
    return f"""<li class="{_problem_role(row)}"><p><b>{escape(kind)}</b> <code>{escape(title)}</code> {rule}
<a href="#L{row.line}">line {row.line}</a></p>{detail}{_preformatted(traceback) if traceback else ""}</li>"""


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


def _time(seconds: float | None, zone: Zone) -> str:
    """A time in seconds since 1970 as an element; empty if it is none or cannot be shown."""
    text = zone.date_time(seconds)
    return f'<time datetime="{UTC.timestamp(seconds)}">{escape(text)}</time>' if text else ""
