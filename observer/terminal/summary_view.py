"""`observe show`: one run on one screen. Pure."""

from collections.abc import Iterable
from typing import TypeVar

from observer.format.units import format_count, format_duration, format_money, format_size, pluralize
from observer.runs.describe_status import clock_time, date_time, describe_progress, describe_status
from observer.runs.describe_tools import tool_name
from observer.runs.listing import ListedRun
from observer.runs.summary import Subagent, Summary
from observer.terminal.screen import Screen
from observer.terminal.theme import OUTCOME_ROLES, VERDICT_ROLES, Role
from observer.terminal.wrap import ellipsize

SESSIONS, TOOLS, SUBAGENTS, BLOCKED, FILES = 8, 8, 8, 5, 8
"""So many of each are shown, unless all are asked for."""
SPARK = 48
"""Cells of the picture of progress."""
_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = "_.-~=+*#"
_STATUS = {"completed": Role.GOOD, None: Role.DIM}

Line = list[tuple[Role, str]]
T = TypeVar("T")


def screenful(listed: ListedRun, summary: Summary, now: float, screen: Screen, *, full: bool = False) -> list[str]:
    """Return the lines of the summary; `now` is in seconds since 1970. With `full` nothing is left out."""
    parts = [
        _head(listed, summary, now, screen, full=full),
        _progress(listed, summary, screen),
        _sessions(summary, screen, full=full),
        _tools(summary, screen, full=full),
        _subagents(summary, screen, full=full),
        _blocked(summary, screen, full=full),
        _files(summary, screen, full=full),
        _error(summary, screen, full=full),
    ]
    blank: Line = []
    spaced = [line for part in parts if part for line in (blank, *part)]
    return [_painted(line, screen, full=full) for line in spaced[1:]]


def _painted(line: Line, screen: Screen, *, full: bool) -> str:
    """Return a line as it is printed: with `full` complete, else no wider than the screen."""
    width = None if full else screen.width()
    spans = [(role, screen.clean_line(text)) for role, text in line]
    text = "".join(text for _, text in spans)
    remaining = text if width is None else ellipsize(text, width - 1, screen.glyphs.ellipsis)
    painted: list[str] = []
    for role, text in spans:
        painted.append(screen.paint(role, remaining[: len(text)]))
        remaining = remaining[len(text) :]
    return "".join([*painted, remaining]).rstrip()


def _head(listed: ListedRun, summary: Summary, now: float, screen: Screen, *, full: bool) -> list[Line]:
    state, start = listed.state, summary.start
    took = state.elapsed(now, listed.standing)
    cost = state.cost_usd if state.cost_usd is not None else summary.state.cost_usd
    facts = [
        "" if took is None else format_duration(took),
        "" if cost is None else format_money(cost),
        pluralize(summary.events, "event"),
        format_size(listed.size),
        f"{pluralize(summary.broken, 'broken line')}" if summary.broken else "",
    ]
    where = [] if start is None else [start.text("project_dir"), start.text("model"), date_time(start.timestamp)]
    lines: list[Line] = [
        [
            (Role.STRONG, f"run {listed.run}  "),
            (VERDICT_ROLES[listed.standing.verdict], describe_status(listed.standing)),
        ],
        [(Role.PLAIN, _short(state.about, None if full else 200, screen))],
        [(Role.DIM, _dotted(screen, facts))],
        [(Role.DIM, _dotted(screen, where))],
        [(Role.DIM, _short(start.text("command") if start else "", None if full else 200, screen))],
        [(Role.DIM, f"resumed from {start.text('resumed_from')}" if start and start.text("resumed_from") else "")],
    ]
    return [found for found in lines if found[0][1]]


def _progress(listed: ListedRun, summary: Summary, screen: Screen) -> list[Line]:
    if not summary.counts:
        return []
    first, last = summary.counts[0][0], summary.counts[-1][0]
    cells = [0.0] * SPARK
    before = 0.0
    at = 0
    for cell in range(SPARK):
        end = first + (last - first) * (cell + 1) / SPARK
        while at < len(summary.counts) and summary.counts[at][0] <= end:
            before = max(0.0, summary.counts[at][1] / max(1, summary.counts[at][2]))
            at += 1
        cells[cell] = before
    bars = _ASCII_BARS if screen.glyphs.ellipsis == "..." else _BARS
    picture = "".join(bars[min(len(bars) - 1, int(share * len(bars)))] for share in cells)
    _, passing, total = summary.counts[-1]
    count = describe_progress(listed.state) or f"{passing}/{total}"
    return [[(Role.LABEL, "progress  "), (Role.GOOD, picture), (Role.STRONG, f"  {count} passing")]]


