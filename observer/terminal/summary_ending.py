"""The first part of a summary: how the run ended and why, what was running, which features fail, what failed. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from observer.format.units import pluralize
from observer.format.zone import UNKNOWN
from observer.runs.summary.calls import FailedCall, RunningCall
from observer.runs.summary.ending import Ending, RunningAgent, describe_running
from observer.runs.summary.trouble_list import Trouble
from observer.runs.words.describe_tools import tool_name
from observer.terminal.cells import cell_len
from observer.terminal.ellipsis import ellipsize_words
from observer.terminal.row import SEE_ALL
from observer.terminal.screen import Screen
from observer.terminal.summary_lists import GAP, Line, fact_lines, first_items, join_on, last_items, shorten_to, spaced
from observer.terminal.theme import VERDICT_ROLES, Role
from observer.terminal.wrap import wrap_words

MAX_RUNNING, MAX_FEATURES, MAX_FAILED, MAX_BLOCKED, MAX_TROUBLES = 3, 3, 3, 2, 2
"""Entries shown of each list, unless all are requested: together they fit on one screen."""
_MAX_DETAILS = 2
_MAX_WHY_LINES = 4
_MAX_TEXT, _MAX_AGENT = 200, 60
_ERROR_LINES = 2
"""Lines of an error beside its call: the first may only say `Exit code 1`."""


class Page(Struct, frozen=True):
    """Where a summary is shown, when its run began (seconds since 1970), and whether everything is shown."""

    screen: Screen
    began: float | None
    full: bool

    def limit(self, count: int) -> int | None:
        """Return a limit, None if everything is shown."""
        return None if self.full else count

    def shorten(self, text: str, limit: int = _MAX_TEXT) -> str:
        """Return a text, or its first characters and an ellipsis."""
        return shorten_to(text, self.limit(limit), self.screen)

    def times(self, times: list[float | None]) -> list[str]:
        """Return times as a column, without the day and the zone if they are those of the beginning."""
        zone = self.screen.zone
        if all(time is None or zone.same_day(time, self.began) for time in times):
            return [zone.clock(time) or UNKNOWN for time in times]
        return zone.column(times, self.began)

    def wrap(self, text: str) -> list[str]:
        """Return a sentence in lines that the screen has room for."""
        width = None if self.full else self.screen.width()
        if width is None:
            return [text] if text else []
        lines = wrap_words(self.screen.clean_line(text), width - 1) if text else []
        if len(lines) <= _MAX_WHY_LINES:
            return lines
        last = " ".join(lines[_MAX_WHY_LINES - 1 :])
        return [*lines[: _MAX_WHY_LINES - 1], ellipsize_words(last, width - 1, self.screen.glyphs.ellipsis)]


def ending_lines(run: str, about: str, ending: Ending, page: Page) -> list[Line]:
    """Return the head, and below it a list for each question that the run answers."""
    glyphs = page.screen.glyphs
    parts = [
        _head(run, about, ending, page),
        _running(ending, page),
        _features(ending, page),
        _calls("failed calls", ending.failed, (Role.BAD, glyphs.bad), MAX_FAILED, ending, page),
        _calls("blocked calls", ending.blocked, (Role.BLOCKED, glyphs.blocked), MAX_BLOCKED, ending, page),
        _troubles(ending, page),
    ]
    return [line for part in parts for line in part]


def _head(run: str, about: str, ending: Ending, page: Page) -> list[Line]:
    began = page.screen.zone.date_time(page.began)
    role, ellipsis = VERDICT_ROLES[ending.verdict], page.screen.glyphs.ellipsis
    details, hidden = first_items(list(ending.details), page.limit(_MAX_DETAILS))
    status = [(role, line) for line in page.wrap(ending.status)]
    why = "" if ending.why in ending.status else ending.why  # of an unknown run the status says it already
    return [
        *fact_lines([(Role.STRONG, f"run {run}")], status, page.screen, full=page.full, hang=0),
        *([(role, line)] for line in page.wrap(why)),
        *([(Role.DIM, f"  {line}")] for line in details),
        *([[(Role.DIM, f"  {ellipsis} {pluralize(hidden, 'more line')} ({SEE_ALL})")]] if hidden else []),
        *([(Role.WARNING, line)] for line in page.wrap(ending.beginning)),
        *([[(Role.PLAIN, page.shorten(about))]] if about else []),
        *([[(Role.DIM, f"began {began}")]] if began else []),
    ]


def _running(ending: Ending, page: Page) -> list[Line]:
    items: list[RunningCall | RunningAgent] = [*ending.running, *ending.agents]
    shown, _ = first_items(items, page.limit(MAX_RUNNING))
    lines: list[Line] = []
    for item in shown:
        name, subject, duration = describe_running(ending, item)
        text = page.shorten(subject, _room(page.screen, name, duration))
        lines.append([GAP, *spaced([(Role.TOOL, name), (Role.PLAIN, text), (Role.DIM, duration)])])
    if ending.waiting:
        lines.append([(Role.PLAIN, f"  {ending.waiting}")])
    return [_heading(ending.running_title, len(shown), len(items), "first"), *lines] if lines else []


def _features(ending: Ending, page: Page) -> list[Line]:
    count = len(ending.failing) + ending.unnamed_failing
    if not count:
        return []
    shown, _ = first_items(list(ending.failing), page.limit(MAX_FEATURES))
    heading = _heading("features that fail", len(shown), count, "first", len(ending.failing))
    if ending.unnamed:
        heading.append((Role.DIM, f"; {ending.unnamed}"))
    bad = page.screen.glyphs.bad
    return [heading, *([(Role.BAD, f"  {bad} "), (Role.PLAIN, page.shorten(name))] for name in shown)]


def _calls(
    title: str, calls: Sequence[FailedCall], sign: tuple[Role, str], limit: int, ending: Ending, page: Page
) -> list[Line]:
    shown, _ = last_items(list(calls), page.limit(limit))
    times = page.times([call.at for call in shown])
    names = [ending.agent_of(call) for call in shown]
    rows = zip(shown, times, names, strict=True)
    lines = [line for call, time, agent in rows for line in _call(call, time, agent, sign, page)]
    return [_heading(title, len(shown), len(calls), "last"), *lines] if calls else []


def _call(call: FailedCall, time: str, agent: str, sign: tuple[Role, str], page: Page) -> list[Line]:
    """Return a call, and behind it, or below it if there is no room, its error or why it was blocked."""
    role, mark = sign
    head: Line = [
        GAP,
        *spaced(
            [
                (Role.DIM, time),
                (role, f"{mark} {tool_name(call.name)}"),
                (Role.PLAIN, page.shorten(call.subject)),
                (Role.DIM, f"({page.shorten(agent, _MAX_AGENT)})" if agent else ""),
            ]
        ),
    ]
    texts = (call.reason, "" if role is Role.BLOCKED else call.error)
    lines = [line for text in texts for line in text.split("\n") if line]
    rule: Line = [(Role.DIM, f"  {call.rule}")] if call.rule else []
    if page.full:
        return [head + rule, *([(role, f"      {line}")] for line in lines)]
    error = page.shorten(join_on(page.screen, lines[:_ERROR_LINES]), 300)
    tail: Line = [(role, error), *rule] if error else rule
    width = page.screen.width()
    if not tail or width is None or cell_len("".join(text for _, text in [*head, *tail])) + 2 < width:
        return [[*head, (Role.PLAIN, "  "), *tail] if error else head + tail]
    return [head, [(Role.PLAIN, "      "), *tail]]


def _troubles(ending: Ending, page: Page) -> list[Line]:
    """Return what else went wrong; what the head says already is not repeated."""
    troubles = [one for one in ending.troubles if page.full or one.text not in ending.why or one.details]
    shown, _ = last_items(troubles, page.limit(MAX_TROUBLES))
    times = page.times([trouble.at for trouble in shown])
    names = [ending.agent_of(trouble) for trouble in shown]
    rows = zip(shown, times, names, strict=True)
    lines = [line for trouble, time, agent in rows for line in _trouble(trouble, time, agent, page)]
    return [_heading("problems", len(shown), len(troubles), "last"), *lines] if troubles else []


def _trouble(trouble: Trouble, time: str, agent: str, page: Page) -> list[Line]:
    details = [line for line in trouble.details.split("\n") if line.strip()]
    hidden = 0 if page.full else len(details)
    more = f"{page.screen.glyphs.ellipsis} {pluralize(hidden, 'more line')} ({SEE_ALL})" if hidden else ""
    line: Line = [
        GAP,
        *spaced(
            [
                (Role.DIM, time),
                (Role.BAD, trouble.kind),
                (Role.PLAIN, page.shorten(trouble.text, 300)),
                (Role.DIM, f"({page.shorten(agent, _MAX_AGENT)})" if agent else ""),
                (Role.DIM, more),
            ]
        ),
    ]
    return [line, *([(Role.DIM, f"      {detail}")] for detail in details[hidden:])]


def _heading(title: str, shown: int, count: int, which: str, known: int | None = None) -> Line:
    """Return a title with the number of entries, and which of them are shown if not all are; `known` have a name."""
    more = f" ({SEE_ALL})" if shown < (count if known is None else known) else ""
    some = f"  the {which} {shown:,} of {count:,}{more}" if 0 < shown < count else f"  {count:,}" if count else ""
    return [(Role.LABEL, title), (Role.DIM, some)]


def _room(screen: Screen, *others: str) -> int:
    """Return how many characters a text may have beside others, so that these are seen."""
    width = screen.width()
    return _MAX_TEXT if width is None else max(10, width - 8 - sum(cell_len(other) for other in others))
