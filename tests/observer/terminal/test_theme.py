"""Themes and colours."""

import pytest
from rich.color import ColorSystem

from observer.errors import UsageError
from observer.terminal.theme import ASCII, THEMES, UNICODE, Paint, Role, load_theme


def test_a_theme_changes_some_styles_of_its_base() -> None:
    theme = load_theme({"base": "light", "tool": "bold #ff00ff"})

    assert (theme[Role.TOOL], theme[Role.WARNING], theme[Role.GOOD]) == ("bold #ff00ff", "magenta", "green")


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


def test_text_is_painted_in_the_style_of_its_role() -> None:
    paint = Paint(ColorSystem.STANDARD)
    assert paint(Role.BAD, "no") == "\x1b[1;31mno\x1b[0m"
    assert paint(Role.PLAIN, "yes") == "yes"
    assert paint(Role.BAD, "") == ""
    assert not paint.colorless


def test_without_colours_text_is_unchanged() -> None:
    assert Paint(None).colorless
    assert Paint(None)(Role.BAD, "no") == "no"


def test_every_glyph_has_an_ascii_form() -> None:
    changed = [name for name in UNICODE.__struct_fields__ if getattr(UNICODE, name) != getattr(ASCII, name)]
    assert all(str(getattr(ASCII, name)).isascii() for name in ASCII.__struct_fields__)
    assert "good" in changed
