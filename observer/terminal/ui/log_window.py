"""The lines around a place in a run, as entries: a stretch of the file without a gap. Pure."""

from collections import deque
from collections.abc import Iterable

from observer.runs.window.pages import Page
from observer.terminal.ui.entries import Entry, EntryList, LoadedRow

MAX_ROWS = 4000
"""Lines that are held; more are dropped at the other end, a quarter of these at a time."""
_SLACK = MAX_ROWS // 4


class LogWindow:
    """The rows of the lines between the offsets `first` and `last`, joined to entries."""

    def __init__(self) -> None:
        self.first = self.last = 0
        self._rows: deque[LoadedRow] = deque()
        self._joined = EntryList()
        self._partial: list[LoadedRow] = []

    @property
    def entries(self) -> list[Entry]:
        """The entries, in the order of the file."""
        return self._joined.entries

    def reset(self, *pages: Page[LoadedRow]) -> None:
        """Hold the lines of some pages that follow each other instead."""
        self.first, self.last = pages[0].first, pages[-1].last
        self._rows, self._partial = deque(row for page in pages for row in page.rows), []
        self._join()

    def extend_before(self, page: Page[LoadedRow]) -> None:
        """Add the lines before the first one."""
        self._rows.extendleft(reversed(page.rows))
        self.first = page.first
        if len(self._rows) > MAX_ROWS + _SLACK:
            while len(self._rows) > MAX_ROWS:
                self._rows.pop()
            self._partial = []
            self.last = self._rows[-1].end
        self._join()

    def extend_after(self, rows: Iterable[LoadedRow], last: int) -> None:
        """Add the lines from the last one on, up to an offset."""
        added = list(rows)
        self._rows += added
        self.last = last
        is_over = len(self._rows) > MAX_ROWS + _SLACK
        while is_over and len(self._rows) > MAX_ROWS:
            self.first = self._rows.popleft().end
        if is_over or self._partial:
            self._partial = []
            self._join()
        else:
            for row in added:
                self._joined.add(row)

    def set_partial(self, rows: list[LoadedRow]) -> None:
        """Show the row of a last line that is not complete, until lines are added."""
        self._partial = rows
        self._join()

    def holds(self, offset: int) -> bool:
        """Return whether an offset is within the stretch."""
        return self.first <= offset <= self.last

    def _join(self) -> None:
        self._joined = EntryList([*self._rows, *self._partial])
