r"""Text for a terminal as spans: its colours and weights become looks, all other sequences are left out. Pure.

A look is the name of one of the 16 colours, such as `red` or `bright-red`, `on-` before it for the background, or
`strong`, `faint`, `emphasis`, `underline`, `strike`. Colours of larger palettes become the nearest of the 16.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from observer.format.terminal_text import settle_lines
from observer.runs.rows.row_types import Span

if TYPE_CHECKING:
    from rich.color import Color
    from rich.style import Style

_COMMAND = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""A command to the terminal's window, such as its title, or the target of a link."""
COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_BRIGHT = 8
MAX_CHARS = 400_000
"""Characters of an output with colours; more than a writer keeps in a line."""


def ansi_spans(text: str) -> list[Span]:
    r"""Return a text as spans; where a carriage return went back in a line, only its last state remains.

    >>> ansi_spans("a \x1b[1;31mb\x1b[0m\tc")
    ['a ', ('b', 'red strong'), '\tc']
    """
    text = settle_lines(text)
    if "\x1b" not in text:
        return [text] if text else []
    from rich.ansi import AnsiDecoder  # noqa: PLC0415 - slow to import, and rarely needed

    # What begins a command and never ends stays visible; for rich, each one would be a search to the end of the line.
    text = _COMMAND.sub("", text[:MAX_CHARS]).replace("\x1b]", "\\x1b]")
    decoder, spans = AnsiDecoder(), list[Span]()
    for number, line in enumerate(text.split("\n")):
        if number:
            _add(spans, "\n", "")
        if "\x1b" not in line and not decoder.style:
            _add(spans, line, "")
            continue
        decoded = decoder.decode_line(line)
        position = 0
        for span in decoded.spans:  # in order, and none within another
            _add(spans, decoded.plain[position : span.start], "")
            _add(spans, decoded.plain[span.start : span.end], "" if isinstance(span.style, str) else _looks(span.style))
            position = span.end
        _add(spans, decoded.plain[position:], "")
    return spans


def _add(spans: list[Span], text: str, look: str) -> None:
    if not text:
        return
    last = spans[-1] if spans else None
    if not look and isinstance(last, str):
        spans[-1] = last + text
    elif look and isinstance(last, tuple) and last[1] == look:
        spans[-1] = (last[0] + text, look)
    else:
        spans.append((text, look) if look else text)


@lru_cache(maxsize=512)
def _looks(style: "Style") -> str:
    color, background = _name(style.color), _name(style.bgcolor)
    if style.reverse:
        color, background = background or "black", color or "white"
    if color == background:  # it would hide the text
        color = background = ""
    weights = (("strong", style.bold), ("faint", style.dim), ("emphasis", style.italic), ("underline", style.underline),
               ("strike", style.strike))  # fmt: skip
    names = [color, f"on-{background}" if background else "", *(name for name, is_set in weights if is_set)]
    return " ".join(name for name in names if name)


def _name(color: "Color | None") -> str:
    from rich.color import ColorSystem  # noqa: PLC0415 - as above

    number = None if color is None else color.downgrade(ColorSystem.STANDARD).number
    if number is None:
        return ""
    return f"bright-{COLORS[number - _BRIGHT]}" if number >= _BRIGHT else COLORS[number]
