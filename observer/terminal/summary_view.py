"""The page of `observe show`: one run on one screen. Pure."""

from collections.abc import Sequence

from observer.format.units import format_cost, format_duration, format_size, pluralize
from observer.runs.listing.listed_run import ListedRun
from observer.runs.state.tokens import describe_parts, describe_spent, describe_total, larger
from observer.runs.summary.ending import Ending, describe_ending
from observer.runs.summary.panel import flip_words
from observer.runs.summary.summary import Summary
from observer.runs.words.describe import describe_origins, describe_writer
from observer.runs.words.describe_status import describe_progress
from observer.runs.words.describe_tools import tool_name
from observer.runs.words.line_diff import describe_counts
from observer.terminal import summary_conversation
from observer.terminal.ellipsis import ellipsize_words
from observer.terminal.row import SEE_ALL, RoleSpan
from observer.terminal.screen import Screen
from observer.terminal.summary_ending import Page, ending_lines
from observer.terminal.summary_lists import (
    Line,
    bars_width,
    draw_bars,
    fact_lines,
    first_items,
    last_items,
    shorten_to,
    titled,
)
from observer.terminal.theme import OUTCOME_ROLES, Role

MAX_SESSIONS, MAX_TOOLS, MAX_SUBAGENTS, MAX_FILES, MAX_FLIPS = 8, 8, 8, 8, 3
"""Entries shown of each list, unless all are requested."""
_WIDE = 50
"""Cells of a screen on which columns are never narrower than usual."""
MAX_DEPTH = 8
"""Gutters before a subagent: below many others, it would be off the screen."""
_STATUS_ROLES = {"completed": Role.GOOD, None: Role.DIM}


def summary_lines(listed: ListedRun, summary: Summary, now: float, screen: Screen, *, full: bool = False) -> list[str]:
    """Return the lines of the page; `now` is in seconds since 1970. `full` shows everything, at any width."""
    ending = describe_ending(summary, listed.state, listed.status, listed.silent_s(now), now, screen.zone)
    page = Page(screen, listed.state.started, full)
    parts = [
        ending_lines(listed.title, listed.state.about, ending, page),
        _facts(listed, summary, now, screen, full=full),
        summary_conversation.prompts(summary, page),
        _progress(listed, summary, ending, screen, full=full),
        summary_conversation.todo(summary, screen, full=full),
        _sessions(summary, ending.unended, screen, full=full),
        _tools(summary, screen, full=full),
        _subagents(summary, screen, full=full),
        summary_conversation.tokens(summary, screen, full=full),
        _files(summary, screen, full=full),
    ]
    blank: Line = []
    spaced = [line for part in parts if part for line in (blank, *part)]
    return [_paint(line, screen, full=full) for line in spaced[1:]]


def _paint(line: Line, screen: Screen, *, full: bool) -> str:
    """Return a line as text, truncated to the width of the screen unless `full`."""
    width = None if full else screen.width()
    spans = [(role, screen.clean_line(text)) for role, text in line]
    text = "".join(text for _, text in spans)
    remaining = text if width is None else ellipsize_words(text, width - 1, screen.glyphs.ellipsis)
    painted: list[str] = []
    for role, text in spans:
        painted.append(screen.paint(role, remaining[: len(text)]))
        remaining = remaining[len(text) :]
    return "".join([*painted, remaining]).rstrip()


def _facts(listed: ListedRun, summary: Summary, now: float, screen: Screen, *, full: bool) -> list[Line]:
    state, start, context = listed.state, summary.start, summary.context
    duration = listed.elapsed_s(now)
    spent = state if state.cost_usd is not None else summary.state
    facts = [
        "" if duration is None else format_duration(duration),
        format_cost(spent.cost_usd, is_minimum=spent.cost_is_minimum),
        describe_total(larger(state.tokens, summary.tokens)),
        "" if context.read is None else f"context {context.words('')}",
        pluralize(summary.events, "event"),
        "" if state.known_from is None else f"counted from event {state.known_from:,} on",
        format_size(listed.size),
        f"{pluralize(summary.malformed, 'malformed line')}" if summary.malformed else "",
    ]
    origin = [] if start is None else [start.text("project_dir"), start.text("model")]
    lines: list[Line] = [
        *fact_lines([], _dim(facts), screen, full=full, hang=0),
        [(Role.WARNING, summary.first_malformed)],
        *fact_lines([], _dim(origin), screen, full=full, hang=0),
        [(Role.DIM, shorten_to(start.words("command") if start else "", None if full else 200, screen))],
        [(Role.DIM, describe_writer(start) if start else "")],
        *([(Role.DIM, origin)] for origin in (describe_origins(start) if start else ())),
    ]
    return [line for line in lines if line[0][1]]


def _dim(facts: Sequence[str]) -> list[RoleSpan]:
    return [(Role.DIM, fact) for fact in facts]


def _progress(listed: ListedRun, summary: Summary, ending: Ending, screen: Screen, *, full: bool) -> list[Line]:
    if not summary.counts:
        return []
    _, passing, total = summary.counts[-1]
    title, count = "progress  ", f"  {describe_progress(listed.state) or f'{passing}/{total}'} passing"
    points = [(second, passing / max(1, total)) for second, passing, total in summary.counts]
    bars = draw_bars(_sample(points, bars_width(screen, title, count)), screen)
    role = Role.GOOD if passing >= total else Role.BAD if ending.is_past else Role.PLAIN
    return [[(Role.LABEL, title), (role, bars), (Role.STRONG, count)], *_flips(summary, screen, full=full)]


