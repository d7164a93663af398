"""The one place that knows colours and glyphs."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace
from rich.color import ColorSystem
from rich.style import Style


class Role(StrEnum):
    """What a piece of text is, rather than how it looks."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    THINKING = "thinking"
    RULE = "rule"
    TOOL = "tool"
    INPUT = "input"
    OUTPUT = "output"
    GOOD = "good"
    BAD = "bad"
    BLOCKED = "blocked"
    WARNING = "warning"
    ADDED = "added"
    REMOVED = "removed"
    LABEL = "label"
    GUTTER_1 = "gutter-1"
    GUTTER_2 = "gutter-2"
    GUTTER_3 = "gutter-3"
    GUTTER_4 = "gutter-4"


GUTTERS = (Role.GUTTER_1, Role.GUTTER_2, Role.GUTTER_3, Role.GUTTER_4)

THEME = {
    Role.PLAIN: "",
    Role.DIM: "dim",
    Role.STRONG: "bold",
    Role.THINKING: "dim italic",
    Role.RULE: "bold blue",
    Role.TOOL: "bold cyan",
    Role.INPUT: "",
    Role.OUTPUT: "dim",
    Role.GOOD: "green",
    Role.BAD: "bold red",
    Role.BLOCKED: "bold yellow",
    Role.WARNING: "yellow",
    Role.ADDED: "green",
    Role.REMOVED: "red",
    Role.LABEL: "italic",
    Role.GUTTER_1: "magenta",
    Role.GUTTER_2: "cyan",
    Role.GUTTER_3: "yellow",
    Role.GUTTER_4: "green",
}


class Paint:
    """Turns a role and a text into a string with its escape codes, each made once."""

    def __init__(self, colors: ColorSystem | None) -> None:
        self._codes = {role: _codes(style, colors) for role, style in THEME.items()}

    def __call__(self, role: Role, text: str) -> str:
        """Return `text` as `role` looks."""
        on, off = self._codes[role]
        return f"{on}{text}{off}" if on and text else text


class Glyphs(Struct, frozen=True):
    """The signs of the pretty view, and how much of a text it shows: characters of a command or message, lines of an
    output at its beginning and end, lines of one that failed, and lines of a change. None is all."""

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
    chars: int | None = 400
    lines: tuple[int, int] | None = (3, 2)
    error_lines: tuple[int, int] | None = (4, 8)
    diff_lines: int | None = 8

    def unshortened(self) -> "Glyphs":
        """Return the same signs, with nothing shortened."""
        return replace(self, chars=None, lines=None, error_lines=None, diff_lines=None)


UNICODE = Glyphs()
ASCII = Glyphs("*", "`-", "ok", "x", "!", "|", "-", "#", ".", "...", "-", "~", ":", "+", "-", "->", "x")


def _codes(style: str, colors: ColorSystem | None) -> tuple[str, str]:
    on, _, off = Style.parse(style or "none").render("\0", color_system=colors).partition("\0")
    return on, off
