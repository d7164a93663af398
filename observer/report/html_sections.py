"""The sections of the HTML report that need no script: outcome, totals, blocked calls, errors, tables. Pure.

Text of the run is in rows that are sanitized already, or goes through `_safe`; all of it is escaped.
"""

from collections.abc import Iterable, Sequence
from html import escape

from observer.format.timestamps import utc_datetime
from observer.format.units import format_count, format_duration, format_money, format_size, pluralize
from observer.report.html_rows import LogRows, Row
from observer.report.truncate import Text, truncate_line
from observer.runs.describe import describe_writer
from observer.runs.describe_status import describe_missing, describe_status
from observer.runs.describe_tools import tool_name
from observer.runs.run import Run
from observer.runs.summary import Session, Summary
from observer.runs.tokens import Tokens, count_output, count_thinking, count_total, describe_spent, larger
from observer.runs.verdict import Status, Verdict
from observer.terminal.theme import VERDICT_ROLES

MAX_LISTED = 200
"""Rows of a table, and items of a list of problems; the log has the others."""
MAX_SENTENCE = 240
"""Characters of a reason that is set like a sentence, not like output."""
MAX_TEXT_LINE = 400
"""Characters of a command line or path at the head of the page."""
_RETRY_TYPES = frozenset({"api_retry", "rate_limit"})
"""Trouble that the API causes and the run survives: listed apart, or it would hide the errors."""
_WARNING_TYPES = _RETRY_TYPES | {"info", "message", "session_start"}
_STATUS_ROLES = {"success": "good", "completed": "good", "interrupted": "warning", "blocked": "blocked", "": "plain"}


def render_overview(run: Run, summary: Summary, now: float) -> str:
    """Return what the run is about, its outcome and its totals as of `now`, in seconds since 1970."""
    state, start = run.state, summary.start
    about = truncate_line(state.about, MAX_TEXT_LINE)
    facts = [
        ("Started", _time(state.started)),
        ("Model", _code(_model(run, summary))),
        ("Project", _code(start.text("project_dir")) if start else ""),
        ("Command", _code(start.text("command")) if start else ""),
        ("Resumed from", _code(start.text("resumed_from")) if start else ""),
        ("Recorded from", _code(start.text("recorded_from")) if start else ""),
        ("Written by", _code(describe_writer(start)) if start else ""),
        ("Run file", _code(run.display_name)),
    ]
    facts_html = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts if value)
    note = "" if run.verdict.final else _note(describe_missing(run.status()), now)
    return f"""
<section id="overview" aria-labelledby="about">
<p class="verdict">{_badge(run.verdict)} <span>{_safe(_final_message(run))}</span></p>
<h1 id="about">{escape(about) or f"Run {_safe(run.id)}"}</h1>
{f'<p class="note">{note}</p>' if note else ""}
<dl class="totals">{_totals(run, summary)}</dl>
<dl class="facts">{facts_html}</dl>
</section>"""


def _note(missing: str, now: float) -> str:
    """Return what to know of a run that has not ended, or of which something is `missing` to tell."""
    if missing:
        return f"Whether the run had ended when this report was made, {_time(now)}, is not known: {_safe(missing)}."
    return f"The run was still active when this report was generated, {_time(now)}."


def render_problems(log: LogRows) -> str:
    """Return the lists of blocked calls, errors, failed calls, retries and invalid lines."""
    rows = log.rows
    blocked = [row for row in rows if row.type == "tool" and row.status == "blocked"]
    failed = [row for row in rows if row.type == "tool" and row.bad and row.status != "blocked"]
    errors = [row for row in rows if row.bad and row.type not in {"tool", "malformed", *_RETRY_TYPES}]
    retries = [row for row in rows if row.bad and row.type in _RETRY_TYPES]
    malformed = [row for row in rows if row.type == "malformed"]
    return '<div id="problems">' + "".join([
        _problem_list("blocked", "Blocked commands", blocked, "No commands were blocked."),
        _problem_list("errors", "Errors", errors, "No errors."),
        _problem_list("failed", "Failed calls", failed, ""),
        _problem_list("retries", "Retries and rate limits", retries, ""),
        _problem_list("malformed", "Malformed lines", malformed, ""),
    ]) + "</div>"  # fmt: skip


