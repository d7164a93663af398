"""The table of `observe list`: one line per run, in plain columns: a table drawn by rich is slow for 10,000 runs.

Runs that need a person come first.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from observer.format.units import format_cost, format_duration
from observer.format.zone import Zone
from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_names import project_name
from observer.runs.listing.urgency import by_urgency, count_verdicts, describe_counts
from observer.runs.state.tokens import count_total
from observer.runs.state.verdict import Status, Verdict
from observer.runs.words.describe_status import describe_beginning, describe_progress, describe_status
from observer.source.locate import run_id
from observer.terminal.cells import cell_len
from observer.terminal.ellipsis import ellipsize, ellipsize_words
from observer.terminal.screen import Screen
from observer.terminal.theme import VERDICT_ROLES, Role
from observer.terminal.wrap import wrap_words

_HEADERS = (
    "RUN", "VERDICT", "PROJECT", "HOST", "AGENT", "IT", "PROGRESS", "TIME", "COST", "TOKENS", "CONTEXT", "LAST",
    "ABOUT",
)  # fmt: skip
_IF_DIFFERENT = ("PROJECT", "HOST")
"""Columns that are left out if all runs have the same there."""
_RIGHT_ALIGNED = frozenset({"IT", "PROGRESS", "TIME", "COST", "TOKENS", "CONTEXT", "LAST"})
_DROP_ORDER = (
    "IT", "AGENT", "RUN", "VERDICT", "TIME", "CONTEXT", "TOKENS", "COST", "HOST", "PROJECT", "LAST", "PROGRESS",
)  # fmt: skip
"""Columns that a narrow screen drops, in this order.

An ID only loses its random end, if no other one begins alike, and the verdict its details: the tool and the seconds.
"""
_RANDOM_END = re.compile(r"(?<=\d{8}T\d{6}Z)-[0-9a-f]{6}")
_MIN_ABOUT_WIDTH = 12
"""Cells of what a run is about for which columns are dropped."""
_LEAST_ABOUT_WIDTH = 8
"""Cells with which that column is still shown: as many as a word has."""
_MAX_NAME_WIDTH = 32
"""Cells of a run's name for which columns are dropped; a longer name gets only the cells that the others leave."""
_MAX_COLUMN_WIDTH = 20
"""Cells of a project or a host."""
_GAP = "  "
_NO_WIDTH = 1000
"""Cells of a line where the width is not known."""


def table_lines(
    runs: Sequence[ListedRun], now: float, screen: Screen, limit: int | None = None,
    name_of: Callable[[Path], str] = run_id,
) -> list[str]:  # fmt: skip
    """Return the header and a line for each run, at most `limit` lines in all; `now` is in seconds since 1970.

    `name_of` returns what a run whose file is at a path is called.
    """
    urgent_first = by_urgency(runs, now)
    listed = urgent_first if limit is None else urgent_first[: max(0, limit - 1)]
    rows = [_cells(run, now, screen, name_of) for run in listed]
    cells = dict(zip(_HEADERS, zip(*rows, strict=True) if rows else [()] * len(_HEADERS), strict=True))
    widths = {name: max([len(name), *map(cell_len, cells[name])]) for name in _HEADERS[:-1]}
    present = [name for name in _HEADERS[:-1] if any(cells[name])]
    for name in _IF_DIFFERENT:
        if name in present and len(set(cells[name])) == 1:
            present.remove(name)
        widths[name] = min(widths[name], _MAX_COLUMN_WIDTH)
    screen_width, verdicts = screen.width(), [run.status.verdict for run in listed]
    shown = [*present, "ABOUT"]
    if screen_width is not None:
        short = {"RUN": _short_names(cells["RUN"], runs, name_of), "VERDICT": tuple(verdicts)}
        shown = _fit(present, cells, widths, short, screen_width - 1)
    header = _line(shown, [Role.DIM] * len(shown), shown, widths, screen)
    roles = {verdict: [_role(name, verdict) for name in shown] for verdict in set(verdicts)}
    lines = zip(*(cells[name] for name in shown), strict=True)
    return [
        header,
        *(_line(line, roles[verdict], shown, widths, screen) for line, verdict in zip(lines, verdicts, strict=True)),
    ]


_MIN_ROOM = 2
"""Lines besides the counts up to which the table would have no row, and its header would say nothing."""


def screen_lines(
    runs: Sequence[ListedRun], now: float, screen: Screen, height: int, name_of: Callable[[Path], str] = run_id
) -> list[str]:
    """Return at most `height` lines for a screen: counts, the table, and how many runs it has no room for."""
    width = (screen.width() or _NO_WIDTH) - 1
    counts = wrap_words(describe_counts(runs, now, screen.glyphs.dot), width)
    lines = [screen.paint(Role.STRONG, line) for line in counts]
    room = height - len(counts)
    if len(runs) < room:
        return lines + table_lines(runs, now, screen, name_of=name_of)
    hidden = by_urgency(runs, now)[max(0, room - 2) :]
    more = f"+ {len(hidden)} more"
    brief = describe_counts(hidden, now, screen.glyphs.dot, reasons=False)
    forms = [f"{more}: {count_verdicts(hidden)}", f"{more}: {brief}", more]
    rest = next((form for form in forms if cell_len(form) <= width), more[:width])
    table = table_lines(runs, now, screen, room - 1, name_of) if room > _MIN_ROOM else []
    return [*lines, *table, screen.paint(Role.DIM, rest)]


