"""The lines above and below the log: what the run is doing; where in it the user is, and what is hidden. Pure."""

from collections.abc import Sequence

from observer.format.zone import Zone
from observer.runs.filters.filter import Filter
from observer.runs.rows.row_types import Row
from observer.terminal.theme import Role

Piece = tuple[Role, str]


def position_piece(row: Row | None, last_seq: int | None, zone: Zone, now: float) -> Piece:
    """Return which event is selected, of how many, and when it was written."""
    if row is None:
        return Role.DIM, "no events"
    parts = []
    if row.seq is not None:
        of = f" of {last_seq:,}" if last_seq is not None and last_seq >= row.seq else ""
        parts.append(f"event {row.seq:,}{of}")
    if row.time is not None:
        parts.append(zone.moment(row.time / 1000, now))
    return Role.PLAIN, " · ".join(parts)


def mode_piece(*, follows: bool, new_events: int, is_over: bool) -> Piece:
    """Return whether the run is followed, and how many events have come since it is not."""
    if follows:
        return (Role.DIM, "END") if is_over else (Role.GOOD, "FOLLOW")
    return Role.WARNING, f"PAUSED · {new_events:,} new" if new_events else "PAUSED"


def filter_pieces(choice: Filter, hidden: Sequence[str], agent: str) -> list[Piece]:
    """Return what of the run is shown only, and what is hidden."""
    only = [*sorted(choice.types), *sorted(choice.tools), *sorted(choice.statuses)]
    only += ["errors"] if choice.errors else []
    only += [f"iteration {number}" for number in sorted(choice.iterations)]
    only += [f"what matches {choice.grep.text!r}"] if choice.grep is not None else []
    only += ["what a jq expression selects"] if choice.where is not None else []
    pieces = [(Role.WARNING, f"only {', '.join(only)}")] if only else []
    if agent:
        pieces.append((Role.WARNING, f"agent {agent}"))
    excluded = [*sorted(choice.exclude), *hidden]
    return [*pieces, *([(Role.DIM, f"without {', '.join(excluded)}")] if excluded else [])]
