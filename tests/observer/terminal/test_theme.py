"""Themes and colours."""

import pytest
from rich.color import Color, ColorSystem, ColorType
from rich.style import Style

from observer.errors import UsageError
from observer.terminal.theme import ASCII, THEMES, UNICODE, Paint, Role, load_theme


def test_a_theme_changes_some_styles_of_its_base() -> None:
    theme = load_theme({"base": "light", "tool": "bold #ff00ff"})

    assert (theme[Role.TOOL], theme[Role.WARNING], theme[Role.GOOD]) == ("bold #ff00ff", "#905200", "#007120")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("dracula", "available themes: default, light"),
        ({"tools": "red"}, "unknown theme key 'tools'"),
        ({"tool": "reddish"}, "invalid style 'reddish' for tool; use a style such as 'bold red'"),
        ({"base": ["light"]}, "available themes: default, light"),
    ],
)
def test_an_invalid_theme_is_rejected(config: str | dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_theme(config)


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_has_a_style_for_every_role(name: str) -> None:
    assert set(load_theme(name)) == set(Role)


def contrast(color: str, background: int) -> float:
    """Return the contrast of two colours as WCAG 2 defines it; the background is black (0) or white (255)."""
    triplet = Color.parse(color).get_truecolor()
    parts = [part / 255 for part in (triplet.red, triplet.green, triplet.blue)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 1.05 / (light + 0.05) if background else (light + 0.05) / 0.05


ON_ANY = ("default", "colorblind", "high-contrast")


@pytest.mark.parametrize(
    ("name", "background"), [*((name, each) for name in ON_ANY for each in (0, 255)), ("light", 255), ("dark", 0)]
)
def test_every_text_and_sign_of_a_theme_can_be_read_on_its_backgrounds(name: str, background: int) -> None:
    for role, style in THEMES[name].items():
        parsed = Style.parse(style or "none")
        assert not parsed.dim, role  # how dark that is, the terminal decides
        assert parsed.bgcolor is None
        if parsed.color is not None:
            assert parsed.color.type is ColorType.TRUECOLOR, role  # the terminal decides about the others, too
            assert contrast(parsed.color.name, background) >= (5.9 if name in {"light", "dark"} else 4.5), role


@pytest.mark.parametrize(
    ("name", "background"), [*((name, each) for name in ON_ANY for each in (0, 255)), ("light", 255)]
)
def test_on_a_terminal_with_256_colours_all_can_be_read_nearly_as_well(name: str, background: int) -> None:
    for style in THEMES[name].values():
        color = Style.parse(style or "none").color
        if color is not None:
            assert contrast(color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex, background) >= 3.8


def test_what_a_theme_tells_apart_by_colour_it_tells_apart_for_the_colour_blind_without_red_and_green() -> None:
    theme = THEMES["colorblind"]
    assert {theme[Role.GOOD], theme[Role.ADDED]}.isdisjoint({theme[Role.BAD], theme[Role.REMOVED], theme[Role.WARNING]})
    used = set(" ".join(theme.values()).split())
    assert used.isdisjoint({"#e91414", "#008927", "red", "green"})


def test_good_and_bad_differ_without_any_colour() -> None:
    theme = THEMES["high-contrast"]
    assert len({theme[role] for role in (Role.GOOD, Role.BAD, Role.WARNING)}) == 3


def test_text_is_painted_in_the_style_of_its_role() -> None:
    paint = Paint(ColorSystem.STANDARD)
    assert paint(Role.BAD, "no") == "\x1b[1;31mno\x1b[0m"
    assert paint(Role.PLAIN, "yes") == "yes"
    assert paint(Role.BAD, "") == ""
    assert not paint.colorless


def test_without_colours_text_is_unchanged() -> None:
    assert Paint(None).colorless
    assert Paint(None)(Role.BAD, "no") == "no"


def test_the_same_style_has_the_colours_of_each_terminal() -> None:
    systems = (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD)
    codes = [Paint(system)(Role.GOOD, "a") for system in systems]
    assert codes == ["\x1b[38;2;0;137;39ma\x1b[0m", "\x1b[38;5;28ma\x1b[0m", "\x1b[32ma\x1b[0m"]


def test_every_glyph_has_an_ascii_form() -> None:
    changed = [name for name in UNICODE.__struct_fields__ if getattr(UNICODE, name) != getattr(ASCII, name)]
    assert all(str(getattr(ASCII, name)).isascii() for name in ASCII.__struct_fields__)
    assert "good" in changed