def _flips(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    """Return the features that came to pass or to fail in this run."""
    flips = list(summary.features.last_flips.values())
    shown, missing = last_items(flips, None if full else MAX_FLIPS)
    note: list[Line] = [[(Role.DIM, f"  and {missing:,} earlier ({SEE_ALL})")]] if missing else []
    glyphs = screen.glyphs
    return note + [
        [
            (Role.GOOD, f"  {glyphs.good} passes  ") if flip.passes else (Role.BAD, f"  {glyphs.bad} fails   "),
            (Role.PLAIN, shorten_to(flip.name, None if full else 60, screen)),
            (Role.DIM, f"  {flip_words(flip)}"),
        ]
        for flip in shown
    ]


def _sample(points: list[tuple[float, float]], width: int) -> list[float]:
    """Return the value at `width` equidistant times, where each (time, value) point holds until the next."""
    first, last = points[0][0], points[-1][0]
    samples: list[float] = []
    value, index = 0.0, 0
    for cell in range(width):
        end = first + (last - first) * (cell + 1) / width
        while index < len(points) and points[index][0] <= end:
            value = points[index][1]
            index += 1
        samples.append(value)
    return samples


def _sessions(summary: Summary, unended: str, screen: Screen, *, full: bool) -> list[Line]:
    shown, missing = last_items(summary.sessions.all, None if full else MAX_SESSIONS)
    lines: list[Line] = []
    for session in shown:
        kind = session.agent_type.lower() or "session"
        number = f" {session.iteration}" if session.iteration else ""
        outcome = session.outcome or unended
        facts = [
            "" if session.turns is None else pluralize(session.turns, "turn"),
            "" if session.duration_s is None else format_duration(session.duration_s),
            format_cost(session.cost_usd, is_minimum=session.cost_is_minimum),
            describe_parts(session.tokens),
            "" if outcome == "success" else session.terminal_reason.replace("_", " "),
        ]
        role = Role.DIM if session.outcome is None else OUTCOME_ROLES.get(outcome, Role.BAD)
        head: Line = [(Role.PLAIN, f"  {kind + number:<16}"), (role, f"{outcome:<10}")]
        lines += fact_lines(head, _dim(facts), screen, full=full)
    return titled("sessions", lines, missing, "earlier")


def _tools(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    by_count = sorted(summary.tools.by_name.items(), key=lambda item: -item[1].calls)
    shown, missing = first_items(by_count, None if full else MAX_TOOLS)
    screen_width = screen.width()
    is_wide = full or screen_width is None or screen_width > _WIDE
    width = 16 if is_wide else min(16, max((len(tool_name(name)) for name, _ in shown), default=0))
    lines: list[Line] = []
    for name, tool in shown:
        failed = f"{tool.errors:,} failed" if tool.errors else ""
        blocked = f"{tool.blocked:,} blocked" if tool.blocked else ""
        calls, duration = f"{tool.calls:,}", "" if tool.duration_s is None else format_duration(tool.duration_s)
        facts = [(Role.PLAIN, f"{calls:>4}"), (Role.DIM, f"{duration:>8}"), (Role.BAD, failed), (Role.BLOCKED, blocked)]
        head: Line = [(Role.TOOL, f"  {tool_name(name) or 'tool':<{width}}")]
        lines += fact_lines(head, facts, screen, full=full, gap="  ")
    return titled("tools", lines, missing, "more")


def _subagents(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    shown, missing = first_items(list(summary.subagents.tree()), None if full else MAX_SUBAGENTS)
    lines: list[Line] = []
    for depth, agent in shown:
        facts = [
            "" if agent.duration_s is None else format_duration(agent.duration_s),
            "" if agent.tool_uses is None else pluralize(agent.tool_uses, "tool"),
            describe_spent(summary.spent.get(agent.call), agent.tokens),
        ]
        sign = screen.glyphs.good if agent.status == "completed" else screen.glyphs.bad
        head: Line = [
            (Role.DIM, "  " + f"{screen.glyphs.gutter} " * min(depth, MAX_DEPTH)),
            (_STATUS_ROLES.get(agent.status, Role.BAD), f"{screen.glyphs.ellipsis if agent.status is None else sign} "),
            (Role.PLAIN, f"{agent.agent_type}  {shorten_to(agent.description, None if full else 60, screen)}"),
        ]
        lines += fact_lines(head, _dim(facts), screen, full=full, hang=6)
    return titled("subagents", lines, missing, "more")


def _files(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    shown, missing = first_items(summary.written, None if full else MAX_FILES)
    lines: list[Line] = [
        [
            (Role.PLAIN, f"  {path}"),
            (Role.DIM, f"  {counts}" if (counts := describe_counts(file.lines, screen.glyphs)) else ""),
            (Role.DIM, f"  {screen.glyphs.times}{file.writes:,}" if file.writes > 1 else ""),
        ]
        for path, file in shown
    ]
    return titled("files written", lines, missing, "more")
