"""Finds text that is encoded in base64, so that a secret cannot hide in it."""

import base64
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from agent.runlog.redaction.expressions import compile_expression

GROUP = r"[CDI-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
"""Four characters of base64 that are three of ASCII, as the high bits say; the first is no control character."""
CLUE = rf"(?:{GROUP}){{6}}"
"""Text of 18 characters in base64. Hardly any path, ID or hash is."""

_RUN = re.compile(
    r"(?:[A-Za-z0-9+/_-]{60,76}(?:\r?\n|\\+n)[ \t]*)+[A-Za-z0-9+/_-]*={0,2}|[A-Za-z0-9+/_-]+={0,2}", re.ASCII
)
_BEFORE = re.compile(r"[A-Za-z0-9+/_-]*\Z", re.ASCII)
_MAX_BEFORE = 256
_BREAK = re.compile(r"\\+n|\s+")
_URL_SAFE = str.maketrans("-_", "+/")


@cache
def _clue() -> Any:
    return compile_expression(CLUE)


def encoded_texts(text: str, encoded: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield where `text`, which in UTF-8 is `encoded`, contains other texts in base64, and what they are."""
    position = byte = start = 0
    while (match := _clue().search(encoded, position)) is not None:
        start += len(encoded[byte : match.start()].decode("utf-8", "surrogatepass"))
        byte, position = match.start(), match.start() + 1
        if (run := _run_around(text, start)) is not None:
            begin, end = run
            yield begin, end, _decode(text[begin:end])
            position = max(position, byte + len(text[start:end].encode("utf-8", "surrogatepass")))


def _run_around(text: str, start: int) -> tuple[int, int] | None:
    """Return where the base64 begins and ends of which a part begins at `start`."""
    before = _BEFORE.search(text, max(0, start - _MAX_BEFORE), start)
    # Characters in front may belong to it: one that is not ASCII is not in a group like the others.
    begin = start - ((start - before.start()) // 4 * 4 if before else 0)
    run = _RUN.match(text, begin)
    return run.span() if run else None


def _decode(run: str) -> str:
    encoded = _BREAK.sub("", run).rstrip("=").translate(_URL_SAFE)
    encoded = encoded[: len(encoded) - (len(encoded) % 4 == 1)]
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-8", "replace")
