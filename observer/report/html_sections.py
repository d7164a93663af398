"""The parts of the page that need no script: outcome, totals, what was blocked, what went wrong. Pure.

Whatever comes from the run goes through `_safe`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from observer.format.units import format_count, format_duration, format_money, format_size, pluralize
from observer.report.html_rows import Row, Story
from observer.report.truncate import Text, brief
from observer.runs.describe_status import describe_status
from observer.runs.describe_tools import tool_name
from observer.runs.run import Run
from observer.runs.state import Status, Verdict
from observer.runs.summary import Summary
from observer.terminal.theme import VERDICT_ROLES

SHOWN = 200
"""Rows of a table, and blocked calls and errors that are listed; the log has the others."""
SENTENCE = 240
"""Characters of a reason that is printed like a sentence."""
LONG = 400
"""Characters of a command line or path at the head of the page."""
_RETRIES = frozenset({"api_retry", "rate_limit"})
"""What the API brings about and the run gets over: among its errors they would hide those."""
_WARNINGS = _RETRIES | {"info"}
_ROLE_OF = {"success": "good", "completed": "good", "interrupted": "warning", "blocked": "blocked", "": "plain"}


def badge(verdict: Verdict) -> str:
    """Return the verdict as a coloured word."""
    return f'<span class="badge {VERDICT_ROLES[verdict]}">{escape(describe_status(Status(verdict)))}</span>'


def overview(run: Run, summary: Summary, now: float) -> str:
    """Return what the run was about, its outcome and its totals; `now` (seconds since 1970) is when that was true."""
    state, start = run.state, summary.start
    about = brief(state.about, LONG)
    facts = [
        ("Started", _time(state.started)),
        ("Model", _mono(_model(run, summary))),
        ("Project", _mono(start.text("project_dir")) if start else ""),
        ("Command", _mono(start.text("command")) if start else ""),
        ("Resumed from", _mono(start.text("resumed_from")) if start else ""),
        ("Run file", _mono(run.display_name)),
    ]
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts if value)
    going = "" if run.verdict.final else f"The run was still going when this page was made, {_time(now)}."
    return f"""
<section id="overview" aria-labelledby="about">
<p class="verdict">{badge(run.verdict)} <span class="said">{_safe(_message(run))}</span></p>
<h1 id="about">{escape(about) or f"Run {_safe(run.id)}"}</h1>
{f'<p class="note">{going}</p>' if going else ""}
<dl class="totals">{_totals(run, summary)}</dl>
<dl class="facts">{listed}</dl>
</section>"""


def problems(story: Story) -> str:
    """Return the sections of the blocked calls, the errors and the calls that failed."""
    rows = story.rows
    blocked = [row for row in rows if row.type == "tool" and row.status == "blocked"]
    failed = [row for row in rows if row.type == "tool" and row.bad and row.status != "blocked"]
    errors = [row for row in rows if row.bad and row.type not in {"tool", "malformed", *_RETRIES}]
    retries = [row for row in rows if row.bad and row.type in _RETRIES]
    broken = [row for row in rows if row.type == "malformed"]
    return '<div id="problems">' + "".join([
        _list("blocked", "Blocked commands", blocked, "Nothing was blocked."),
        _list("errors", "Errors", errors, "No errors."),
        _list("failed", "Calls that failed", failed, ""),
        _list("retries", "Retries and rate limits", retries, ""),
        _list("broken", "Lines that hold no event", broken, ""),
    ]) + "</div>"  # fmt: skip


def tables(summary: Summary) -> str:
    """Return the tables of sessions, tools, subagents and files."""
    sessions = [
        (
            _safe(f"{session.agent_type.lower() or 'session'} {session.iteration or ''}"), _status(session.outcome),
            "" if session.turns is None else f"{session.turns:,}",
            "" if session.took is None else format_duration(session.took),
            "" if session.cost_usd is None else format_money(session.cost_usd),
        )
        for session in summary.sessions
    ]  # fmt: skip
    tools = [
        (_safe(tool_name(name) or "tool"), f"{tool.calls:,}", _count(tool.errors, "bad"),
         _count(tool.blocked, "blocked"), format_duration(tool.took))
        for name, tool in sorted(summary.tools.items(), key=lambda item: -item[1].calls)
    ]  # fmt: skip
    agents = [
        (
            f"{_safe(agent.agent_type)} <small>{_safe(agent.description)}</small>", _status(agent.status),
            "" if agent.tool_uses is None else f"{agent.tool_uses:,}",
            "" if agent.tokens is None else format_count(agent.tokens),
            "" if agent.took is None else format_duration(agent.took),
        )
        for agent in summary.subagents.values()
    ]  # fmt: skip
    project = summary.start.text("project_dir").rstrip("/") + "/" if summary.start else "/"
    files = [
        (_mono(path.removeprefix(project)), f"{times:,}")
        for path, times in sorted(summary.files.items(), key=lambda item: -item[1])
    ]
    return '<section id="tables" aria-label="Totals by kind">' + "".join([
        _table("Sessions", ("Session", "Outcome", "Turns", "Time", "Cost"), sessions),
        _table("Tools", ("Tool", "Calls", "Failed", "Blocked", "Time"), tools),
        _table("Subagents", ("Agent", "Status", "Tools", "Tokens", "Time"), agents),
        _table("Files written", ("File", "Times"), files),
    ]) + "</section>"  # fmt: skip


def _totals(run: Run, summary: Summary) -> str:
    state = summary.state
    passing, total = run.state.passing, run.state.total
    cost = run.cost_usd if run.cost_usd is not None else state.cost_usd
    calls, refused = (sum(getattr(tool, name) for tool in summary.tools.values()) for name in ("calls", "blocked"))
    failed = sum(tool.errors for tool in summary.tools.values())
    wrong = ", ".join(f"{count:,} {word}" for count, word in ((failed, "failed"), (refused, "blocked")) if count)
    tiles = [
        ("Duration", format_duration(run.duration) if run.duration is not None else "", ""),
        ("Cost", format_money(cost) if cost is not None else "", ""),
        ("Passing", f"{passing:,}<small>/{total:,}</small>" if passing is not None and total is not None else "", ""),
        ("Sessions", f"{len(summary.sessions):,}", ""),
        ("Tool calls", f"{calls:,}", wrong),
        ("Subagents", f"{len(summary.subagents):,}" if summary.subagents else "", ""),
        ("Events", f"{summary.events:,}", format_size(run.size)),
    ]
    return "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd>{f'<dd><small>{more}</small></dd>' if more else ''}</div>"
        for name, value, more in tiles
        if value
    )


def _list(name: str, title: str, rows: Sequence[Row], none: str) -> str:
    if not rows and not none:
        return ""
    head = f'<h2>{title} <span class="count">{len(rows):,}</span></h2>'
    if not rows:
        return f'<section id="{name}" class="problems empty">{head}<p class="note">{none}</p></section>'
    more = len(rows) - SHOWN
    note = f'<p class="note">… {more:,} more; they are in the log</p>' if more > 0 else ""
    items = "".join(map(_problem, rows[:SHOWN]))
    return f"""
