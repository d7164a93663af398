"""Compares measured tables with bounds: a limit, or a multiple of what a peer needed in the same table. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from table import Layout, Table, text_of


@dataclass(frozen=True)
class Bound:
    """What a cell of a table may be, at most or at least.

    With a `peer`, the limit is a multiple of the cell of that row in the same column. `without` is a row that is
    subtracted first, such as the time to start. A `scaled` limit was given for the reference machine: on one that is
    twice as slow, it is twice as many seconds. `reason` says what stands in the way of a bound that is missed.
    """

    table: str
    row: str
    column: str
    limit: float
    peer: str = ""
    without: str = ""
    at_least: bool = False
    scaled: bool = False
    reason: str = ""

    def sentence(self) -> str:
        """Say what the bound demands."""
        sense = "at least" if self.at_least else "at most"
        counted = f", less `{self.without}`," if self.without else ""
        if self.peer:
            return f"`{self.row}`{counted} {self.column}: {sense} {self.limit:g} times `{self.peer}`"
        return f"`{self.row}`{counted} {self.column}: {sense} {_number(self.limit)}"


@dataclass(frozen=True)
class Judgment:
    """A bound, the figure and the limit on this machine; None if one of them was not measured."""

    bound: Bound
    title: str
    figure: float | None
    limit: float | None

    @property
    def met(self) -> bool:
        """Whether the bound is met. What was not measured is not."""
        if self.figure is None or self.limit is None:
            return False
        return self.figure >= self.limit if self.bound.at_least else self.figure <= self.limit

    def line(self) -> str:
        """Describe the judgment in one line."""
        if self.figure is None or self.limit is None:
            return f"{self.bound.sentence()}; not measured"
        here = f", here {_number(self.limit)}" if self.bound.peer or self.bound.scaled else ""
        if self.met:
            return f"{self.bound.sentence()}{here}; measured {_number(self.figure)}"
        reason = f": {self.bound.reason}" if self.bound.reason else ""
        return f"{self.bound.sentence()}{here}; **missed with** {_number(self.figure)}{reason}"


def judge(
    bounds: Iterable[Bound], layouts: Iterable[Layout], tables: Iterable[Table], factor: float
) -> Iterator[Judgment]:
    """Yield a judgment for each bound of these layouts; `factor` is how much slower this machine is.

    A layout has no table where nothing could be measured, because a program is not installed.
    """
    by_key = {layout.key: layout.table(layout.key) for layout in layouts}
    by_key |= {table.layout.key: table for table in tables}
    for bound in bounds:
        if table := by_key.get(bound.table):
            yield judge_one(bound, table, factor)


def judge_one(bound: Bound, table: Table, factor: float) -> Judgment:
    """Compare one cell with its bound."""
    figure = table.figure(bound.row, bound.column)
    limit: float | None = bound.limit
    if bound.without and figure is not None:
        start = table.figure(bound.without, bound.column)
        figure = None if start is None else figure - start
    if bound.peer:
        peer = table.figure(bound.peer, bound.column)
        limit = None if peer is None else bound.limit * peer
    elif bound.scaled:
        limit = bound.limit / factor if bound.at_least else bound.limit * factor
    return Judgment(bound, table.title, figure, limit)


def _number(value: float) -> str:
    return f"{value:g}" if value == round(value, 2) and abs(value) < 1000 else text_of(float(value))
