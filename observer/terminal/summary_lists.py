"""Lists of a summary: their titles, and which of their entries are shown. Pure."""

from collections.abc import Sequence
from typing import TypeVar

from observer.runs.words.words import join_facts
from observer.terminal.cells import cell_len
from observer.terminal.row import SEE_ALL, RoleSpan
from observer.terminal.screen import Screen
from observer.terminal.theme import Role

BARS_WIDTH, _MIN_BARS = 48, 4
_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = "_.-~=+*#"

Line = list[RoleSpan]
T = TypeVar("T")
GAP: RoleSpan = (Role.PLAIN, "  ")


def bars_width(screen: Screen, *others: str) -> int:
    """Return how many bars have room beside other texts on a line."""
    width = screen.width()
    room = BARS_WIDTH if width is None else width - 1 - sum(cell_len(other) for other in others)
    return max(_MIN_BARS, min(BARS_WIDTH, room))


def spaced(spans: Line) -> Line:
    """Return the spans that have text, with a gap between two."""
    filled = [(role, text) for role, text in spans if text]
    return [part for at, span in enumerate(filled) for part in ((GAP, span) if at else (span,))]


def fact_lines(
    head: Line, facts: Sequence[RoleSpan], screen: Screen, *, full: bool, gap: str = "", hang: int = 4
) -> list[Line]:
    """Return a line with facts behind its head; those that have no room stand below it, and none is cut.

    Between two facts stands `gap`, or else a dot; a line below the first begins with `hang` spaces.
    """
    width = None if full else screen.width()
    between = gap or f" {screen.glyphs.dot} "
    lines, used = [list(head)], sum(cell_len(screen.clean_line(text)) for _, text in head)
    space = "  " if head else ""
    for role, text in facts:
        if not text:
            continue
        cells = cell_len(screen.clean_line(text))
        if width is not None and used + len(space) + cells >= width and used > hang:
            lines.append([])
            space, used = " " * hang, 0
        lines[-1] += [(Role.DIM, space), (role, text)] if space else [(role, text)]
        used += len(space) + cells
        space = between
    return [line for line in lines if line]


def draw_bars(shares: list[float], screen: Screen) -> str:
    """Return a bar for each value between 0 and 1."""
    bars = _ASCII_BARS if screen.glyphs.ellipsis.isascii() else _BARS
    return "".join(bars[min(len(bars) - 1, int(max(0.0, share) * len(bars)))] for share in shares)


def titled(title: str, lines: list[Line], missing: int, what: str) -> list[Line]:
    """Return a list with its title, and how many `earlier` or `more` entries are missing before or after it."""
    if not lines:
        return []
    heading: Line = [(Role.LABEL, title)]
    if not missing:
        return [heading, *lines]
    note: Line = [(Role.DIM, f"  and {missing:,} {what} ({SEE_ALL})")]
    return [heading, note, *lines] if what == "earlier" else [heading, *lines, note]


def first_items(items: list[T], limit: int | None) -> tuple[list[T], int]:
    """Return the first items, and how many are missing: never a single one, as a note would take its place."""
    kept = items if limit is None or len(items) == limit + 1 else items[:limit]
    return kept, len(items) - len(kept)


def last_items(items: list[T], limit: int | None) -> tuple[list[T], int]:
    """Return the last items, and how many are missing: never a single one, as a note would take its place."""
    kept = items if limit is None or len(items) == limit + 1 else items[-limit:]
    return kept, len(items) - len(kept)


def shorten_to(text: str, limit: int | None, screen: Screen) -> str:
    """Return a text, or its first characters and an ellipsis."""
    return text if limit is None or len(text) <= limit else f"{text[:limit]}{screen.glyphs.ellipsis}"


def join_on(screen: Screen, facts: list[str]) -> str:
    """Return the facts that are not empty, separated as the screen allows."""
    return join_facts(facts, screen.glyphs)
