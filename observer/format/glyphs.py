"""The signs that stand in and around words, for screens that can show Unicode and for those that cannot."""

from msgspec import Struct


class Glyphs(Struct, frozen=True):
    """One set of signs; `UNICODE` and `ASCII` are the two that there are.

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


UNICODE = Glyphs()
ASCII = Glyphs("*", "`-", "ok", "x", "!", "|", "-", "#", ".", "...", "-", "~", ":", "+", "-", "->", "x")
