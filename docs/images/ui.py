"""Draws the pictures of `observe ui` in docs/ui.md: `python docs/images/ui.py`. Needs the extras `ui` and `dev`.

Shows the invented run of `make.py` without a terminal, and writes what is on the screen as SVG, in both themes.
"""

import asyncio
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from make import HERE, active_build, complete_build
from rich.color import ColorSystem

from observer.format.zone import UTC as UTC_ZONE
from observer.runs.listing.listing import Listing
from observer.source.locate import run_id
from observer.terminal.screen import Screen
from observer.terminal.theme import THEMES
from observer.terminal.ui.app import ObserverApp
from observer.terminal.ui.ui_options import UiOptions

SIZE = 120, 32
SETTLE_S = 3.0
"""Seconds until everything is on the screen."""
COLORS = {"dark": ("#0d1117", "#e6edf3"), "light": ("#ffffff", "#1f2328")}
"""The background and the text of each theme."""
RICH_COLORS = "#292929", "#c5c8c6"
"""Those in what rich writes."""
STEPS = {"list": (), "run": ("enter",), "detail": ("E", "enter")}
"""The keys that lead from one picture to the next."""
_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Fonts from the web, which nobody should have to load."""


def write_runs(directory: Path) -> None:
    """Write a run that goes on, and two that are over."""
    now = datetime.now(UTC)
    live = active_build(now)
    live.start = now - timedelta(seconds=live.now)
    for script in (live, *(complete_build(now - timedelta(hours=hours)) for hours in (3, 26))):
        script.run = f"{script.start:%Y%m%dT%H%M%SZ}-7f3a9c"
        (directory / f"{script.run}.ndjson").write_bytes(b"".join(script.lines_in_order()))


async def draw(directory: Path, theme: str) -> None:
    """Draw all pictures in a theme."""
    screen = Screen(width=lambda: SIZE[0], colors=ColorSystem.TRUECOLOR, theme=THEMES[theme])
    app = ObserverApp(UiOptions(
        run=None, directory=directory, screen=screen, other_zone=UTC_ZONE, list_runs=Listing(directory).read,
        name_of=run_id, typed_name=run_id,
    ))  # fmt: skip
    async with app.run_test(size=SIZE) as pilot:
        for name, keys in STEPS.items():
            await pilot.press(*keys)
            await pilot.pause(SETTLE_S)
            picture = _FONTS.sub("", app.export_screenshot(title="observe ui", simplify=True))
            for rich_color, color in zip(RICH_COLORS, COLORS[theme], strict=True):
                picture = picture.replace(rich_color, color)
            (HERE / f"ui-{name}-{theme}.svg").write_text(picture, "utf-8")


async def main() -> None:
    """Draw everything."""
    for theme in COLORS:
        with tempfile.TemporaryDirectory() as name:
            write_runs(Path(name))
            await draw(Path(name), theme)


if __name__ == "__main__":
    asyncio.run(main())
