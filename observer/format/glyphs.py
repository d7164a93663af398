"""Defines the signs in and around words, in Unicode and in ASCII."""

from msgspec import Struct


class Glyphs(Struct, frozen=True):
    """One set of signs: `UNICODE` or `ASCII`.

    >>> ASCII.arrow
    '->'
    """

    tool: str = "●"
    result: str = "└"
    good: str = "✓"
    bad: str = "✗"
    blocked: str = "⊘"
    gutter: str = "│"
    rule: str = "─"
    full: str = "━"
    empty: str = "╌"
    ellipsis: str = "…"
    dot: str = "·"
    retry: str = "↻"
    thinking: str = "∴"
    plus: str = "+"
    minus: str = "\u2212"
    arrow: str = "→"
    times: str = "\u00d7"
    prompt: str = "▸"
    todo: str = "☐"
    doing: str = "◐"
    done: str = "☑"


UNICODE = Glyphs()
ASCII = Glyphs(
    "*", "`-", "ok", "x", "!", "|", "-", "#", ".", "...", "-", "~", ":", "+", "-", "->", "x", ">", "[ ]", "[>]", "[x]"
)
