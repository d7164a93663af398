"""The table of `observe list`: one line per run, in plain columns: a table drawn by rich is slow for 10,000 runs.

Runs that need a person come first.
"""

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len

from observer.format.units import format_duration, format_money
from observer.format.zone import Zone
from observer.runs.describe_status import describe_beginning, describe_progress, describe_status
from observer.runs.listing import ListedRun
from observer.runs.run_names import project_name
from observer.runs.tokens import count_total
from observer.runs.urgency import by_urgency, count_verdicts, describe_counts
from observer.runs.verdict import Status, Verdict
from observer.source.locate import run_id
from observer.terminal.row import Span
from observer.terminal.screen import Screen
from observer.terminal.theme import VERDICT_ROLES, Role
from observer.terminal.wrap import ellipsize

_HEADERS = (
    "RUN", "VERDICT", "PROJECT", "HOST", "AGENT", "IT", "PROGRESS", "TIME", "COST", "TOKENS", "LAST", "ABOUT",
)  # fmt: skip
_IF_DIFFERENT = ("PROJECT", "HOST")
"""Columns that are left out if all runs have the same there."""
_RIGHT_ALIGNED = frozenset({"IT", "PROGRESS", "TIME", "COST", "TOKENS", "LAST"})
_DROP_ORDER = ("IT", "TOKENS", "AGENT", "VERDICT", "COST", "TIME", "HOST", "PROJECT", "LAST", "PROGRESS")
"""Columns that a narrow screen drops, in this order; the verdict only loses its details: the tool and the seconds."""
_MIN_ABOUT_WIDTH = 12
_MAX_NAME_WIDTH = 32
"""Cells of a run's name for which columns are dropped; a longer name gets only the cells that the others leave."""
_MAX_COLUMN_WIDTH = 20
"""Cells of a project or a host."""
_GAP = "  "
_NO_WIDTH = 1000
"""Cells of a line where the width is not known."""


def table_lines(runs: Sequence[ListedRun], now: float, screen: Screen, limit: int | None = None) -> list[str]:
    """Return the header and a line for each run, at most `limit` lines in all; `now` is in seconds since 1970."""
    urgent_first = by_urgency(runs, now)
    listed = urgent_first if limit is None else urgent_first[: max(0, limit - 1)]
    table = [dict(zip(_HEADERS, _cells(run, now, screen), strict=True)) for run in listed]
    widths = {name: max([len(name), *(cell_len(row[name][1]) for row in table)]) for name in _HEADERS[:-1]}
    present = [name for name in _HEADERS[:-1] if any(row[name][1] for row in table)]
    for name in _IF_DIFFERENT:
        if name in present and len({row[name][1] for row in table}) == 1:
            present.remove(name)
        widths[name] = min(widths[name], _MAX_COLUMN_WIDTH)
    screen_width, name_width = screen.width(), widths["RUN"]
    if screen_width is None:
        columns = present
    else:
        widths["RUN"] = min(name_width, _MAX_NAME_WIDTH)
        verdict_width = widths["VERDICT"]
        columns = _choose_columns(present, widths, screen_width, [run.status.verdict for run in listed])
        if widths["VERDICT"] < verdict_width:
            for run, row in zip(listed, table, strict=True):
                row["VERDICT"] = (row["VERDICT"][0], run.status.verdict)
        others = sum(widths[name] + len(_GAP) for name in columns if name != "RUN")
        room = screen_width - 1 - others
        widths["RUN"] = max(1, min(room, max(widths["RUN"], min(name_width, room - _MIN_ABOUT_WIDTH))))
    header: dict[str, Span] = {name: (Role.DIM, name) for name in _HEADERS}
    return [_line(row, columns, widths, screen) for row in (header, *table)]


