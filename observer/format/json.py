"""Encodes values that were read from run files as JSON. Pure."""

from typing import Any

import msgspec


def encode(value: Any) -> bytes:
    r"""Return any JSON value, which may contain structs, as one line of JSON, in UTF-8.

    This includes values that msgspec refuses: lone surrogates, which occur in file names and truncated strings, and
    integers beyond 64 bits.

    >>> encode({"about": "cut \ud800", "cost": 2**70})
    b'{"about":"cut \\ud800","cost":1180591620717411303424}'
    """
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):
        import json  # noqa: PLC0415 - rarely needed

        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()
