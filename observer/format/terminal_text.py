r"""Text that was written for a terminal: as a terminal leaves it, and without its colours. Pure.

A program that shows progress goes back: to the start of the line with `\r`, by a cell with `\b`, up with a sequence,
and it erases. What it wrote there before was never meant to stay. All of that is done here, in the order in which it
was written; sequences that choose colours stay with the cells that were written in them, and all others stay where they
are, for views to show or to leave out.
"""

import re
from functools import cache

_MOVES = "ABCDEFGJK"
"""What sequences end with that move the cursor or erase."""
_MODES = "hl"
"""What those end with, behind a `?`, that switch a mode of the terminal, such as whether its cursor is shown."""
_TAKES = {"5": 2, "2": 4}
"""How many parameters of a sequence for styles a colour takes besides the first one, by the next."""
_ENDED_BY = {22: (1, 2), 23: (3,), 24: (4,), 25: (5, 6), 27: (7,), 28: (8,), 29: (9,), 39: (38,), 49: (48,), 59: (58,)}
"""The styles that a parameter ends."""
_COLORS = {
    **dict.fromkeys((*range(30, 38), *range(90, 98)), 38),
    **dict.fromkeys((*range(40, 48), *range(100, 108)), 48),
}
"""What the parameters of the 16 colours are about: the text, or its background."""
_MAX_COLUMN, _MAX_LINE = 200, 24
"""Columns and lines of a terminal: further the cursor does not go unless something is written there."""
_MAX_DIGITS = 6


