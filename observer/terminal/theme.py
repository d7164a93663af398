"""Colours and glyphs: the only place that knows them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import asdict, replace

from observer.errors import UsageError
from observer.format import glyphs
from observer.format.zone import UTC, Zone
from observer.runs.state.verdict import Verdict

if TYPE_CHECKING:
    from rich.color import ColorSystem


class Role(StrEnum):
    """The role of a piece of text; a theme decides how it looks."""

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
    HEADING = "heading"
    CODE = "code"
    LINK = "link"
    QUOTE = "quote"
    KEYWORD = "keyword"
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"
    NAME = "name"
    BUILTIN = "builtin"
    GUTTER_1 = "gutter-1"
    GUTTER_2 = "gutter-2"
    GUTTER_3 = "gutter-3"
    GUTTER_4 = "gutter-4"


GUTTERS = (Role.GUTTER_1, Role.GUTTER_2, Role.GUTTER_3, Role.GUTTER_4)

VERDICT_ROLES = {
    Verdict.WORKING: Role.GOOD,
    Verdict.IN_TOOL: Role.TOOL,
    Verdict.WAITING_ON_MODEL: Role.PLAIN,
    Verdict.RETRYING: Role.WARNING,
    Verdict.RATE_LIMITED: Role.WARNING,
    Verdict.WAITING_ON_HUMAN: Role.BLOCKED,
    Verdict.IDLE: Role.DIM,
    Verdict.STALLED: Role.BAD,
    Verdict.UNKNOWN: Role.DIM,
    Verdict.COMPLETE: Role.GOOD,
    Verdict.FAILED: Role.BAD,
    Verdict.INTERRUPTED: Role.WARNING,
    Verdict.ENDED: Role.WARNING,
    Verdict.CRASHED: Role.BAD,
}
OUTCOME_ROLES = {"success": Role.GOOD, "interrupted": Role.WARNING, "ended": Role.WARNING, "unknown": Role.WARNING}
"""Any other outcome is `Role.BAD`."""

Theme = Mapping[Role, str]
"""The style of each role, in the syntax of rich: `bold red`, `#7aa2f7 on default`, `not dim`."""


class _Palette(NamedTuple):
    """The colours of a theme, each of a contrast that `tests/observer/terminal/test_theme.py` computes."""

    red: str
    green: str
    amber: str
    blue: str
    magenta: str
    cyan: str
    violet: str
    gray: str


def _themed(palette: _Palette) -> Theme:
    """Return the styles of a theme. None is `dim`: what that looks like is the terminal's to decide."""
    red, green, amber, blue, magenta, cyan, violet, gray = palette
    return {
        Role.PLAIN: "", Role.DIM: gray, Role.STRONG: "bold", Role.THINKING: f"{gray} italic", Role.RULE: f"bold {blue}",
        Role.TOOL: f"bold {cyan}", Role.INPUT: "", Role.OUTPUT: gray, Role.GOOD: green, Role.BAD: f"bold {red}",
        Role.BLOCKED: f"bold {amber}", Role.WARNING: amber, Role.ADDED: green, Role.REMOVED: red, Role.LABEL: "italic",
        Role.HEADING: "bold", Role.CODE: cyan, Role.LINK: "underline", Role.QUOTE: gray, Role.KEYWORD: violet,
        Role.STRING: green, Role.NUMBER: cyan, Role.COMMENT: f"{gray} italic", Role.NAME: blue, Role.BUILTIN: magenta,
        Role.GUTTER_1: magenta, Role.GUTTER_2: cyan, Role.GUTTER_3: amber, Role.GUTTER_4: green,
    }  # fmt: skip


_ANY = _Palette("#e91414", "#008927", "#ad6300", "#3a6af5", "#d700af", "#00819e", "#9650e6", "#767676")
"""Of the few colours that have a contrast of 4.5 on black and on white."""
_ON_WHITE = _Palette("#c31111", "#007120", "#905200", "#3058cc", "#a82994", "#006b83", "#7c42bf", "#616161")
_ON_BLACK = _Palette("#ff3c3c", "#00ac31", "#dc7e00", "#5194ff", "#ff3ee1", "#00a2c8", "#c96bff", "#959595")

DEFAULT: Theme = _themed(_ANY)
THEMES: Mapping[str, Theme] = {
    "default": DEFAULT,
    "light": _themed(_ON_WHITE),
    "dark": _themed(_ON_BLACK),
    "high-contrast": {
        **dict.fromkeys(Role, ""), Role.STRONG: "bold", Role.THINKING: "italic", Role.RULE: "bold underline",
        Role.TOOL: "bold", Role.BAD: "bold reverse", Role.BLOCKED: "bold reverse", Role.WARNING: "bold underline",
        Role.ADDED: "bold", Role.REMOVED: "strike", Role.LABEL: "italic", Role.HEADING: "bold", Role.CODE: "bold",
        Role.LINK: "underline", Role.KEYWORD: "bold", Role.COMMENT: "italic",
    },
    "colorblind": {
        **DEFAULT, Role.GOOD: _ANY.blue, Role.BAD: f"bold {_ANY.amber} reverse", Role.ADDED: _ANY.blue,
        Role.REMOVED: _ANY.amber, Role.STRING: _ANY.cyan, Role.GUTTER_4: _ANY.blue,
    },
}  # fmt: skip
"""`default` and `colorblind`, which avoids red and green, suit every background; `high-contrast` has no colours."""


