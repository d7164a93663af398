"""Text that flows: word-wrapped by display width while it arrives in pieces. Pure.

A piece is returned for printing at once, even in the middle of a word. When the rest of the word does not fit, the
word's beginning is rubbed out with backspaces and printed anew on the next line.
"""

import re

from rich.cells import cell_len

from observer.terminal.theme import Paint, Role

# Wide characters break anywhere, other text between words.
_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\U00020000-\U0003fffd"
_TOKENS = re.compile(f"[ ]+|[{_WIDE}]|[^ {_WIDE}]+")


_MARKER = re.compile(r" *(?:[-*+•]|[0-9]{1,3}[.)]) +")
_LONGEST_MARKER = 12


class WordWrap:
    """One run of lines with the same prefix, for a screen of `width` cells or, with None, a pipe of any width.

    `prefix` stands before every line, and is `prefix_cells` wide; `hang` more cells are left free where a line goes on
    below. Text must be clean already.
    """

    def __init__(
        self, paint: Paint, width: int | None, prefix: str = "", prefix_cells: int = 0, *, hang: int = 0
    ) -> None:
        self._paint = paint
        self._as_is = width is None and paint.colorless
        # the last column wraps by itself
        self._room = None if width is None else max(1, hang + 1, width - 1 - prefix_cells)
        self._prefix = prefix
        self._least_hang = self._hang = hang
        self._head = ""  # how the line begins: a list item goes on below its text
        self._column = 0
        self._word = ""  # what is printed of the word at the end of the line
        self._started = False

    @property
    def open(self) -> bool:
        """Whether a line was begun and not ended."""
        return self._started

    def feed(self, text: str, role: Role = Role.PLAIN) -> str:
        """Return what to print for the next piece of text."""
        if "\n" not in text:
            return text if self._as_is and self._started else self._line(text, role)
        first, *others = text.split("\n")
        parts = [self._line(first, role)]
        for line in others:
            parts.append(self._break())
            parts.append(self._line(line, role))
        return "".join(parts)

    def end(self) -> str:
        """Return what ends the line, if one was begun."""
        return self._break() if self._started else ""

    def _line(self, text: str, role: Role) -> str:
        if not text:
            return ""
        begin = "" if self._started else self._prefix
        self._started = True
        if self._room is None:
            return begin + self._paint(role, text)
        if len(self._head) < _LONGEST_MARKER:
            self._mark(text, self._room)
        if text.isascii() and self._column + len(text) <= self._room:
            self._column += len(text)
            space = text.rfind(" ")
            self._word = self._word + text if space < 0 else text[space + 1 :]
            return begin + self._paint(role, text)
        return begin + self._wrap(text, role, self._room)

    def _wrap(self, text: str, role: Role, room: int) -> str:
        done: list[str] = []
        line = ""  # what is not painted yet
        for token in _TOKENS.findall(text):
            cells = cell_len(token)
            if self._column + cells <= room:
                line += token
                self._column += cells
                self._word = "" if token.isspace() or _is_wide(token) else self._word + token
                continue
            if token.isspace():
                done += [self._paint(role, line), self._next_line()]
                line, self._word = "", ""
                continue
            if _is_wide(token):
                self._word = ""  # a line may end before it
            whole = self._word + token
            moves = 0 < cell_len(self._word) < self._column - self._hang and cell_len(whole) <= room - self._hang
            line, rubbed = self._take_back(line) if moves else (line, "")
            done += [self._paint(role, line), rubbed]
            if moves or (not self._word and self._column > self._hang and cells <= room - self._hang):
                done.append(self._next_line())
            line = whole if moves else token
            while cell_len(line) > room - self._column:
                piece = fitting(line, room - self._column)
                if self._column > self._hang and cell_len(piece) > room - self._column:
                    piece = ""
                done += [self._paint(role, piece), self._next_line()]
                line = line[len(piece) :]
            self._column += cell_len(line)
            self._word = "" if _is_wide(token) else line
        done.append(self._paint(role, line))
        return "".join(done)

    def _mark(self, text: str, room: int) -> None:
        self._head += text[:_LONGEST_MARKER]
        marker = _MARKER.match(self._head)
        if marker and 2 * marker.end() < room:
            self._hang = max(self._least_hang, marker.end())

    def _next_line(self) -> str:
        self._column = self._hang
        return "\n" + self._prefix + " " * self._hang

    def _take_back(self, line: str) -> tuple[str, str]:
        """Take the word at the end back from what is not printed yet, and rub out what is."""
        kept = line[: max(0, len(line) - len(self._word))]
        printed = self._word[: max(0, len(self._word) - len(line))]
        cells = cell_len(printed)
        return kept, "\b" * cells + " " * cells

    def _break(self) -> str:
        begin = "" if self._started else self._prefix.rstrip(" ")
        self._column, self._word, self._started = 0, "", False
        self._hang, self._head = self._least_hang, ""
        return begin + "\n"


def _is_wide(token: str) -> bool:
    return len(token) == 1 and not token.isascii() and cell_len(token) > 1


def fitting(text: str, room: int) -> str:
    """Return the longest beginning of `text` that fits into `room` cells, but at least one character."""
    cells = 0
    for index, character in enumerate(text):
        cells += cell_len(character)
        if cells > room:
            return text[: max(1, index)]
    return text


def cut(text: str, room: int, ellipsis: str) -> tuple[str, str]:
    """Return as much of the beginning of `text` as fits into `room` cells, and a mark that says how much is missing.

    >>> cut("abcdefghij", 7, "…"), cut("abc", 7, "…")
    (('abc', '…+7'), ('abc', ''))
    """
    if cell_len(text) <= room:
        return text, ""
    widest = len(f"{ellipsis}+{len(text):,}")
    if room <= widest:  # there is room for one of the two
        return fitting(text, max(1, room)), ""
    kept = fitting(text, room - widest)
    return kept, f"{ellipsis}+{len(text) - len(kept):,}"