def settle_lines(text: str) -> str:
    r"""Return a text as a terminal leaves it; of lines that were written several times only the last state.

    >>> settle_lines("12%\r45%\r100%\ndone\r\n"), settle_lines("one\ntwo\x1b[A\r\x1b[Kdone\n")
    ('100%\ndone\n', 'done\ntwo')
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not _goes_back(text):
        return text
    terminal = _Terminal()
    for number, line in enumerate(text.split("\n")):
        if number:
            terminal.feed_line()
        terminal.write(line)
    return terminal.text()


def without_styles(text: str) -> str:
    r"""Return a text as a terminal leaves it, without sequences that set colours and other styles, or a link.

    >>> without_styles("\x1b[1;31mError\x1b[0m: \x1b]8;;https://a.org\x1b\\no\x1b]8;;\x1b\\ file")
    'Error: no file'
    """
    text = settle_lines(text)
    return _style().sub("", text) if "\x1b" in text else text


def _goes_back(text: str) -> bool:
    """Return whether anything in a text moves the cursor; an expression for all of it would look at each character."""
    return "\r" in text or "\b" in text or ("\x1b" in text and _moving().search(text) is not None)


@cache
def _moving() -> re.Pattern[str]:
    return re.compile(rf"\x1b\[(?:[\d;]*[{_MOVES}]|\?[\d;]*[{_MODES}])")


@cache
def _style() -> re.Pattern[str]:
    return re.compile(r"\x1b\[[\d;:]*m|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)")


@cache
def _commands() -> re.Pattern[str]:
    """Return what finds everything in a line that takes no cell: sequences, and characters that move the cursor."""
    return re.compile(
        r"\x1b\[(?P<parameters>[\d;:<=>?]*)(?P<final>[ -/]*[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b|[\r\b]"
    )


class _Row:
    """The cells of a line, each with its style. A wide character has two, of which the second is empty."""

    def __init__(self, text: str) -> None:
        self.cells = _cells_of(text)
        self.styles = [""] * len(self.cells)

    def put(self, column: int, cells: list[str], style: str) -> None:
        """Write cells from a column on."""
        missing, end = column - len(self.cells), column + len(cells)
        self.cells += [" "] * missing
        self.styles += [""] * missing
        if column < len(self.cells) and not self.cells[column]:
            self.cells[column - 1] = " "
        if end < len(self.cells) and not self.cells[end]:
            self.cells[end] = " "
        self.cells[column:end], self.styles[column:end] = cells, [style] * len(cells)

    def erase(self, begin: int, end: int) -> None:
        """Erase the cells between two columns."""
        if end >= len(self.cells):
            del self.cells[begin:], self.styles[begin:]
        else:
            self.put(begin, [" "] * (end - begin), "")


class _Terminal:
    """Executes what is written to it, as far as that is told from the text alone: its lines have no end."""

    def __init__(self) -> None:
        self._rows: list[str | _Row] = [""]
        """The lines; one stays a text until something in it has a style, or is gone back to."""
        self._row = self._column = 0
        self._set: dict[int, str] = {}
        self._style = ""
        self._ahead = ""
        """Sequences that mean nothing here, before the next cell."""

    def write(self, line: str) -> None:
        """Write what has no newline."""
        is_new = self._rows[self._row] == "" and not (self._column or self._style or self._ahead)
        if is_new and "\x1b" not in line and "\r" not in line and "\b" not in line:  # nearly all lines
            self._rows[self._row], self._column = line, len(line)
            return
        begin = 0
        for match in _commands().finditer(line):
            self._put(line[begin : match.start()])
            self._execute(match)
            begin = match.end()
        self._put(line[begin:])

    def feed_line(self) -> None:
        """Go to the start of the next line."""
        if self._ahead:
            self._put("")
        self._row, self._column = self._row + 1, 0
        if self._row == len(self._rows):
            self._rows.append("")

    def text(self) -> str:
        """Return what is there now."""
        parts, style = list[str](), ""
        for number, row in enumerate(self._rows):
            parts.append("\n" if number else "")
            if isinstance(row, str):
                parts += ["\x1b[0m" if style and row else "", row]
                style = "" if row else style
                continue
            for cell, own in zip(row.cells, row.styles, strict=True):
                if own != style:
                    parts += ["\x1b[0m" if style else "", own]
                    style = own
                parts.append(cell)
        return "".join([*parts, self._ahead, "\x1b[0m" if style else ""])

    def _put(self, text: str) -> None:
        cells = _cells_of(text)
        if not cells and not self._ahead:
            return
        cells = [self._ahead + cells[0], *cells[1:]] if cells else [self._ahead]
        self._ahead = ""
        self._here().put(self._column, cells, self._style)
        self._column += len(cells)

    def _here(self) -> _Row:
        row = self._rows[self._row]
        if isinstance(row, str):
            row = self._rows[self._row] = _Row(row)
        return row

    def _execute(self, match: re.Match[str]) -> None:
        parameters, final = match["parameters"] or "", match["final"]
        if match[0] == "\r":
            self._column = 0
        elif match[0] == "\b":
            self._column = max(0, self._column - 1)
        elif final == "m" and not parameters.strip("0123456789;:"):  # with `>` or `?` it sets no style
            self._set_style(parameters)
        elif final and final in _MOVES and not parameters.strip("0123456789;"):
            self._move(final, int(parameters.partition(";")[0][:_MAX_DIGITS] or 0))
        elif not (final and final in _MODES and parameters.startswith("?")):
            self._keep(match[0])

    def _keep(self, sequence: str) -> None:
        """Leave a sequence that means nothing here behind the last cell."""
        row = self._here()
        if 0 < self._column <= len(row.cells):
            row.cells[self._column - 1] += sequence
        else:
            self._ahead += sequence

    def _move(self, final: str, count: int) -> None:
        by, row = max(1, count), self._here()
        match final:
            case "A" | "F":
                self._row = max(0, self._row - by)
            case "B" | "E":
                self._row = min(self._row + by, max(len(self._rows), _MAX_LINE) - 1)
                self._rows += [""] * (self._row + 1 - len(self._rows))
            case "C":
                self._column = min(self._column + by, max(self._column, len(row.cells), _MAX_COLUMN))
            case "D":
                self._column = max(0, self._column - by)
            case "G":
                self._column = min(by - 1, max(len(row.cells), _MAX_COLUMN))
            case "K" | "J" if count == 0:
                row.erase(self._column, len(row.cells))
                if final == "J":
                    del self._rows[self._row + 1 :]
            case "K":
                row.erase(0, self._column + 1 if count == 1 else len(row.cells))
            case _:
                self._keep(f"\x1b[{count}J")
        if final in "EF":
            self._column = 0

    def _set_style(self, parameters: str) -> None:
        items = parameters.split(";")
        at = 0
        while at < len(items):
            item, at = items[at], at + 1
            number = int(item.partition(":")[0][:_MAX_DIGITS] or 0)
            if number in {38, 48, 58} and ":" not in item:
                end = at + _TAKES.get(items[at] if at < len(items) else "", 0)
                self._set[number], at = ";".join([item, *items[at:end]]), end
            elif number in _ENDED_BY:
                for ended in _ENDED_BY[number]:
                    self._set.pop(ended, None)
            elif number:
                self._set[_COLORS.get(number, number)] = item
            else:
                self._set.clear()
        self._style = f"\x1b[{';'.join(self._set.values())}m" if self._set else ""


def _cells_of(text: str) -> list[str]:
    """Return the cells of a text: what takes none is in that of the character before it."""
    if text.isascii():
        return list(text)
    import unicodedata  # noqa: PLC0415 - few outputs that go back have other characters

    cells: list[str] = []
    for character in text:
        if cells and (unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}):
            cells[-1 if cells[-1] else -2] += character
        else:
            cells.append(character)
            if unicodedata.east_asian_width(character) in {"W", "F"}:
                cells.append("")
    return cells
