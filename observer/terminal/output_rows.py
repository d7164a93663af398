r"""Lines of a tool's output in the colours that it has chosen, with its tabs as spaces. Pure.

Only sequences that set colours and weights mean something; all others stay, and are shown as visible escapes.
"""

import re
from collections.abc import Sequence

from observer.runs.rows.ansi import MAX_CHARS, ansi_spans
from observer.terminal.cells import cell_len
from observer.terminal.row import Span
from observer.terminal.table_rows import looks_of
from observer.terminal.theme import Role

TAB_CELLS = 8
"""Cells between two tab stops, as in terminals."""
_OTHER_SEQUENCE = re.compile(r"\x1b(?!\[[\d;:]*m)")


def output_lines(lines: Sequence[str], role: str) -> list[list[Span]]:
    r"""Return the spans of each line, plain ones in `role`; a colour lasts until another one is set, as in a terminal.

    >>> output_lines(["\x1b[31ma", "b\x1b[0m\tc\x1b[2J"], "output")
    [[('plain red', 'a')], [('plain red', 'b'), ('output', '       c\\x1b[2J')]]
    """
    text = "\n".join(lines)
    if "\x1b" not in text or len(text) > MAX_CHARS:
        return [[(role, _without_tabs(line, 0))] if line else [] for line in lines]
    escaped = _OTHER_SEQUENCE.sub(r"\\x1b", text.replace("\r", r"\r"))
    shown: list[list[Span]] = [[]]
    for span in ansi_spans(escaped):
        look, part = (role, span) if isinstance(span, str) else looks_of(Role.PLAIN, span)
        first, *others = part.split("\n")
        _add(shown[-1], look, first)
        for line in others:
            shown.append([])
            _add(shown[-1], look, line)
    return shown


def _add(line: list[Span], look: str, text: str) -> None:
    if text:
        column = sum([cell_len(part) for _, part in line]) if "\t" in text else 0
        line.append((look, _without_tabs(text, column)))


def _without_tabs(text: str, column: int) -> str:
    """Return a text that begins in a column with spaces up to the tab stops."""
    if "\t" not in text:
        return text
    *parts, last = text.split("\t")
    spaced: list[str] = []
    for part in parts:
        column += cell_len(part)
        spaced += [part, " " * (TAB_CELLS - column % TAB_CELLS)]
        column += len(spaced[-1])
    return "".join([*spaced, last])
