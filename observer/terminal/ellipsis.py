"""Texts that are cut to a number of cells, and say so with an ellipsis. Pure."""

from observer.terminal.cells import cell_len
from observer.terminal.line_breaks import line_parts
from observer.terminal.row import Span

LONG_WORD = 20
"""Cells up to which a word is left out if it has to be cut."""


def fit(text: str, cells: int) -> str:
    """Return the longest prefix of `text` that fits into `cells` cells, but at least one character."""
    used = 0
    for index, character in enumerate(text):
        used += cell_len(character)
        if used > cells:
            return text[: max(1, index)]
    return text


def ellipsize(text: str, cells: int, ellipsis: str) -> str:
    """Return `text` if it fits into `cells` cells, otherwise a prefix of it that ends in an ellipsis.

    >>> ellipsize("abcdefghij", 7, "…"), ellipsize("abc", 7, "…"), ellipsize("abc", 1, "…")
    ('abcdef…', 'abc', '…')
    """
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(ellipsis)
    prefix = fit(text, room)
    return prefix + ellipsis if cell_len(prefix) <= room else fit(ellipsis, cells)


def ellipsize_words(text: str, cells: int, ellipsis: str) -> str:
    """Return the same without the part of a word that is cut, unless it is the first one or a long one.

    >>> ellipsize_words("it took 1h 02m in all", 13, "…"), ellipsize_words("abcdefghij", 7, "…")
    ('it took …', 'abcdef…')
    """
    shortened = ellipsize(text, cells, ellipsis)
    end = len(shortened) - len(ellipsis)
    if shortened == text or not shortened.endswith(ellipsis):
        return shortened
    for match in line_parts().finditer(text):
        if match.start() < end < match.end() and cell_len(match[0]) <= LONG_WORD:
            whole = text[: match.start()].rstrip()
            return f"{whole} {ellipsis}" if whole else shortened
    return shortened


def ellipsize_spans(spans: list[Span], cells: int, ellipsis: str) -> list[Span]:
    """Return spans that together fit into `cells` cells; if they are more, the last one ends in an ellipsis."""
    shown: list[Span] = []
    for index, (role, text) in enumerate(spans):
        rest = "".join([text for _, text in spans[index:]])
        if cell_len(rest) <= cells:
            return [*shown, *spans[index:]]
        used = cell_len(text)
        if used + cell_len(ellipsis) > cells:
            return [*shown, (role, ellipsize(rest, cells, ellipsis))]
        shown.append((role, text))
        cells -= used
    return shown