def _cells(listed: ListedRun, now: float, screen: Screen, name_of: Callable[[Path], str]) -> tuple[str, ...]:
    """Return the text of each column."""
    state, clean = listed.state, screen.clean_line
    about = state.about or describe_beginning(state)
    duration, silent_s = listed.elapsed_s(now), listed.known_silent_s(now)
    return (
        clean(name_of(listed.path)),
        clean(_verdict(listed.status, screen.zone, now)),
        clean(project_name(state.project_dir) or ""),
        clean(state.host or ""),
        clean((state.agent_type or "").lower()),
        str(state.iteration or ""),
        describe_progress(state),
        "" if duration is None else format_duration(duration),
        format_cost(state.cost_usd, is_minimum=state.cost_is_minimum),
        "" if state.tokens is None else count_total(state.tokens),
        "" if listed.status.verdict.final else state.context.brief(),
        "" if silent_s is None else f"{format_duration(silent_s)} ago",
        clean(_join(screen, about, listed.status.missing or "")),
    )


def _role(column: str, verdict: Verdict) -> Role:
    return VERDICT_ROLES[verdict] if column == "VERDICT" else Role.DIM if column == "LAST" else Role.PLAIN


def _verdict(status: Status, zone: Zone, now: float) -> str:
    """Return the verdict in words, without what is missing of an unknown run: there is more room in another column."""
    return status.verdict if status.verdict is Verdict.UNKNOWN else describe_status(status, zone, now)


def _join(screen: Screen, *parts: str) -> str:
    return f" {screen.glyphs.dot} ".join(part for part in parts if part)


def _short_names(names: Sequence[str], runs: Sequence[ListedRun], name_of: Callable[[Path], str]) -> tuple[str, ...]:
    """Return IDs of runs without their random ends, if that is a prefix of no other run's."""
    times = Counter(_RANDOM_END.sub("", name_of(run.path)) for run in runs)
    shorter = [_RANDOM_END.sub("", name) for name in names]
    return tuple([short if times[short] == 1 else name for name, short in zip(names, shorter, strict=True)])


def _fit(
    columns: Sequence[str], cells: dict[str, tuple[str, ...]], widths: dict[str, int],
    short: Mapping[str, tuple[str, ...]], room: int,
) -> list[str]:  # fmt: skip
    """Return the columns that there is room for, of which those of `short` may take its texts.

    Changes the texts and the widths of the columns accordingly.
    """
    name_width = widths["RUN"]
    widths["RUN"] = min(name_width, _MAX_NAME_WIDTH)
    chosen = list(columns)
    for name in (name for name in _DROP_ORDER if name in columns):
        if _used(chosen, widths) + _MIN_ABOUT_WIDTH <= room:
            break
        if name in short:
            cells[name] = short[name]
            widths[name] = min(widths[name], max([len(name), *map(cell_len, short[name])]))
            name_width = max(map(cell_len, cells["RUN"]), default=0)
        else:
            chosen.remove(name)
    rest = room - _used([name for name in chosen if name != "RUN"], widths) - len(_GAP)
    widths["RUN"] = max(1, min(rest, max(widths["RUN"], min(name_width, rest - _MIN_ABOUT_WIDTH))))
    widths["ABOUT"] = room - _used(chosen, widths)
    return [*chosen, "ABOUT"] if widths["ABOUT"] >= _LEAST_ABOUT_WIDTH else chosen


def _used(columns: Sequence[str], widths: Mapping[str, int]) -> int:
    """Return the cells of some columns and the gaps behind them."""
    return sum(widths[name] + len(_GAP) for name in columns)


def _line(
    texts: Sequence[str], roles: Sequence[Role], columns: Sequence[str], widths: Mapping[str, int], screen: Screen
) -> str:
    """Return a line of the table, with texts that are clean. A column without a width, the last, is not limited."""
    cells = []
    for text, role, name in zip(texts, roles, columns, strict=True):
        cells_used, width = cell_len(text), widths.get(name)
        if width is None:
            cells.append(screen.paint(role, text))
            continue
        if cells_used > width:
            shorten = ellipsize_words if name == "ABOUT" else ellipsize
            text = shorten(text, width, screen.glyphs.ellipsis)  # noqa: PLW2901 - what is shown
            cells_used = cell_len(text)
        padding, painted = " " * (width - cells_used), screen.paint(role, text)
        cells.append(padding + painted if name in _RIGHT_ALIGNED else painted + padding)
    return _GAP.join(cells).rstrip()
