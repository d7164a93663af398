"""Renders a run as Markdown, for a comment on a pull request or a job summary. Pure."""

from collections.abc import Iterator, Sequence

from observer.format.units import format_cost, format_count, format_duration, format_size, pluralize
from observer.format.zone import UTC, Zone
from observer.report.answer import answer, describe_counted, describe_duration
from observer.report.markdown_answer import render_answer, render_head
from observer.report.markdown_parts import bullets, code, collapsed, table
from observer.runs.one_run.run import Run
from observer.runs.state.conversation import describe_todo
from observer.runs.state.tokens import (
    count_output,
    count_thinking,
    describe_parts,
    describe_spent,
    describe_total,
    larger,
)
from observer.runs.summary.ending import Ending
from observer.runs.summary.panel import flip_words
from observer.runs.summary.sessions import Session
from observer.runs.summary.summary import Summary
from observer.runs.words.describe import describe_origins
from observer.runs.words.line_diff import describe_counts

MAX_CHARACTERS = 65_000
"""GitHub accepts 65,536 in a comment."""
SHORTENED = "\nShortened; `observe show` and the HTML report are complete.\n"


def render_markdown(run: Run, now: float, zone: Zone = UTC) -> str:
    """Return the document of a run, at most `MAX_CHARACTERS` long; `now` is in seconds since 1970."""
    return fit_sections(markdown_sections(run, now, zone))


def markdown_sections(run: Run, now: float, zone: Zone = UTC) -> list[str]:
    """Return the parts of the document, the most important ones first."""
    summary = run.summary()
    answered = answer(run, summary, now, zone)
    sections = [
        render_head(answered),
        _facts(run, summary),
        *render_answer(answered),
        bullets("Features that changed", _flips(summary), shown="last"),
        bullets("This run", (f"{name}: {code(value)}" for name, value in answered.identity.items())),
        table(
            "Sessions",
            ("session", "outcome", "turns", "time", "cost", "tokens"),
            _sessions(summary, answered.ending.unended),
            shown="last",
        ),
        table("Tools", ("tool", "calls", "failed", "blocked", "time"), _tools(summary)),
        table(
            "Subagents", ("agent", "task", "status", "time", "tools", "tokens"), _subagents(summary, answered.ending)
        ),
        table("Tokens", ("model", "messages", "read", "cached", "written", "thinking"), _tokens(summary)),
        collapsed("Prompts", table("", ("time", "source", "text"), _prompts(summary, zone), shown="last")),
        collapsed(f"To do: {describe_todo(summary.state.todo)}", table("", ("thing to do", "state"), _todo(summary))),
        collapsed("Files written", table("", ("file", "lines", "times"), _files(summary))),
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


def _facts(run: Run, summary: Summary) -> str:
    state, start = run.state, summary.start
    spent = run.state if run.cost_usd is not None else summary.state
    facts = [
        f"{state.passing} of {state.total} features pass" if state.total else "",
        describe_duration(run),
        format_cost(spent.cost_usd, is_minimum=spent.cost_is_minimum),
        describe_total(larger(run.tokens, summary.tokens)),
        _count_sessions(run, summary),
        pluralize(summary.events, "event"),
        describe_counted(run),
        format_size(run.size),
        _context(summary),
        code(start.text("model")) if start else "",
    ]
    paragraphs = [
        code(state.about),
        " · ".join(fact for fact in facts if fact),
        _progress_bar(state.passing, state.total),
        *(code(origin) for origin in (describe_origins(start) if start else ())),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _context(summary: Summary) -> str:
    words = summary.context.words()
    return words and f"context at the end {words}"


def _flips(summary: Summary) -> Iterator[str]:
    for flip in summary.features.last_flips.values():
        yield f"{'✅ passes' if flip.passes else '❌ fails'} {flip_words(flip)}: {code(flip.name)}"


def _count_sessions(run: Run, summary: Summary) -> str:
    count = len(summary.sessions.all)
    if run.state.known_from is None:
        return pluralize(count, "session")
    return f"at least {pluralize(count, 'session')}" if count else ""


def _progress_bar(passing: int | None, total: int | None) -> str:
    if not total or passing is None:
        return ""
    share = min(1.0, max(0.0, passing / total))
    return f"`{'█' * int(share * 40):░<40}` {share:.0%}"


def _sessions(summary: Summary, unended: str) -> Iterator[Sequence[str]]:
    for session in summary.sessions.all:
        kind = session.agent_type.lower() or "session"
        yield (
            code(f"{kind} {session.iteration}" if session.iteration else kind),
            " ".join(filter(None, (code(session.outcome) if session.outcome else unended, _why(session)))),
            "" if session.turns is None else f"{session.turns:,}",
            "" if session.duration_s is None else format_duration(session.duration_s),
            format_cost(session.cost_usd, is_minimum=session.cost_is_minimum),
            describe_parts(session.tokens),
        )


def _why(session: Session) -> str:
    return code(session.terminal_reason.replace("_", " ")) if session.outcome != "success" else ""


def _tools(summary: Summary) -> Iterator[Sequence[str]]:
    for name, tool in sorted(summary.tools.by_name.items(), key=lambda item: -item[1].calls):
        yield (
            code(name),
            f"{tool.calls:,}",
            f"{tool.errors or ''}",
            f"{tool.blocked or ''}",
            "" if tool.duration_s is None else format_duration(tool.duration_s),
        )


def _subagents(summary: Summary, ending: Ending) -> Iterator[Sequence[str]]:
    for agent in summary.subagents.all:
        yield (
            code(agent.agent_type), code(agent.description), code(ending.agent_status(agent)),
            "" if agent.duration_s is None else format_duration(agent.duration_s),
            "" if agent.tool_uses is None else f"{agent.tool_uses:,}",
            describe_spent(summary.spent.get(agent.call), agent.tokens),
        )  # fmt: skip


def _tokens(summary: Summary) -> Iterator[Sequence[str]]:
    for name, model in summary.models.items():
        if (tokens := model.tokens) is not None:
            read = format_count(tokens.read), format_count(tokens.cache_read)
            yield code(name), f"{model.messages:,}", *read, count_output(tokens), count_thinking(tokens)


def _prompts(summary: Summary, zone: Zone) -> Iterator[Sequence[str]]:
    for item in summary.prompts:
        if item.prompt.begins_turn:
            yield zone.date_time(item.at), code(item.prompt.source), code(item.prompt.text)


def _todo(summary: Summary) -> Iterator[Sequence[str]]:
    for item in summary.state.todo:
        yield code(item.text), code(item.status.replace("_", " "))


def _files(summary: Summary) -> Iterator[Sequence[str]]:
    for path, file in summary.written:
        yield code(path), describe_counts(file.lines), f"{file.writes:,}"
