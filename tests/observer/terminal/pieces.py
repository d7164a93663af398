"""Pieces of paragraphs with whatever programs may write in them, for tests of the views. Always the same for a seed."""

import json
from random import Random
from typing import Any

TEXTS: tuple[Any, ...] = (
    "plain ", "words ", "", " ", "a\nb", "\n", "end\n", "\r", "\r\n", "\tx", "\x1b[31m", "\x00", "é", "日本", "\u200d",
    "\ud800", "- item", "x" * 60, 5, None, True, [], {"a": 1},
)  # fmt: skip
MESSAGES: tuple[Any, ...] = ("m1", "m2", "", None, 1, True, 1.0, [], {})
BLOCKS: tuple[Any, ...] = (0, 1, 300, None, True, 1.0, "0", 2**60)
OTHERS: tuple[dict[str, Any], ...] = ({"replaces": "m0"}, {"replaces": None}, {"redacted": True}, {"more": 1})


def paragraphs(count: int, seed: int) -> bytes:
    """Return lines of which most continue the paragraph of the one before."""
    choose = Random(seed)
    message, block = MESSAGES[0], BLOCKS[0]
    lines = []
    for _ in range(count):
        if choose.random() < 0.1:
            message = choose.choice(MESSAGES)
        if choose.random() < 0.1:
            block = choose.choice(BLOCKS)
        text = choose.choice(TEXTS[:2]) if choose.random() < 0.7 else choose.choice(TEXTS)
        data = {"text": text, "message": message, "block": block}
        if choose.random() < 0.05:
            data |= choose.choice(OTHERS)
        lines.append({
            "timestamp": f"2026-11-23T01:12:{choose.randint(0, 61):02}.5{choose.choice(('', '00000'))}Z",
            "type": choose.choice(("thought",) * 20 + ("thinking", "thinking", "message", "info")),
            "iteration": choose.choice((None, 3, 3, 3, 10**6)),
            "parent": choose.choice((None,) * 20 + ("t1", "t2")),
            "data": data,
        })  # fmt: skip
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)
