"""What the view prints on: how wide, in which colours, with which characters. Found out once, through rich."""

import locale
import os
from collections.abc import Callable, Sequence
from copy import copy
from typing import TextIO

from rich.color import ColorSystem

from observer.format.sanitize import clean_line, clean_paragraph
from observer.terminal.row import Span
from observer.terminal.theme import ASCII, DEFAULT, UNICODE, Glyphs, Paint, Theme

_COLORS_ANYWHERE = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE"})
"""What is set where something else than a terminal shows colours."""


class Screen:
    """A terminal or a pipe. `width` is asked before each paragraph, since terminals are resized; None: no limit.

    `moves` says whether the cursor can be moved about.
    """

    def __init__(
        self,
        *,
        width: Callable[[], int | None],
        colors: ColorSystem | None = None,
        unicode: bool = True,
        moves: bool = False,
        theme: Theme = DEFAULT,
    ) -> None:
        self.width = width
        self.moves = moves
        self.paint = Paint(colors, theme)
        self.glyphs: Glyphs = UNICODE if unicode else ASCII
        self.line: Callable[[str], str] = clean_line if unicode else lambda text: _ascii(clean_line(text))
        """Returns a text fit to be part of a line here: clean, and ASCII where nothing else can be shown."""
        self.paragraph: Callable[[str], str] = (
            clean_paragraph if unicode else lambda text: _ascii(clean_paragraph(text))
        )
        """Returns a text fit to be several lines here."""

    def narrowed(self, width: Callable[[], int | None]) -> "Screen":
        """Return the same screen with another width."""
        other = copy(self)
        other.width = width
        return other

    def painted(self, spans: Sequence[Span]) -> str:
        """Return the spans of a row one after another, each clean and in its colours."""
        if self.paint.colorless:
            return self.line(spans[0][1] if len(spans) == 1 else "".join([text for _, text in spans]))
        return "".join([self.paint(role, self.line(text)) for role, text in spans])


def screen_of(stream: TextIO, theme: Theme = DEFAULT) -> Screen:
    """Return the screen that `stream` writes to. NO_COLOR, FORCE_COLOR, TERM and the locale are respected."""
    terminal = stream.isatty()
    colors = _colors(stream) if terminal or not _COLORS_ANYWHERE.isdisjoint(os.environ) else None
    return Screen(
        width=(lambda: _columns(stream)) if terminal else (lambda: None),
        colors=colors,
        unicode=_speaks_unicode(stream),
        moves=terminal and os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"},
        theme=theme,
    )


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")


def _colors(stream: TextIO) -> ColorSystem | None:
    from rich.console import Console  # noqa: PLC0415 - takes longer to import than a pipe, which has none, may wait

    console = Console(file=stream)
    if console.no_color:
        return None
    if console.color_system is not None:
        return ColorSystem[{"256": "EIGHT_BIT"}.get(console.color_system, console.color_system.upper())]
    return ColorSystem.STANDARD if os.environ.get("FORCE_COLOR") else None


def _columns(stream: TextIO) -> int | None:
    try:
        return max(1, os.get_terminal_size(stream.fileno()).columns) or None
    except OSError:
        return None


def _speaks_unicode(stream: TextIO) -> bool:
    """Tell whether other than ASCII can be shown. Python writes UTF-8 in locale C too, the terminal may not read it."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    if named in {"C", "POSIX"}:
        return False
    return (stream.encoding or locale.getpreferredencoding()).lower().replace("-", "") == "utf8"
