"""The width of texts on a screen, in cells. Pure."""

import re

from msgspec.structs import astuple

from observer.format.glyphs import UNICODE

_CHARS = f" -~{re.escape(''.join(astuple(UNICODE)))}"
"""ASCII and our glyphs: a cell each."""
_NARROW, _NARROW_LINES = re.compile(f"[{_CHARS}]*"), re.compile(f"[\n{_CHARS}]*")


def cell_len(text: str) -> int:
    """Return the number of cells that a text takes; of one that has no other characters than those, sooner.

    >>> cell_len("└ ✓ 2s"), cell_len("日本")
    (6, 4)
    """
    if (text.isascii() and text.isprintable()) or _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len as cells_of  # noqa: PLC0415 - its tables are only needed for other texts

    return cells_of(text)


def is_narrow(text: str) -> bool:
    r"""Return whether lines have only printable characters that are one cell wide: those of ASCII, and our glyphs.

    >>> is_narrow("└ ✓ 2s\na"), is_narrow("日本"), is_narrow("\x1b")
    (True, False, False)
    """
    return _NARROW_LINES.fullmatch(text) is not None
