"""The tables of the HTML report: sessions, tools, subagents, tokens, things to do and files. Pure."""

from collections.abc import Iterable, Sequence

from observer.format.units import format_cost, format_count, format_duration, pluralize
from observer.report.html_text import code, safe
from observer.runs.state.tokens import Tokens, count_output, count_thinking, count_total, describe_spent
from observer.runs.summary.ending import Ending
from observer.runs.summary.sessions import Session
from observer.runs.summary.summary import Summary
from observer.runs.words.describe_tools import tool_name
from observer.runs.words.line_diff import describe_counts

MAX_LISTED = 200
"""Rows of a table."""
_STATUS_ROLES = {"success": "good", "completed": "good", "interrupted": "warning", "blocked": "blocked",
                 "did not end": "plain", "active": "plain", "unknown": "plain"}  # fmt: skip


def render_tables(summary: Summary, ending: Ending) -> str:
    """Return the tables of sessions, tools, subagents and files; `ending` says what is said of what has no end."""
    sessions = [
        (
            safe(f"{session.agent_type.lower() or 'session'} {session.iteration or ''}"),
            f"{_status(session.outcome or ending.unended)}{_why(session)}",
            "" if session.turns is None else f"{session.turns:,}",
            "" if session.duration_s is None else format_duration(session.duration_s),
            format_cost(session.cost_usd, is_minimum=session.cost_is_minimum),
            "" if session.tokens is None else count_total(session.tokens),
        )
        for session in summary.sessions.all
    ]  # fmt: skip
    tools = [
        (safe(tool_name(name) or "tool"), f"{tool.calls:,}", _role_count(tool.errors, "bad"),
         _role_count(tool.blocked, "blocked"), "" if tool.duration_s is None else format_duration(tool.duration_s))
        for name, tool in sorted(summary.tools.by_name.items(), key=lambda item: -item[1].calls)
    ]  # fmt: skip
    subagents = [
        (
            f"{safe(agent.agent_type)} <small>{safe(agent.description)}</small>", _status(ending.agent_status(agent)),
            "" if agent.tool_uses is None else f"{agent.tool_uses:,}",
            describe_spent(summary.spent.get(agent.call), agent.tokens),
            "" if agent.duration_s is None else format_duration(agent.duration_s),
        )
        for agent in summary.subagents.all
    ]  # fmt: skip
    files = [(code(path), describe_counts(file.lines), f"{file.writes:,}") for path, file in summary.written]
    todo = [(safe(item.text), safe(item.status.replace("_", " "))) for item in summary.state.todo]
    return '<section id="tables" aria-label="Tables">' + "".join([
        _table("Sessions", ("Session", "Outcome", "Turns", "Time", "Cost", "Tokens"), sessions),
        _table("Tools", ("Tool", "Calls", "Failed", "Blocked", "Time"), tools),
        _table("Subagents", ("Agent", "Status", "Tools", "Tokens", "Time"), subagents),
        _table("Tokens", ("Model", "Messages", "Read", "Cached", "Written", "Thinking"), _token_rows(summary)),
        _table("To do", ("Thing to do", "State"), todo),
        _table("Files written", ("File", "Lines", "Times"), files),
    ]) + "</section>"  # fmt: skip


def _token_rows(summary: Summary) -> list[tuple[str, ...]]:
    """The use of each model; then, if there were subagents, that of the main agent and of each of them."""
    models = [(name, model.messages, model.tokens) for name, model in summary.models.items()]
    rows = [(safe(name), f"{count:,}", *_counts(tokens)) for name, count, tokens in models if tokens is not None]
    if len(summary.spent) > 1:
        rows += [
            (f"<small>{safe(_agent_name(summary, call))}</small>", "", *_counts(tokens))
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


def _why(session: Session) -> str:
    """Why a session that did not succeed ended."""
    reason = session.terminal_reason.replace("_", " ")
    return f" <small>{safe(reason)}</small>" if reason and session.outcome != "success" else ""


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


def _status(status: str) -> str:
    return f'<span class="status {_STATUS_ROLES.get(status, "bad")}">{safe(status)}</span>'


def _role_count(count: int, role: str) -> str:
    return f'<span class="status {role}">{count:,}</span>' if count else "0"
