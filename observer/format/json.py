"""Values that came out of run files, as JSON. Pure."""

import json
from typing import Any

import msgspec


def encode(value: Any) -> bytes:
    r"""Return any value that JSON has as one line of JSON, in UTF-8.

    What msgspec refuses is escaped: lone surrogates, which file names and cut strings hold, and numbers beyond 64 bits.

    >>> encode({"about": "cut \ud800", "cost": 2**70})
    b'{"about":"cut \\ud800","cost":1180591620717411303424}'
    """
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(value, separators=(",", ":")).encode()
