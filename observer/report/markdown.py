"""Renders a run as Markdown, for a comment on a pull request or a job summary. Pure.

Text of the run is only in code spans, where it cannot mention people, load images or look like a heading.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from observer.format.sanitize import clean_line
from observer.format.units import format_count, format_duration, format_money, format_size, pluralize
from observer.runs.conversation import describe_todo
from observer.runs.describe import describe_origins
from observer.runs.describe_status import describe_missing, utc_time
from observer.runs.run import Run
from observer.runs.summary import Session, Summary
from observer.runs.tokens import count_output, count_thinking, describe_parts, describe_spent, describe_total, larger
from observer.runs.verdict import Verdict

MAX_CHARACTERS = 65_000
"""GitHub accepts 65,536 in a comment."""
SHORTENED = "\nShortened; `observe show` and the HTML report are complete.\n"
_MAX_ROWS = 30
"""Rows of a table."""
_MAX_CODE = 160
"""Characters of a code span."""
_SIGNS = {
    Verdict.COMPLETE: "✅", Verdict.FAILED: "❌", Verdict.CRASHED: "💥", Verdict.INTERRUPTED: "⏹️", Verdict.STALLED: "⚠️",
    Verdict.UNKNOWN: "❔",
}  # fmt: skip
_PIPE = "\\|"
"""A vertical bar in a cell; anywhere else in a code span the backslash would be visible."""
_BACKTICKS = re.compile("`+")


def render_markdown(run: Run) -> str:
    """Return the document of a run, at most `MAX_CHARACTERS` long."""
    return fit_sections(markdown_sections(run))


def markdown_sections(run: Run) -> list[str]:
    """Return the parts of the document, the most important ones first, each of which can be left out."""
    summary = run.summary()
    sections = [
        _title(run),
        _head(run, summary),
        _problems(run, summary),
        _table("Sessions", ("session", "outcome", "turns", "time", "cost", "tokens"), _sessions(summary), shown="last"),
        _table("Tools", ("tool", "calls", "failed", "blocked", "time"), _tools(summary)),
        _table("Blocked calls", ("tool", "what", "rule"), _blocked(summary), shown="last"),
        _table("Subagents", ("agent", "task", "status", "time", "tools", "tokens"), _subagents(summary)),
        _table("Tokens", ("model", "messages", "read", "cached", "written", "thinking"), _tokens(summary)),
        _collapsed("Prompts", _table("", ("time", "source", "text"), _prompts(summary), shown="last")),
        _collapsed(f"To do: {describe_todo(summary.state.todo)}", _table("", ("thing to do", "state"), _todo(summary))),
        _collapsed("Files written", _table("", ("file", "times"), _files(summary))),
    ]
    return [f"{section}\n" for section in sections if section]


def fit_sections(sections: Sequence[str], max_bytes: int | None = None) -> str:
    """Return the first sections that fit into a comment, and into `max_bytes` of UTF-8; it is noted if not all do.

    The result is empty if not even the first one fits.
    """

    def fits(text: str) -> bool:
        return len(text) <= MAX_CHARACTERS and (max_bytes is None or len(text.encode()) <= max_bytes)

    if fits(document := "".join(sections)):
        return document
    kept = next((count for count in reversed(range(len(sections))) if fits("".join(sections[:count]) + SHORTENED)), 0)
    return "".join(sections[:kept]) + SHORTENED if kept else ""


def _title(run: Run) -> str:
    return f"### {_SIGNS.get(run.verdict, '⏳')} {run.verdict} · run {_code(run.id)}\n"


def _head(run: Run, summary: Summary) -> str:
    state, start = run.state, summary.start
    cost = run.cost_usd if run.cost_usd is not None else summary.state.cost_usd
    facts = [
        f"{state.passing} of {state.total} features pass" if state.total else "",
        format_duration(run.duration) if run.duration is not None else "",
        format_money(cost) if cost is not None else "",
        describe_total(larger(run.tokens, summary.tokens)),
        pluralize(len(summary.sessions), "session"),
        pluralize(summary.events, "event"),
        format_size(run.size),
        _code(start.text("model")) if start else "",
    ]
    lines = [
        *([_code(missing), ""] if (missing := describe_missing(run.status())) else []),
        _code(state.about) if state.about else "",
        "",
        " · ".join(fact for fact in facts if fact),
        "",
        _progress_bar(state.passing, state.total),
        *(f"{_code(origin)}\n" for origin in (describe_origins(start) if start else ())),
    ]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines))


def _progress_bar(passing: int | None, total: int | None) -> str:
    if not total or passing is None:
        return ""
    share = min(1.0, max(0.0, passing / total))
    return f"`{'█' * int(share * 40):░<40}` {share:.0%}\n"


def _problems(run: Run, summary: Summary) -> str:
    lines = []
    if run.malformed:
        first = run.malformed[0][0]
        lines.append(f"- {pluralize(len(run.malformed), 'malformed line')} in the run file, the first is line {first}")
    lines += [f"- {_code(stop.reason)}, {utc_time(stop.at)}" for stop in summary.stops[-_MAX_ROWS:]]
    for session in summary.sessions[-_MAX_ROWS:]:
        lines += [f"- MCP server {_code(server)}, {utc_time(session.began)}" for server in session.failed_servers]
        lines += [f"- {_code(error)}, {utc_time(session.ended)}" for error in session.errors]
    errors = run.of_type("error")
    for event in errors[-_MAX_ROWS:]:
        line = run.line_number(event)
        lines.append(f"- {_code(event.text('kind') or 'error')} {_code(event.text('message'))} (line {line})")
    if len(errors) > _MAX_ROWS:
        lines.insert(0, f"- {len(errors) - _MAX_ROWS} earlier errors are not shown")
    return "\n".join(["#### Problems", "", *lines, ""]) if lines else ""


def _sessions(summary: Summary) -> Iterator[Sequence[str]]:
    for session in summary.sessions:
        kind = session.agent_type.lower() or "session"
        yield (
            _code(f"{kind} {session.iteration}" if session.iteration else kind),
            " ".join(filter(None, (_code(session.outcome) if session.outcome else "active", _why(session)))),
            "" if session.turns is None else f"{session.turns:,}",
            "" if session.duration_s is None else format_duration(session.duration_s),
            "" if session.cost_usd is None else format_money(session.cost_usd),
            describe_parts(session.tokens),
        )


def _why(session: Session) -> str:
    return _code(session.terminal_reason.replace("_", " ")) if session.outcome != "success" else ""


def _tools(summary: Summary) -> Iterator[Sequence[str]]:
    for name, tool in sorted(summary.tools.items(), key=lambda item: -item[1].calls):
        yield (
            _code(name),
            f"{tool.calls:,}",
            f"{tool.errors or ''}",
            f"{tool.blocked or ''}",
            "" if tool.duration_s is None else format_duration(tool.duration_s),
        )


def _blocked(summary: Summary) -> Iterator[Sequence[str]]:
    for call in summary.calls.blocked:
        yield _code(call.name), _code(call.subject or call.reason), _code(call.rule or "")


def _subagents(summary: Summary) -> Iterator[Sequence[str]]:
    for agent in summary.subagents.all:
        yield (
            _code(agent.agent_type), _code(agent.description), _code(agent.status or "active"),
            "" if agent.duration_s is None else format_duration(agent.duration_s),
            "" if agent.tool_uses is None else f"{agent.tool_uses:,}",
            describe_spent(summary.spent.get(agent.call), agent.tokens),
        )  # fmt: skip


def _tokens(summary: Summary) -> Iterator[Sequence[str]]:
    for name, model in summary.models.items():
        if (tokens := model.tokens) is not None:
            read = format_count(tokens.read), format_count(tokens.cache_read)
            yield _code(name), f"{model.messages:,}", *read, count_output(tokens), count_thinking(tokens)


def _prompts(summary: Summary) -> Iterator[Sequence[str]]:
    for said in summary.prompts:
        if said.prompt.begins_turn:
            yield utc_time(said.at), _code(said.prompt.source), _code(said.prompt.text)


def _todo(summary: Summary) -> Iterator[Sequence[str]]:
    for item in summary.state.todo:
        yield _code(item.text), _code(item.status.replace("_", " "))


def _files(summary: Summary) -> Iterator[Sequence[str]]:
    project = summary.start.text("project_dir").rstrip("/") + "/" if summary.start else "/"
    for path, count in sorted(summary.calls.files.items(), key=lambda item: -item[1]):
        yield _code(path.removeprefix(project)), str(count)


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, shown: str = "first") -> str:
    """A table; `shown` says whether the first or the last rows are kept of a long one."""
    all_rows = list(rows)
    if not all_rows:
        return ""
    kept = all_rows[-_MAX_ROWS:] if shown == "last" else all_rows[:_MAX_ROWS]
    lines = [f"#### {title}", ""] if title else []
    lines += [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    lines += [f"| {' | '.join(cell.replace('|', _PIPE) for cell in row)} |" for row in kept]
    if len(kept) < len(all_rows):
        lines += ["", f"The {shown} {len(kept)} of {len(all_rows):,}."]
    return "\n".join([*lines, ""])


def _collapsed(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n</details>\n" if body else ""


def _code(text: str) -> str:
    """Text of the run as a code span, sanitized."""
    clean = clean_line(text).strip()
    if not clean:
        return ""
    if len(clean) > _MAX_CODE:
        clean = f"{clean[:_MAX_CODE]} … ({len(clean):,} characters)"
    longest_run = max((len(ticks) for ticks in _BACKTICKS.findall(clean)), default=0)
    fence = "`" * (longest_run + 1)
    padding = " " if clean.startswith("`") or clean.endswith("`") else ""
    return fence + padding + clean + padding + fence
