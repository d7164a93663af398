"""A run as Markdown, for a comment on a pull request or the summary of a job. Pure.

What the run says stands in code spans only: there it cannot mention people, load pictures or look like a heading.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from observer.format.sanitize import clean_line
from observer.format.units import format_duration, format_money, format_size, pluralize
from observer.runs.describe_status import describe_status
from observer.runs.run import Run
from observer.runs.state import Status, Verdict
from observer.runs.summary import Summary

MOST_CHARACTERS = 65_000
"""GitHub takes 65,536 in a comment."""
_ROWS = 30
"""Rows of a table."""
_LONGEST = 160
"""Characters of a cell."""
_SIGNS = {
    Verdict.COMPLETE: "✅", Verdict.FAILED: "❌", Verdict.CRASHED: "💥", Verdict.INTERRUPTED: "⏹️", Verdict.STALLED: "⚠️",
}  # fmt: skip
_PIPE = "\\|"
"""A bar in a cell; elsewhere, inside a code span, the backslash would be seen."""
_TICKS = re.compile("`+")


def markdown(run: Run) -> str:
    """Return the document, never longer than `MOST_CHARACTERS`."""
    summary = run.summary()
    sections = [
        _head(run, summary),
        _problems(run, summary),
        _table("Sessions", ("session", "outcome", "turns", "time", "cost"), _sessions(summary), shown="last"),
        _table("Tools", ("tool", "calls", "failed", "blocked", "time"), _tools(summary)),
        _table("Blocked calls", ("tool", "what", "rule"), _blocked(summary), shown="last"),
        _table("Subagents", ("agent", "task", "status", "time", "tools"), _subagents(summary)),
        _folded("Files written", _table("", ("file", "times"), _files(summary))),
    ]
    done = ""
    for section in sections:
        if section and len(done) + len(section) > MOST_CHARACTERS - 200:
            return f"{done}\nMore does not fit here; `observe show` and the HTML report have it all.\n"
        done += section and f"{section}\n"
    return done


def _head(run: Run, summary: Summary) -> str:
    state, start = run.state, summary.start
    sign = _SIGNS.get(run.verdict, "⏳")
    count = f"{state.passing} of {state.total} features pass" if state.total else ""
    facts = [
        count,
        format_duration(run.duration) if run.duration is not None else "",
        format_money(cost)
        if (cost := run.cost_usd if run.cost_usd is not None else summary.state.cost_usd) is not None
        else "",
        pluralize(len(summary.sessions), "session"),
        pluralize(summary.events, "event"),
        format_size(run.size),
        _code(start.text("model")) if start else "",
    ]
    lines = [
        f"### {sign} {describe_status(Status(run.verdict))} · run {_code(run.id)}",
        "",
        _code(state.about) if state.about else "",
        "",
        " · ".join(fact for fact in facts if fact),
        "",
        _bar(state.passing, state.total),
    ]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines))


def _bar(passing: int | None, total: int | None) -> str:
    if not total or passing is None:
        return ""
    share = min(1.0, max(0.0, passing / total))
    return f"`{'█' * int(share * 40):░<40}` {share:.0%}\n"


def _problems(run: Run, summary: Summary) -> str:
    lines = []
    if (broken := len(run.malformed)) > 0:
        first = run.malformed[0][0]
        lines.append(f"- {pluralize(broken, 'line')} of the file hold no event, the first is line {first}")
    errors = run.of_type("error")
    for event in errors[-_ROWS:]:
        where = run.line_number(event)
        lines.append(f"- {_code(event.text('kind') or 'error')} {_code(event.text('message'))} (line {where})")
    if len(errors) > _ROWS:
        lines.insert(0, f"- {len(errors) - _ROWS} earlier errors are not shown")
    return "\n".join(["#### Problems", "", *lines, ""]) if lines else ""


def _sessions(summary: Summary) -> Iterator[Sequence[str]]:
    for session in summary.sessions:
        kind = session.agent_type.lower() or "session"
        yield (
            _code(f"{kind} {session.iteration}" if session.iteration else kind),
            _code(session.outcome) if session.outcome else "going on",
            "" if session.turns is None else f"{session.turns:,}",
            "" if session.took is None else format_duration(session.took),
            "" if session.cost_usd is None else format_money(session.cost_usd),
        )


def _tools(summary: Summary) -> Iterator[Sequence[str]]:
    for name, tool in sorted(summary.tools.items(), key=lambda item: -item[1].calls):
        yield (
            _code(name),
            f"{tool.calls:,}",
            f"{tool.errors or ''}",
            f"{tool.blocked or ''}",
            format_duration(tool.took),
        )


def _blocked(summary: Summary) -> Iterator[Sequence[str]]:
    for call in summary.blocked:
        yield _code(call.name), _code(call.what), _code(call.rule or "")


def _subagents(summary: Summary) -> Iterator[Sequence[str]]:
    for agent in summary.subagents.values():
        yield (
            _code(agent.agent_type), _code(agent.description), _code(agent.status or "going on"),
            "" if agent.took is None else format_duration(agent.took),
            "" if agent.tool_uses is None else f"{agent.tool_uses:,}",
        )  # fmt: skip


def _files(summary: Summary) -> Iterator[Sequence[str]]:
    project = summary.start.text("project_dir").rstrip("/") + "/" if summary.start else "/"
    for path, count in sorted(summary.files.items(), key=lambda item: -item[1]):
        yield _code(path.removeprefix(project)), str(count)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, shown: str = "first") -> str:
    every = list(rows)
    if not every:
        return ""
    some = every[-_ROWS:] if shown == "last" else every[:_ROWS]
    lines = [f"#### {title}", ""] if title else []
    lines += [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', _PIPE) for cell in row)} |" for row in some]
    if len(some) < len(every):
        lines += ["", f"The {shown} {len(some)} of {len(every):,}."]
    return "\n".join([*lines, ""])


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n</details>\n" if body else ""


def _code(text: str) -> str:
    """Text of the run as a code span."""
    clean = clean_line(text).strip()
    if not clean:
        return ""
    if len(clean) > _LONGEST:
        clean = f"{clean[:_LONGEST]} … ({len(clean):,} characters)"
    longest = max((len(ticks) for ticks in _TICKS.findall(clean)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return fence + pad + clean + pad + fence
