"""`observe list`: a row for every run. Plain columns rather than a drawn table: ten thousand rows are made at once."""

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len

from observer.format.json import encode
from observer.format.sanitize import clean_json
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration, format_money
from observer.runs.describe_status import describe_progress, describe_status
from observer.runs.listing import ListedRun
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.terminal.screen import Screen
from observer.terminal.theme import VERDICT_ROLES, Role
from observer.terminal.wrap import ellipsize

_HEADS = ("RUN", "VERDICT", "AGENT", "IT", "PROGRESS", "TIME", "COST", "LAST", "ABOUT")
_RIGHT = frozenset({"IT", "PROGRESS", "TIME", "COST", "LAST"})
_DROPPED_FIRST = ("IT", "AGENT", "VERDICT", "COST", "TIME", "LAST", "PROGRESS")
"""What a narrow screen leaves out; of a verdict only what belongs to it: the tool and the seconds."""
_ABOUT_LEAST = 12
_NAME = 32
"""Cells of a run's name for which columns are left out; a longer one gets what the others leave."""
_GAP = "  "


def rows(runs: Sequence[ListedRun], now: float, screen: Screen, most: int | None = None) -> list[str]:
    """Return the lines of a table of runs; `now` is in seconds since 1970, `most` a number of lines."""
    cells = [_cells(listed, now, screen) for listed in (runs if most is None else runs[: max(0, most - 1)])]
    widths = {head: max([len(head), *(cell_len(cell[n][1]) for cell in cells)]) for n, head in enumerate(_HEADS[:-1])}
    told = [head for n, head in enumerate(_HEADS[:-1]) if any(cell[n][1] for cell in cells)]
    bare = max([len("VERDICT"), *(len(listed.standing.verdict) for listed in runs[: len(cells)])])
    name, width = widths["RUN"], screen.width()
    if width is not None:
        widths["RUN"] = min(name, _NAME)
    shown = _fitting(told, widths, bare, width)
    if widths["VERDICT"] == bare:
        for listed, cell in zip(runs, cells, strict=False):
            cell[1] = (cell[1][0], listed.standing.verdict)
    if width is not None:  # what is left must fit, if need be with the run's name cut off
        others = sum(widths[head] + len(_GAP) for head in shown if head != "RUN")
        room = width - 1 - others
        widths["RUN"] = max(1, min(room, max(widths["RUN"], min(name, room - _ABOUT_LEAST))))
    lines = [_line([(Role.DIM, head) for head in _HEADS], shown, widths, screen)]
    return lines + [_line(cell, shown, widths, screen) for cell in cells]


def as_json(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> bytes:
    """Return a run as one line of JSON; what a terminal would obey or hide is escaped in it."""
    return clean_json(encode(fields(listed, now, names))) + b"\n"


def fields(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> dict[str, Any]:
    """Return what is told of a run by name; times are seconds, timestamps RFC 3339."""
    state, standing = listed.state, listed.standing
    return {
        "run": listed.run,
        "file": names(listed.path),
        "verdict": standing.verdict,
        "tool": standing.tool,
        "seconds": None if standing.seconds is None else round(standing.seconds, 3),
        "until": standing.until,
        "agent_type": state.agent_type,
        "iteration": state.iteration,
        "passing": state.passing,
        "total": state.total,
        "elapsed_s": None if (took := state.elapsed(now, standing)) is None else round(took, 3),
        "cost_usd": state.cost_usd,
        "last_event": state.stamp,
        "about": state.about,
        "bytes": listed.size,
    }


def _cells(listed: ListedRun, now: float, screen: Screen) -> list[tuple[Role, str]]:
    state = listed.state
    took, seen = state.elapsed(now, listed.standing), parse_timestamp(state.stamp) or listed.changed
    return [
        (Role.PLAIN, screen.clean_line(listed.run)),
        (VERDICT_ROLES[listed.standing.verdict], screen.clean_line(describe_status(listed.standing))),
        (Role.PLAIN, screen.clean_line((state.agent_type or "").lower())),
        (Role.PLAIN, str(state.iteration or "")),
        (Role.PLAIN, describe_progress(state)),
        (Role.PLAIN, "" if took is None else format_duration(took)),
        (Role.PLAIN, "" if state.cost_usd is None else format_money(state.cost_usd)),
        (Role.DIM, f"{format_duration(max(0.0, now - seen))} ago"),
        (Role.PLAIN, screen.clean_line(state.about)),
    ]


def _fitting(heads: list[str], widths: dict[str, int], bare: int, width: int | None) -> list[str]:
    """The columns that a screen has room for; when it takes that, the verdict's becomes `bare` cells wide."""
    shown = list(heads)
    if width is None:
        return shown
    for head in (head for head in _DROPPED_FIRST if head in heads):
        if sum(widths[name] + len(_GAP) for name in shown) + _ABOUT_LEAST < width:
            break
        if head == "VERDICT":
            widths[head] = bare
        else:
            shown.remove(head)
    return shown


def _line(cells: Sequence[tuple[Role, str]], shown: list[str], widths: dict[str, int], screen: Screen) -> str:
    by_head = dict(zip(_HEADS, cells, strict=True))
    parts, used = [], 0
    for head in shown:
        role, text = by_head[head]
        text = _cut(text, widths[head], screen)
        pad = " " * (widths[head] - cell_len(text))
        painted = screen.paint(role, text)
        parts.append(pad + painted if head in _RIGHT else painted + pad)
        used += widths[head] + len(_GAP)
    role, about = by_head["ABOUT"]
    width = screen.width()
    if width is not None:
        about = _cut(about, width - 1 - used, screen) if width - 1 > used else ""
    return _GAP.join([*parts, screen.paint(role, about)]).rstrip()


def _cut(text: str, room: int, screen: Screen) -> str:
    return ellipsize(text, room, screen.glyphs.ellipsis)
