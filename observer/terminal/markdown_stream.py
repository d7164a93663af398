"""A Markdown text that arrives in pieces, as rows: each as soon as what follows cannot change it. Pure.

The text is parsed again with each piece, from the block on in which it stands; what was shown is not shown again. If
the parser reads in another way what was shown already, it stays as it is, and only what follows it is parsed.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from observer.terminal.markdown_settled import next_boundary, settled
from observer.terminal.row import Row, Span
from observer.terminal.table_rows import cut
from observer.terminal.theme import Role

MAX_PARSED = 4000
"""Characters of a block of code, or of a list, that are parsed again with each piece; of a longer one, what is new."""
MAX_FED = 64 * 1024
"""Characters taken at a time: to cut a block off what follows copies that, and the parser takes no more than some."""
_BLANK = Row((), 0)
_SHOWN_TEXT = "x"
"""Stands for the text of a line before the place from which on it is parsed."""
_SHOWN_ROW = Row(((Role.PLAIN, _SHOWN_TEXT),), 0)


class NewRows(Struct, gc=False):
    """What a piece of text adds: spans that continue the last row, and rows below it."""

    continued: list[Span] = []
    rows: list[Row] = []


class MarkdownStream:
    """Turns pieces of a text into rows; `render` returns the rows of a text that is complete."""

    def __init__(self, render: Callable[[str], list[Row]]) -> None:
        self._render = render
        self._text = ""
        """The source from the block on that is being read."""
        self._end = 0
        """How much of it was shown."""
        self._shown: list[Row] = []
        """Its rows that were shown."""
        self._is_below = False
        """Whether it is another block than the rows above it."""
        self._is_cut = False
        """Whether it was cut at a place that need not be the end of a block."""

    def feed(self, text: str) -> NewRows:
        """Return what can be shown now that `text` has arrived."""
        new = NewRows([], [])
        self._add(text, new)
        self._show_settled(new)
        return new

    def finish(self, text: str = "") -> NewRows:
        """Return the rest with a last `text`; if anything follows all the same, it continues the last row."""
        new = NewRows([], [])
        self._add(text, new)
        while not self._show(len(self._text), new):
            pass
        self._restart()
        return new

    def _add(self, text: str, new: NewRows) -> None:
        """Take a text, of which all but its last block is shown."""
        while len(text) > MAX_FED:
            end = text.rfind("\n", 0, MAX_FED) + 1 or MAX_FED
            self._add(text[:end], new)
            self._show_settled(new)
            text = text[end:]
        if self._is_cut and not self._text and text.startswith("\n"):
            self._is_below = True
        self._text += text
        self._pass_boundaries(new)

    def _show_settled(self, new: NewRows) -> None:
        while not self._show(settled(self._text), new):
            pass
        if len(self._text) > MAX_PARSED and self._end:
            self._forget()

    def _pass_boundaries(self, new: NewRows) -> None:
        """Show each block that has ended."""
        while boundary := next_boundary(self._text):
            if not self._show(boundary, new):
                continue
            rest = self._text[boundary:]
            self._is_below = self._is_below or bool(self._shown)
            self._text, self._end, self._shown = rest, max(0, self._end - boundary), []

    def _show(self, end: int, new: NewRows) -> bool:
        """Add what the source up to `end` has beyond what was shown.

        Return False if that would not follow what was shown, so that the source was cut there; then try again.
        """
        if end <= self._end:
            return True
        rows = self._render(self._text[:end])
        if not _continues(rows, self._shown):
            self._restart()
            return False
        added = rows[len(self._shown) :]
        if self._shown:
            last = len(self._shown) - 1
            rest = cut(rows[last].spans, len(_text(self._shown[last])))
            _append(new, rest)
        elif rows and self._is_below:
            new.rows.append(_BLANK)
        new.rows += added
        self._end, self._shown = end, rows
        return True

    def _forget(self) -> None:
        """Parse only what is new from now on; code remains code."""
        opening = self._text.partition("\n")[0]
        if opening.startswith(("```", "~~~")):
            if self._text[self._end - 1] == "\n":
                self._text, self._is_below = f"{opening}\n{self._text[self._end :]}", False
                self._end, self._shown = 0, []
        elif self._text[self._end - 1] == "\n":
            self._restart()

    def _restart(self) -> None:
        """Begin with what was not shown yet."""
        is_in_line = bool(self._end) and self._text[self._end - 1] != "\n"
        shown, self._text = self._text[: self._end], self._text[self._end :]
        self._is_cut, self._is_below, self._end, self._shown = True, shown.endswith("\n\n"), 0, []
        if is_in_line:  # what follows is text in a line, whatever it looks like
            self._text, self._end, self._shown = _SHOWN_TEXT + self._text, len(_SHOWN_TEXT), [_SHOWN_ROW]


def _append(new: NewRows, spans: Sequence[Span]) -> None:
    """Add spans to the last row."""
    if new.rows:
        new.rows[-1] = replace(new.rows[-1], spans=(*new.rows[-1].spans, *spans))
    else:
        new.continued += spans


def _continues(rows: Sequence[Row], shown: Sequence[Row]) -> bool:
    """Return whether rows begin with the text of those that were shown."""
    if len(rows) < len(shown):
        return False
    *above, last = zip(rows, shown, strict=False) if shown else [(_BLANK, _BLANK)]
    return all(_text(row) == _text(old) for row, old in above) and _text(last[0]).startswith(_text(last[1]))


def _text(row: Row) -> str:
    return "".join([text for _, text in row.spans])