def load_theme(config: str | Mapping[str, str]) -> Theme:
    """Return the theme called `config`, or the theme that a table of styles by role makes of its `base`.

    Raises UsageError for an unknown theme or role, and for an invalid style.
    """
    changes = dict(config) if isinstance(config, Mapping) else {"base": config}
    base = changes.pop("base", "default")
    if not isinstance(base, str) or base not in THEMES:
        raise UsageError(f"unknown theme {base!r}; available themes: {', '.join(THEMES)}")
    for name, style in changes.items():
        if name not in set(Role):
            raise UsageError(f"unknown theme key {name!r}; valid keys: {', '.join(Role)}")
        if not _is_style(style):
            raise UsageError(f"theme: invalid style {style!r} for {name}; use a style such as 'bold red'")
    return {**THEMES[base], **{Role(name): style for name, style in changes.items()}}


def _is_style(style: str) -> bool:
    from rich.errors import StyleSyntaxError  # noqa: PLC0415 - only for styles of the user's
    from rich.style import Style  # noqa: PLC0415 - the same

    try:
        Style.parse(style)
    except (StyleSyntaxError, AttributeError, TypeError):
        return False
    return True


LOOKS = {"emphasis": "italic", "strike": "strike", "underline": "underline"}
"""The style of each look of a span in a row (docs/rows.md) that is the same in every theme."""
_ROLE_LOOKS = {
    "faint": Role.DIM, "target": Role.DIM, "black": Role.DIM, "red": Role.REMOVED, "green": Role.ADDED,
    "yellow": Role.GUTTER_3, "blue": Role.NAME, "magenta": Role.GUTTER_1, "cyan": Role.GUTTER_2, "white": Role.PLAIN,
}  # fmt: skip
"""Looks that are those of a role: so the colours of outputs that choose no background can be read in any theme."""
_COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_ON_BACKGROUND = {
    look: look.replace("on-", "on ").replace("bright-", "bright_")
    for color in _COLORS
    for look in (color, f"bright-{color}", f"on-{color}", f"on-bright-{color}")
}
"""The colours of outputs that choose a background: those of the terminal."""


class Paint:
    """Wraps text in the escape codes of its role, which are computed once.

    A role may be followed by looks of a span, separated by spaces: `plain strong link`; unknown ones change nothing.
    """

    def __init__(self, colors: "ColorSystem | None", theme: Theme = DEFAULT) -> None:
        self._colors, self._styles = colors, {str(role): style for role, style in theme.items()}
        self._codes = {role: _codes(style, colors) for role, style in self._styles.items()}
        self.colorless = not any(on for on, _ in self._codes.values())
        """Whether all text is returned unchanged."""

    def __call__(self, role: str, text: str) -> str:
        """Return `text` in the style of `role`."""
        codes = self._codes.get(role)
        if codes is None:
            codes = self._codes[role] = self._codes_of(role.split())
        on, off = codes
        return f"{on}{text}{off}" if on and text else text

    def _codes_of(self, names: list[str]) -> tuple[str, str]:
        if _ON_BACKGROUND.keys().isdisjoint(name for name in names if name.startswith("on-")):
            names = [_ROLE_LOOKS.get(name.removeprefix("bright-"), name) for name in names]
        known = {**LOOKS, **_ON_BACKGROUND, **self._styles}
        styles = [known.get(name, "") for name in names]
        return _codes(styles, self._colors)


class RowStyle(glyphs.Glyphs, frozen=True):
    """The glyphs of a view, the zone of its times, and how much of a text it shows; None for all of it."""

    zone: Zone = UTC

    max_chars: int | None = 400
    """Characters of a command or a message."""
    output_lines: tuple[int, int] | None = (3, 2)
    """Lines at the start and at the end of an output."""
    error_lines: tuple[int, int] | None = (4, 8)
    """The same for an output of a call that failed."""
    prompt_lines: tuple[int, int] | None = (6, 2)
    """The same for a prompt."""
    diff_lines: int | None = 8
    """Lines of a change."""
    run: str | None = ""
    """What `observe show` takes for the run; empty if that is its default, None if nothing is."""
    rest: str = ""
    """How to see what is left out of the blocks of a row, beside how much that is; empty if that is said elsewhere."""
    bullet: str = "•"
    quote: str = "▎"
    cross: str = "┼"

    def unlimited(self) -> "RowStyle":
        """Return the same glyphs, with nothing shortened."""
        return replace(self, max_chars=None, output_lines=None, error_lines=None, prompt_lines=None, diff_lines=None)


UNICODE = RowStyle()
ASCII = RowStyle(**asdict(glyphs.ASCII), bullet="-", quote=">", cross="+")


_ATTRIBUTES = ("bold", "dim", "italic", "underline", "blink", "reverse", "conceal", "strike", "underline2", "overline")


def _codes(style: str | list[str], colors: "ColorSystem | None") -> tuple[str, str]:
    """Return what to print before and after a text in one or more styles; nothing without colours."""
    if colors is None:
        return "", ""
    from rich.style import Style  # noqa: PLC0415 - slow to import, and not needed for a pipe

    styles = [style] if isinstance(style, str) else style
    combined = Style.combine([Style.parse(one or "none") for one in styles])
    # A new style: one that rich has parsed before keeps the codes of the colours that it was rendered with first.
    fresh = Style(
        color=combined.color, bgcolor=combined.bgcolor, **{name: getattr(combined, name) for name in _ATTRIBUTES}
    )
    on, _, off = fresh.render("\0", color_system=colors).partition("\0")
    return on, off
