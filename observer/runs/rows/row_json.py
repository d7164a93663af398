"""Encodes rows as JSON. Every text of a run passes here, once: what acts, reorders or hides is replaced by its escape.

Pure.
"""

import re
from typing import Any

import msgspec

from observer.format.event import Event, Malformed, decode
from observer.format.line import Line
from observer.format.sanitize import clean_text, is_clean
from observer.runs.rows.event_row import make_row, malformed_row
from observer.runs.rows.highlight import IsLate, highlight_blocks
from observer.runs.rows.row_types import Block, Row

_ENCODER = msgspec.json.Encoder()
_OWN_SIGNS = tuple(sign.encode() for sign in "…✓")
"""What rows of calls have beside the text of a run: without it, most of them are ASCII."""
_ESCAPES = re.compile(rb"\\[urbf]")
"""Escapes of JSON that may stand for something to be escaped; those of newlines and tabs do not."""


def encode_row(row: Row) -> bytes:
    r"""Return a row as one line of JSON.

    >>> encode_row(Row("info", title=["a\x1b[31mb"]))
    b'{"kind":"info","title":["a\\\\x1b[31mb"]}'
    """
    return _encode(row)


def encode_blocks(blocks: list[Block]) -> bytes:
    """Return blocks as one line of JSON."""
    return _encode(blocks)


def encode_line(line: Line, *, project: str = "", is_open: bool = False, is_late: IsLate | None = None) -> bytes | None:
    """Return the row of the event on a line as JSON; None for a blank line.

    With `is_late`, code is highlighted until that returns true.
    """
    decoded = decode(line)
    if isinstance(decoded, Event):
        row = make_row(decoded, project=project, is_open=is_open)
        if is_late is not None:
            highlight_blocks(row.blocks, is_late)
        return encode_row(row)
    return encode_row(malformed_row(decoded, is_open=is_open)) if isinstance(decoded, Malformed) else None


def _encode(value: Row | list[Block]) -> bytes:
    try:
        encoded = _ENCODER.encode(value)
    except UnicodeEncodeError:  # a lone surrogate
        encoded = b""
    if _is_clean(encoded):
        return encoded
    return _ENCODER.encode(_cleaned(msgspec.to_builtins(value)))


def _is_clean(encoded: bytes) -> bool:
    """Return whether there is certainly nothing to escape, and no escape of JSON but harmless ones."""
    if not encoded or _ESCAPES.search(encoded) is not None:
        return False
    if not encoded.isascii():
        for sign in _OWN_SIGNS:
            encoded = encoded.replace(sign, b"")
    return b"\x7f" not in encoded if encoded.isascii() else is_clean(encoded.decode())


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
