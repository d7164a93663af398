r"""Text from a run, made safe to print. Pure.

A run holds whatever a model, a tool or a web page said. Escape sequences would be executed by the terminal,
direction overrides would reorder what is read, invisible characters would hide. Each is replaced by its escape,
`\x1b` for ESC, so that it is visible and inert.
"""

import json
import re

_ALWAYS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, overrides and isolates
    "\u2028\u2029"  # line and paragraph separators
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f"  # invisible
    "\u3164\ufeff\uffa0\ufff0-\ufffb"  # invisible too
    "\ud800-\udfff"  # lone surrogates
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors
)
# Joiners shape emoji and Persian words; beside ASCII they only hide.
_JOINERS = "(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
_IN_PARAGRAPH = re.compile(f"[{_ALWAYS}]|{_JOINERS}")
_IN_LINE = re.compile(f"[{_ALWAYS}\t\n]|{_JOINERS}")


def clean_line(text: str) -> str:
    r"""Return `text` fit for one line of a terminal: a newline in it is shown as `\n`.

    >>> clean_line("a\x1b[31mb\nc")
    'a\\x1b[31mb\\nc'
    """
    return text if text.isprintable() else _IN_LINE.sub(_escape, text)


def clean_paragraph(text: str) -> str:
    r"""Return `text` fit for a terminal, its newlines kept, `\r\n` read as a newline, tabs as four spaces.

    >>> clean_paragraph("a\r\nb\rc")
    'a\nb\\rc'
    """
    if text.isprintable():
        return text
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if "\t" in text:
        text = text.expandtabs(4)
    return _IN_PARAGRAPH.sub(_escape, text)


def clean_json(line: bytes) -> bytes:
    r"""Return a line of JSON fit for a terminal; it is still the same JSON. A broken line is fit as well.

    >>> clean_json('{"text":"\x9b31m"}'.encode())
    b'{"text":"\\u009b31m"}'
    """
    text = line.decode("utf-8", "backslashreplace")
    clean = text if text.isprintable() else _IN_PARAGRAPH.sub(lambda match: json.dumps(match[0])[1:-1], text)
    return clean.encode()


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