def render_tables(summary: Summary) -> str:
    """Return the tables of sessions, tools, subagents and files."""
    sessions = [
        (
            _safe(f"{session.agent_type.lower() or 'session'} {session.iteration or ''}"),
            f"{_status(session.outcome)}{_why(session)}",
            "" if session.turns is None else f"{session.turns:,}",
            "" if session.duration_s is None else format_duration(session.duration_s),
            "" if session.cost_usd is None else format_money(session.cost_usd),
            _tokens(session.tokens),
        )
        for session in summary.sessions
    ]  # fmt: skip
    tools = [
        (_safe(tool_name(name) or "tool"), f"{tool.calls:,}", _role_count(tool.errors, "bad"),
         _role_count(tool.blocked, "blocked"), "" if tool.duration_s is None else format_duration(tool.duration_s))
        for name, tool in sorted(summary.tools.items(), key=lambda item: -item[1].calls)
    ]  # fmt: skip
    subagents = [
        (
            f"{_safe(agent.agent_type)} <small>{_safe(agent.description)}</small>", _status(agent.status),
            "" if agent.tool_uses is None else f"{agent.tool_uses:,}",
            describe_spent(summary.spent.get(agent.call), agent.tokens),
            "" if agent.duration_s is None else format_duration(agent.duration_s),
        )
        for agent in summary.subagents.all
    ]  # fmt: skip
    project = summary.start.text("project_dir").rstrip("/") + "/" if summary.start else "/"
    files = [
        (_code(path.removeprefix(project)), f"{times:,}")
        for path, times in sorted(summary.calls.files.items(), key=lambda item: -item[1])
    ]
    todo = [(_safe(item.text), _safe(item.status.replace("_", " "))) for item in summary.state.todo]
    return '<section id="tables" aria-label="Tables">' + "".join([
        _table("Sessions", ("Session", "Outcome", "Turns", "Time", "Cost", "Tokens"), sessions),
        _table("Tools", ("Tool", "Calls", "Failed", "Blocked", "Time"), tools),
        _table("Subagents", ("Agent", "Status", "Tools", "Tokens", "Time"), subagents),
        _table("Tokens", ("Model", "Messages", "Read", "Cached", "Written", "Thinking"), _token_rows(summary)),
        _table("To do", ("Thing to do", "State"), todo),
        _table("Files written", ("File", "Times"), files),
    ]) + "</section>"  # fmt: skip


def _token_rows(summary: Summary) -> list[tuple[str, ...]]:
    """The use of each model; then, if there were subagents, that of the main agent and of each of them."""
    models = [(name, model.messages, model.tokens) for name, model in summary.models.items()]
    rows = [(_safe(name), f"{count:,}", *_counts(tokens)) for name, count, tokens in models if tokens is not None]
    if len(summary.spent) > 1:
        rows += [
            (f"<small>{_safe(_agent_name(summary, call))}</small>", "", *_counts(tokens))
            for call, tokens in summary.spent.items()
        ]
    return rows


def _agent_name(summary: Summary, call: str | None) -> str:
    if call is None:
        return "main agent"
    agent = summary.subagents.of_call(call)
    return f"{agent.agent_type or 'subagent'}: {agent.description}" if agent is not None else "subagent"


def _counts(tokens: Tokens) -> tuple[str, ...]:
    return format_count(tokens.read), format_count(tokens.cache_read), count_output(tokens), count_thinking(tokens)


def _tokens(tokens: Tokens | None) -> str:
    return "" if tokens is None else count_total(tokens)


def _why(session: Session) -> str:
    """Why a session that did not succeed ended."""
    reason = session.terminal_reason.replace("_", " ")
    return f" <small>{_safe(reason)}</small>" if reason and session.outcome != "success" else ""


