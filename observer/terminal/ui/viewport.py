"""The part of a sequence of items that a screen shows, which begins anywhere within an item. Pure.

Only the items on the screen are measured, so it takes no longer if there are many.
"""

from collections.abc import Callable


class Viewport:
    """Begins at line `line` of item `top`; `height_of` returns the number of lines of an item, at least one."""

    def __init__(self, height_of: Callable[[int], int]) -> None:
        self._height_of = height_of
        self.count = 0
        self.height = 1
        self.top = self.line = 0

    def lines(self) -> list[tuple[int, int]]:
        """Return the lines on the screen: the index of an item, and that of a line in it."""
        shown: list[tuple[int, int]] = []
        item, line = self.top, self.line
        while item < self.count and len(shown) < self.height:
            height = self._height_of(item)
            shown += [(item, at) for at in range(line, min(height, line + self.height - len(shown)))]
            item, line = item + 1, 0
        return shown

    def scroll(self, lines: int) -> None:
        """Move by a number of lines, down if that is positive, but not beyond the ends."""
        self.line += lines
        while self.line < 0 and self.top > 0:
            self.top -= 1
            self.line += self._height_of(self.top)
        while self.top < self.count - 1 and self.line >= (height := self._height_of(self.top)):
            self.top += 1
            self.line -= height
        self.clamp()

    def clamp(self) -> None:
        """Move into the sequence, and up where the screen would be empty below its end."""
        self.top = max(0, min(self.top, self.count - 1))
        self.line = max(0, min(self.line, self._height_of(self.top) - 1 if self.count else 0))
        end = self._end()
        self.top, self.line = min((self.top, self.line), end)

    def to_start(self) -> None:
        """Move to the first line."""
        self.top = self.line = 0

    def to_end(self) -> None:
        """Move so that the last line is at the bottom of the screen."""
        self.top, self.line = self._end()

    @property
    def is_at_end(self) -> bool:
        """Whether the last line is on the screen."""
        return (self.top, self.line) >= self._end()

    def show(self, item: int) -> None:
        """Move as little as is needed to have an item on the screen, its first line if it is higher than that."""
        if (item, 0) < (self.top, self.line):
            self.top, self.line = item, 0
            return
        first = min((item, 0), self._start_for(item + 1))
        self.top, self.line = max((self.top, self.line), first)

    def center(self, item: int) -> None:
        """Move so that an item begins in the upper third of the screen."""
        self.top, self.line = item, 0
        self.scroll(-(self.height // 3))

    def _end(self) -> tuple[int, int]:
        """Return where the screen begins that ends with the last line."""
        return self._start_for(self.count)

    def _start_for(self, end: int) -> tuple[int, int]:
        """Return where the screen begins that ends before an item."""
        item, missing = end, self.height
        while item > 0 and missing > 0:
            item -= 1
            missing -= self._height_of(item)
        return item, max(0, -missing)
