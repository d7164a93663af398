r"""Escapes control characters of a run's text, so that it is safe to print. Pure.

A run contains whatever a model, a tool or a web page wrote. Escape sequences would be executed by the terminal,
direction overrides would reorder the text, invisible characters would hide some of it. Each is replaced by its escape,
`\x1b` for ESC, so that it is visible and inert.
"""

import re
from functools import cache, lru_cache

_ALWAYS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 except tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, overrides and isolates
    "\u2028\u2029"  # line and paragraph separators
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f"  # invisible
    "\u3164\ufeff\uffa0\ufff0-\ufffb"  # invisible too
    "\ud800-\udfff"  # lone surrogates
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and musical format controls, invisible
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors
)
_JOINERS = "\u200c\u200d"


@cache
def _clean() -> re.Pattern[str]:
    """Return what matches a text without anything to escape, as far as known; to compile it takes 4 ms.

    It has what none of the others has, but for rare planes: looking for what is there takes a quarter of the time.
    """
    return re.compile(
        "[\n -~\u00a0-\u00ac\u00ae-\u034e\u0350-\u061b\u061d-\u115e\u1161-\u17b3\u17b6-\u180d\u180f-\u1fff"
        "\u2010-\u2027\u2030-\u205f\u2070-\u3163\u3165-\ud7ff]*"
    )


@cache
def _in_paragraph() -> re.Pattern[str]:
    """Return what finds each character to escape in a text of several lines."""
    return re.compile(f"[{_ALWAYS}{_JOINERS}]")  # one class, as alternatives are much slower


@cache
def _in_line() -> re.Pattern[str]:
    """Return what finds each character to escape in one line."""
    return re.compile(f"[{_ALWAYS}{_JOINERS}\t\n]")


def is_clean(text: str) -> bool:
    r"""Return whether nothing in lines that `\n` separates is to be escaped; False if that is not known.

    >>> is_clean("● a\nb"), is_clean("a\x1b"), is_clean("a\tb")
    (True, False, False)
    """
    return _clean().fullmatch(text) is not None


def clean_line(text: str) -> str:
    r"""Return `text` safe for one line of a terminal: a newline in it is displayed as `\n`.

    >>> clean_line("a\x1b[31mb\nc")
    'a\\x1b[31mb\\nc'
    """
    if text.isascii() and text.isprintable():
        return text
    glyph, space, rest = text.partition(" ")
    if rest.isascii() and rest.isprintable():  # only our own glyph precedes it, and searching the text is slow
        return _clean_glyph(glyph) + space + rest
    if text.isprintable() and len(text.encode("latin-1", "ignore")) == len(text):
        return text  # what is to be escaped below U+0100 is not printable; further up, some of it is
    return _in_line().sub(_escape, text)


@lru_cache(maxsize=64)
def _clean_glyph(glyph: str) -> str:
    return _in_line().sub(_escape, glyph)


def clean_paragraph(text: str) -> str:
    r"""Return `text` safe for a terminal: newlines are kept, `\r\n` becomes a newline, tabs become spaces.

    >>> clean_paragraph("a\r\nb\rc")
    'a\nb\\rc'
    """
    if text.isascii() and text.isprintable():
        return text
    return clean_text(text.replace("\r\n", "\n").expandtabs(4) if "\t" in text else text)


def clean_text(text: str) -> str:
    r"""Return `text` safe to be shown: newlines and tabs are kept, `\r\n` becomes a newline.

    >>> clean_text("a\r\n\tb\rc")
    'a\n\tb\\rc'
    """
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    plain = text.isascii() and text.replace("\n", "").isprintable()
    return text if plain else _in_paragraph().sub(_escape, text)


def clean_json(line: bytes) -> bytes:
    r"""Return a line of JSON made safe for a terminal, with the same meaning. A malformed line is made safe too.

    >>> clean_json('{"text":"\x9b31m"}'.encode())
    b'{"text":"\\u009b31m"}'
    """
    text = line.decode("utf-8", "backslashreplace")
    if text.isascii() and text.isprintable():
        return line
    return _in_paragraph().sub(_escape_in_json, text).encode()


def _escape(match: re.Match[str]) -> str:
    return match[0] if _joins(match) else match[0].encode("unicode_escape").decode("ascii")


def _escape_in_json(match: re.Match[str]) -> str:
    import json  # noqa: PLC0415 - few lines have anything to escape

    return match[0] if _joins(match) else json.dumps(match[0])[1:-1]


def _joins(match: re.Match[str]) -> bool:
    """Return whether this joiner has an effect, as in emoji and Persian words; next to ASCII it is merely invisible."""
    text, index = match.string, match.start()
    inside = 0 < index < len(text) - 1
    return match[0] in _JOINERS and inside and text[index - 1] > "\x7f" and text[index + 1] > "\x7f"