def _badge(verdict: Verdict) -> str:
    return f'<span class="badge {VERDICT_ROLES[verdict]}">{escape(describe_status(Status(verdict)))}</span>'


def _totals(run: Run, summary: Summary) -> str:
    passing, total = run.state.passing, run.state.total
    cost = run.cost_usd if run.cost_usd is not None else summary.state.cost_usd
    calls, blocked, failed = (
        sum(getattr(tool, name) for tool in summary.tools.values()) for name in ("calls", "blocked", "errors")
    )
    problems = ", ".join(f"{count:,} {word}" for count, word in ((failed, "failed"), (blocked, "blocked")) if count)
    tiles = [
        ("Duration", format_duration(run.duration) if run.duration is not None else "", ""),
        ("Cost", format_money(cost) if cost is not None else "", ""),
        ("Tokens", _tokens(larger(run.tokens, summary.tokens)), ""),
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


def _problem_list(name: str, title: str, rows: Sequence[Row], none: str) -> str:
    """A list of rows. Without rows it is the sentence `none`, or nothing."""
    if not rows and not none:
        return ""
    head = f'<h2>{title} <span class="count">{len(rows):,}</span></h2>'
    if not rows:
        return f'<section id="{name}" class="problems empty">{head}<p class="note">{none}</p></section>'
    remaining = len(rows) - MAX_LISTED
    note = f'<p class="note">… {remaining:,} more; see the log</p>' if remaining > 0 else ""
    items = "".join(map(_problem, rows[:MAX_LISTED]))
    return f"""
<section id="{name}" class="problems"><details open><summary>{head}</summary>
<ol tabindex="0" aria-label="{title}">{items}</ol>{note}</details></section>"""


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


def _reason(text: Text) -> str:
    is_sentence = not text.omitted and len(text.head) < MAX_SENTENCE and "\n" not in text.head
    return f'<p class="why">{escape(text.head)}</p>' if is_sentence else _preformatted(text)


def _preformatted(text: Text) -> str:
    gap = f"\n… {format_size(text.omitted)} omitted; see line {text.line} of the run file …\n" if text.omitted else ""
    return f'<pre tabindex="0">{escape(text.head + gap + text.tail)}</pre>'


def _table(title: str, headings: Sequence[str], rows: Sequence[Iterable[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows[:MAX_LISTED])
    remaining = len(rows) - MAX_LISTED
    note = f'<p class="note">… {pluralize(remaining, "more row")}</p>' if remaining > 0 else ""
    return f"""<details class="table" open><summary><h3>{title} <span class="count">{len(rows):,}</span></h3></summary>
<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table><thead><tr>{head}</tr></thead>
<tbody>{body}</tbody></table></div>{note}</details>"""


def _model(run: Run, summary: Summary) -> str:
    """The model of the run, or of its first session."""
    model = summary.start.text("model") if summary.start else ""
    return model or next((event.text("model") for event in run.of_type("session_start")), "")


def _final_message(run: Run) -> str:
    for event in reversed(run.of_type("complete")):
        return event.text("message")
    return ""


def _problem_role(row: Row) -> str:
    if row.status == "blocked":
        return "blocked"
    return "warning" if row.type in _WARNING_TYPES else "bad"


def _status(status: str | None) -> str:
    role = _STATUS_ROLES.get(status or "", "bad")
    return f'<span class="status {role}">{_safe(status or "never ended")}</span>'


def _role_count(count: int, role: str) -> str:
    return f'<span class="status {role}">{count:,}</span>' if count else "0"


def _code(text: str) -> str:
    return f"<code>{_safe(text)}</code>" if text else ""


def _time(seconds: float | None) -> str:
    """A time in seconds since 1970 as an element; empty if it is none or cannot be shown."""
    time = utc_datetime(seconds)
    if time is None:
        return ""
    return f'<time datetime="{time:%Y-%m-%dT%H:%M:%SZ}">{time:%Y-%m-%d %H:%M:%S} UTC</time>'


def _safe(text: str) -> str:
    """Text of the run on one line, sanitized and escaped."""
    return escape(truncate_line(text, MAX_TEXT_LINE))