def _sessions(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    shown, missing = _last(summary.sessions, None if full else SESSIONS)
    lines: list[Line] = []
    for session in shown:
        kind = session.agent_type.lower() or "session"
        number = f" {session.iteration}" if session.iteration else ""
        outcome = session.outcome or "going on"
        facts = [
            "" if session.turns is None else pluralize(session.turns, "turn"),
            "" if session.took is None else format_duration(session.took),
            "" if session.cost_usd is None else format_money(session.cost_usd),
        ]
        role = Role.DIM if session.outcome is None else OUTCOME_ROLES.get(outcome, Role.BAD)
        lines.append(
            [(Role.PLAIN, f"  {kind + number:<16}"), (role, f"{outcome:<12}"), (Role.DIM, _dotted(screen, facts))]
        )
    return _titled("sessions", lines, missing, "earlier")


def _tools(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    by_count = sorted(summary.tools.items(), key=lambda item: -item[1].calls)
    shown, missing = _first(by_count, None if full else TOOLS)
    lines: list[Line] = []
    for name, tool in shown:
        failed = f"{tool.errors:,} failed" if tool.errors else ""
        refused = f"{tool.blocked:,} blocked" if tool.blocked else ""
        lines.append([
            (Role.TOOL, f"  {tool_name(name) or 'tool':<16}"),
            (Role.PLAIN, f"{tool.calls:>6,}  "),
            (Role.DIM, f"{format_duration(tool.took):>8}"),
            (Role.BAD, f"  {failed}" if failed else ""),
            (Role.BLOCKED, f"  {refused}" if refused else ""),
        ])  # fmt: skip
    return _titled("tools", lines, missing, "more")


def _subagents(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    shown, missing = _first(list(_tree(summary)), None if full else SUBAGENTS)
    lines: list[Line] = []
    for depth, agent in shown:
        facts = [
            "" if agent.took is None else format_duration(agent.took),
            "" if agent.tool_uses is None else pluralize(agent.tool_uses, "tool"),
            "" if agent.tokens is None else f"{format_count(agent.tokens)} tokens",
        ]
        sign = screen.glyphs.good if agent.status == "completed" else screen.glyphs.bad
        lines.append([
            (Role.DIM, "  " + f"{screen.glyphs.gutter} " * depth),
            (_STATUS.get(agent.status, Role.BAD), f"{screen.glyphs.ellipsis if agent.status is None else sign} "),
            (Role.PLAIN, f"{agent.agent_type}  {_short(agent.description, None if full else 60, screen)}"),
            (Role.DIM, f"  {_dotted(screen, facts)}"),
        ])  # fmt: skip
    return _titled("subagents", lines, missing, "more")


def _blocked(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    shown, missing = _last(summary.blocked, None if full else BLOCKED)
    lines: list[Line] = [
        [
            (Role.BLOCKED, f"  {screen.glyphs.blocked} {call.name}  "),
            (Role.PLAIN, _short(call.what, None if full else 100, screen)),
            (Role.DIM, f"  {call.rule}" if call.rule else ""),
        ]
        for call in shown
    ]
    return _titled("blocked", lines, missing, "earlier")


def _files(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    project = summary.start.text("project_dir").rstrip("/") + "/" if summary.start else "/"
    by_count = sorted(summary.files.items(), key=lambda item: -item[1])
    shown, missing = _first(by_count, None if full else FILES)
    lines: list[Line] = [
        [
            (Role.PLAIN, f"  {path.removeprefix(project)}"),
            (Role.DIM, f"  {screen.glyphs.times}{count:,}" if count > 1 else ""),
        ]
        for path, count in shown
    ]
    return _titled("files written", lines, missing, "more")


def _error(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    event = summary.last_error
    if event is None:
        return []
    first, _, others = event.text("message").partition("\n")
    below = [line for text in (others, event.text("traceback")) for line in text.split("\n") if line.strip()]
    missing = 0 if full else len(below)
    title = "last error" if summary.errors == 1 else f"last of {pluralize(summary.errors, 'error')}"
    when = clock_time(event.timestamp)
    return [
        [(Role.LABEL, title)],
        [
            (Role.DIM, f"  {when}  "),
            (Role.BAD, event.text("kind")),
            (Role.PLAIN, f"  {_short(first, None if full else 300, screen)}"),
        ],
        *([(Role.DIM, f"    {line}")] for line in below[missing:]),
        *([[(Role.DIM, f"    {screen.glyphs.ellipsis} {pluralize(missing, 'more line')}")]] if missing else []),
    ]


def _tree(summary: Summary) -> Iterable[tuple[int, Subagent]]:
    """The subagents, each below the one that spawned it, with its depth."""
    children: dict[str | None, list[Subagent]] = {}
    for agent in summary.subagents.values():
        parent = agent.parent if agent.parent in summary.subagents else None
        children.setdefault(parent, []).append(agent)
    waiting = [(0, agent) for agent in reversed(children.get(None, []))]
    seen: set[str] = set()
    while waiting:
        depth, agent = waiting.pop()
        if agent.call in seen:  # a broken file may make a ring of parents
            continue
        seen.add(agent.call)
        yield depth, agent
        waiting += [(depth + 1, child) for child in reversed(children.get(agent.call, []))]


def _titled(title: str, lines: list[Line], missing: int, what: str) -> list[Line]:
    if not lines:
        return []
    more: list[Line] = [[(Role.DIM, f"  and {missing:,} {what}")]] if missing else []
    return [[(Role.LABEL, title)], *(more if what == "earlier" else []), *lines, *(more if what != "earlier" else [])]


def _first(items: list[T], most: int | None) -> tuple[list[T], int]:
    return items[:most], 0 if most is None else max(0, len(items) - most)


def _last(items: list[T], most: int | None) -> tuple[list[T], int]:
    return items if most is None else items[-most:], 0 if most is None else max(0, len(items) - most)


def _short(text: str, most: int | None, screen: Screen) -> str:
    return text if most is None or len(text) <= most else f"{text[:most]}{screen.glyphs.ellipsis}+{len(text) - most:,}"


def _dotted(screen: Screen, facts: list[str]) -> str:
    return f" {screen.glyphs.dot} ".join(fact for fact in facts if fact)