def screen_lines(runs: Sequence[ListedRun], now: float, screen: Screen, height: int) -> list[str]:
    """Return at most `height` lines for a screen: counts, the table, and how many runs it has no room for."""
    width = (screen.width() or _NO_WIDTH) - 1
    counts = textwrap.wrap(describe_counts(runs, now, screen.glyphs.dot), width)
    lines = [screen.paint(Role.STRONG, line) for line in counts]
    room = height - len(counts)
    if len(runs) < room:
        return lines + table_lines(runs, now, screen)
    hidden = by_urgency(runs, now)[max(0, room - 2) :]
    more = f"+ {len(hidden)} more"
    brief = describe_counts(hidden, now, screen.glyphs.dot, reasons=False)
    forms = [f"{more}: {count_verdicts(hidden)}", f"{more}: {brief}", more]
    rest = next((form for form in forms if cell_len(form) <= width), more[:width])
    return [*lines, *table_lines(runs, now, screen, room - 1), screen.paint(Role.DIM, rest)]


def _cells(listed: ListedRun, now: float, screen: Screen) -> list[Span]:
    state = listed.state
    about = state.about or describe_beginning(state)
    duration, silent_s = listed.elapsed_s(now), listed.known_silent_s(now)
    return [
        (Role.PLAIN, screen.clean_line(run_id(listed.path))),
        (VERDICT_ROLES[listed.status.verdict], screen.clean_line(_verdict(listed.status, screen.zone, now))),
        (Role.PLAIN, screen.clean_line(project_name(state.project_dir) or "")),
        (Role.PLAIN, screen.clean_line(state.host or "")),
        (Role.PLAIN, screen.clean_line((state.agent_type or "").lower())),
        (Role.PLAIN, str(state.iteration or "")),
        (Role.PLAIN, describe_progress(state)),
        (Role.PLAIN, "" if duration is None else format_duration(duration)),
        (Role.PLAIN, "" if state.cost_usd is None else format_money(state.cost_usd)),
        (Role.PLAIN, "" if state.tokens is None else count_total(state.tokens)),
        (Role.DIM, "" if silent_s is None else f"{format_duration(silent_s)} ago"),
        (Role.PLAIN, screen.clean_line(_join(screen, about, listed.status.missing or ""))),
    ]


def _verdict(status: Status, zone: Zone, now: float) -> str:
    """Return the verdict in words, without what is missing of an unknown run: there is more room in another column."""
    return status.verdict if status.verdict is Verdict.UNKNOWN else describe_status(status, zone, now)


def _join(screen: Screen, *parts: str) -> str:
    return f" {screen.glyphs.dot} ".join(part for part in parts if part)


def _choose_columns(columns: list[str], widths: dict[str, int], screen_width: int, verdicts: list[str]) -> list[str]:
    """Return the columns that the screen has room for. If necessary, narrows the verdict's to that of `verdicts`."""
    chosen = list(columns)
    for name in (name for name in _DROP_ORDER if name in columns):
        if sum(widths[name] + len(_GAP) for name in chosen) + _MIN_ABOUT_WIDTH < screen_width:
            break
        if name == "VERDICT":
            widths[name] = max(len(text) for text in (name, *verdicts))
        else:
            chosen.remove(name)
    return chosen


def _line(row: dict[str, Span], columns: list[str], widths: dict[str, int], screen: Screen) -> str:
    cells, used = [], 0
    for name in columns:
        role, text = row[name]
        text = ellipsize(text, widths[name], screen.glyphs.ellipsis)
        padding = " " * (widths[name] - cell_len(text))
        painted = screen.paint(role, text)
        cells.append(padding + painted if name in _RIGHT_ALIGNED else painted + padding)
        used += widths[name] + len(_GAP)
    role, about = row["ABOUT"]
    screen_width = screen.width()
    if screen_width is not None:
        room = screen_width - 1 - used
        about = ellipsize(about, room, screen.glyphs.ellipsis) if room > 0 else ""
    return _GAP.join([*cells, screen.paint(role, about)]).rstrip()