<section id="{name}" class="problems"><details open><summary>{head}</summary>
<ol tabindex="0" aria-label="{title}">{items}</ol>{note}</details></section>"""


def _problem(row: Row) -> str:
    """A row as an item of a list: what it was, why, and all that is known of it."""
    parts = {found.label: found for found in row.texts}
    what = row.title or row.name or row.type
    why = next((parts[key] for key in ("reason", "message", "output") if key in parts), None)
    trace = parts.get("traceback")
    kind = tool_name(row.name) if row.type == "tool" else row.type.replace("_", " ")
    rule = f'<span class="chip">{escape(parts["rule"].head)}</span>' if "rule" in parts else ""
    detail = _why(why) if why is not None and not what.startswith(why.head) else ""
    return f"""<li class="{_role(row)}"><p><b>{escape(kind)}</b> <code>{escape(what)}</code> {rule}
<a href="#L{row.line}">line {row.line}</a></p>{detail}{_pre(trace) if trace else ""}</li>"""


def _why(found: Text) -> str:
    """A reason as a sentence; an output as it is."""
    short = not found.left and len(found.head) < SENTENCE and "\n" not in found.head
    return f'<p class="why">{escape(found.head)}</p>' if short else _pre(found)


def _pre(found: Text) -> str:
    left = f"\n… {format_size(found.left)} left out; line {found.line} of the run file …\n" if found.left else ""
    return f'<pre tabindex="0">{escape(found.head + left + found.tail)}</pre>'


def _table(title: str, heads: Sequence[str], rows: Sequence[Iterable[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows[:SHOWN])
    more = f'<p class="note">… {pluralize(len(rows) - SHOWN, "more row")}</p>' if len(rows) > SHOWN else ""
    return f"""<details class="table" open><summary><h3>{title} <span class="count">{len(rows):,}</span></h3></summary>
<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table><thead><tr>{head}</tr></thead>
<tbody>{body}</tbody></table></div>{more}</details>"""


def _model(run: Run, summary: Summary) -> str:
    """The model as the run, else its first session, says."""
    said = summary.start.text("model") if summary.start else ""
    return said or next((event.text("model") for event in run.of_type("session_start")), "")


def _message(run: Run) -> str:
    for event in reversed(run.of_type("complete")):
        return event.text("message")
    return ""


def _role(row: Row) -> str:
    if row.status == "blocked":
        return "blocked"
    return "warning" if row.type in _WARNINGS else "bad"


def _status(status: str | None) -> str:
    role = _ROLE_OF.get(status or "", "bad")
    return f'<span class="status {role}">{_safe(status or "never ended")}</span>'


def _count(count: int, role: str) -> str:
    return f'<span class="status {role}">{count:,}</span>' if count else "0"


def _mono(text: str) -> str:
    return f"<code>{_safe(text)}</code>" if text else ""


def _time(at: float | None) -> str:
    if at is None:
        return ""
    try:
        when = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{when:%Y-%m-%d %H:%M:%S} UTC</time>'


def _safe(text: str) -> str:
    """Text of the run, clean, on one line, and harmless in HTML."""
    return escape(brief(text, LONG))
