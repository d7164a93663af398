"""The head of the HTML report, which needs no script: how the run ended, and its totals. Pure.

Text of the run goes through `safe`.
"""

from collections.abc import Iterable, Iterator
from html import escape

from observer.format.units import format_cost, format_size
from observer.report.answer import Answer, describe_counted, describe_duration, running_lines
from observer.report.html_text import MAX_TEXT_LINE, code, render_time, safe
from observer.report.truncate import truncate_line
from observer.runs.one_run.run import Run
from observer.runs.state.tokens import count_total, larger
from observer.runs.state.verdict import Verdict
from observer.runs.summary.ending import Ending
from observer.runs.summary.summary import Summary
from observer.terminal.theme import VERDICT_ROLES

_MAX_LINES = 10
"""Lines below the reason of the end, and things that were running."""


def render_overview(run: Run, summary: Summary, answered: Answer, now: float) -> str:
    """Return how the run ended and why, what was running, and its totals as of `now`, in seconds since 1970."""
    ending = answered.ending
    about = truncate_line(run.state.about, MAX_TEXT_LINE)
    badge = f'<span class="badge {VERDICT_ROLES[run.verdict]}">{safe(answered.status)}</span>'
    note = "" if run.verdict.final else _active_note(run.verdict, render_time(answered.zone.date_time(now), now))
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
    if verdict is Verdict.STALLED:
        return f"The run had not ended when this report was generated, {now}."
    return f"The run was still active when this report was generated, {now}."


def _running(ending: Ending) -> str:
    lines = running_lines(ending)
    if not lines:
        return ""
    title = ending.running_title.capitalize()
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
        "Started": render_time(answered.zone.date_time(run.state.started), run.state.started),
        "Times in": escape(answered.zone.name),
        "Model": code(_model(run, summary)),
        "Project": code(identity.get("project", "")),
        "Command": code(start.words("command")) if start else "",
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
    spent = run.state if run.cost_usd is not None else summary.state
    tokens = larger(run.tokens, summary.tokens)
    calls, blocked, failed = (
        sum(getattr(tool, name) for tool in summary.tools.by_name.values()) for name in ("calls", "blocked", "errors")
    )
    problems = ", ".join(f"{count:,} {word}" for count, word in ((failed, "failed"), (blocked, "blocked")) if count)
    tiles = [
        ("Duration", describe_duration(run), ""),
        ("Cost", format_cost(spent.cost_usd, is_minimum=spent.cost_is_minimum), ""),
        ("Tokens", "" if tokens is None else count_total(tokens), ""),
        ("Passing", f"{passing:,}<small>/{total:,}</small>" if passing is not None and total is not None else "", ""),
        ("Sessions", _count(run, len(summary.sessions.all)), ""),
        ("Tool calls", _count(run, calls), problems),
        ("Subagents", _count(run, len(summary.subagents.all)) if summary.subagents.all else "", ""),
        ("Events", f"{summary.events:,}", ", ".join(filter(None, (format_size(run.size), describe_counted(run))))),
    ]
    return "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd>{f'<dd><small>{detail}</small></dd>' if detail else ''}</div>"
        for name, value, detail in tiles
        if value
    )


def _count(run: Run, count: int) -> str:
    """Return a count of what the run had; of a file whose beginning is gone the least that it was, nothing for 0."""
    if run.state.known_from is None:
        return f"{count:,}"
    return f"<small>at least</small> {count:,}" if count else ""


def _model(run: Run, summary: Summary) -> str:
    """The model of the run, or of its first session."""
    model = summary.start.text("model") if summary.start else ""
    return model or next((event.text("model") for event in run.of_type("session_start")), "")
