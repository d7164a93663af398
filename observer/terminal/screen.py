"""The screen a view prints on: its width, colours and characters. Detected once, with the help of rich."""

import locale
import os
from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from observer.format.sanitize import clean_line, clean_paragraph
from observer.format.zone import UTC, Zone
from observer.terminal.preferences import Color
from observer.terminal.row import Span
from observer.terminal.theme import ASCII, DEFAULT, UNICODE, Paint, RowStyle, Theme

if TYPE_CHECKING:
    from rich.color import ColorSystem

_COLOR_VARIABLES = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE"})
"""Set where something other than a terminal, such as a CI log, shows colours."""


class Screen:
    """A terminal or a pipe.

    `width` is called for each paragraph, since terminals are resized; it returns a number of cells, or None for no
    limit. `can_move` says whether the terminal understands escape sequences that move the cursor, and `zone` is the
    time zone in which times are shown.
    """

    def __init__(
        self,
        *,
        width: Callable[[], int | None],
        colors: "ColorSystem | None" = None,
        unicode: bool = True,
        can_move: bool = False,
        theme: Theme = DEFAULT,
        zone: Zone = UTC,
    ) -> None:
        self.width = width
        self.zone = zone
        self.can_move = can_move
        self.paint = Paint(colors, theme)
        self._has_unicode = unicode
        self.glyphs: RowStyle = replace(UNICODE if unicode else ASCII, zone=zone)
        self.clean_line: Callable[[str], str] = clean_line if unicode else lambda text: _ascii(clean_line(text))
        """Make a text safe to print within one line: sanitized, and ASCII if the screen shows nothing else."""
        self.clean_paragraph: Callable[[str], str] = (
            clean_paragraph if unicode else lambda text: _ascii(clean_paragraph(text))
        )
        """Make a text safe to print as one or more lines."""

    @property
    def is_plain(self) -> bool:
        """Whether it is a pipe without colours, so that lines are only text, of any length."""
        return self.paint.colorless and self.width() is None

    @property
    def draws_markdown(self) -> bool:
        """Whether texts are drawn as Markdown: on a terminal with colours. Elsewhere they stay as they were written."""
        return not self.paint.colorless and self.width() is not None

    def can_show(self, text: str) -> bool:
        """Return whether it has all the characters of a text, however wide."""
        return self._has_unicode or text.isascii()

    def with_width(self, width: Callable[[], int | None]) -> "Screen":
        """Return a copy of the screen with another width."""
        screen = copy(self)
        screen.width = width
        return screen

    def with_zone(self, zone: Zone) -> "Screen":
        """Return a copy of the screen on which times are in another zone."""
        screen = copy(self)
        screen.zone, screen.glyphs = zone, replace(self.glyphs, zone=zone)
        return screen

    def with_run(self, run: str | None) -> "Screen":
        """Return a copy of the screen for a run, which is named for `observe show` as in `RowStyle`."""
        screen = copy(self)
        screen.glyphs = replace(self.glyphs, run=run)
        return screen

    def paint_spans(self, spans: Sequence[Span]) -> str:
        """Return the text of a row, with each span sanitized and in its colours."""
        if self.paint.colorless:
            return self.clean_line(spans[0][1] if len(spans) == 1 else "".join([text for _, text in spans]))
        return "".join([self.paint(role, self.clean_line(text)) for role, text in spans])


def detect_screen(stream: TextIO, theme: Theme = DEFAULT, zone: Zone = UTC, *, color: Color = Color.AUTO) -> Screen:
    """Return the screen that `stream` writes to, with respect for TERM, the locale and, unless `color` says whether
    colours are used, NO_COLOR and FORCE_COLOR, in this order."""
    is_terminal = stream.isatty()
    if color is Color.AUTO:
        colors = _colors(stream) if is_terminal or not _COLOR_VARIABLES.isdisjoint(os.environ) else None
    else:
        colors = _all_colors(stream) if color is Color.ALWAYS else None
    return Screen(
        width=(lambda: _columns(stream)) if is_terminal else (lambda: None),
        colors=colors,
        unicode=_supports_unicode(stream),
        can_move=understands_escapes(stream),
        theme=theme,
        zone=zone,
    )


def understands_escapes(stream: TextIO) -> bool:
    """Return whether `stream` is a terminal that understands escape sequences."""
    return stream.isatty() and os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")


def _colors(stream: TextIO) -> "ColorSystem | None":
    from rich.color import ColorSystem  # noqa: PLC0415 - not needed for a pipe
    from rich.console import Console  # noqa: PLC0415 - slow to import, and not needed for a pipe

    console = Console(file=stream)
    if console.no_color:
        return None
    return _system_of(console.color_system) or (ColorSystem.STANDARD if os.environ.get("FORCE_COLOR") else None)


def _all_colors(stream: TextIO) -> "ColorSystem":
    """Return the colours of the terminal on which another program shows what is written to `stream`."""
    from rich.color import ColorSystem  # noqa: PLC0415 - not needed for a pipe
    from rich.console import Console  # noqa: PLC0415 - slow to import, and not needed for a pipe

    return _system_of(Console(file=stream, force_terminal=True).color_system) or ColorSystem.STANDARD


def _system_of(name: str | None) -> "ColorSystem | None":
    from rich.color import ColorSystem  # noqa: PLC0415 - not needed for a pipe

    return None if name is None else ColorSystem[{"256": "EIGHT_BIT"}.get(name, name.upper())]


def _columns(stream: TextIO) -> int | None:
    try:
        return max(1, os.get_terminal_size(stream.fileno()).columns) or None
    except OSError:
        return None


def _supports_unicode(stream: TextIO) -> bool:
    """Return whether more than ASCII can be shown. Python writes UTF-8 in locale C, but a terminal may not read it."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    if name in {"C", "POSIX"}:
        return False
    return (stream.encoding or locale.getpreferredencoding()).lower().replace("-", "") == "utf8"
