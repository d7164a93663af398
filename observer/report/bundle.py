"""The one style and the one script of the page, made of its own files and of those that `observe serve` shares with it.

Each file is a module that says what it imports and what it exports. One script has no need of that: its parts follow
one another in an order in which all that is imported was there before, and each name is that of one thing.
"""

import re
from importlib.resources import files

from observer.assets import SHARED

STYLES = ("tokens.css", "report.css")
SCRIPTS = (
    "units.js", "sanitize.js", "dom.js", "theme.js", "naming.js", "story.js", "filter.js", "row.js", "heights.js",
    "log.js", "levels.js", "lanes.js", "view.js", "paint.js", "stage.js", "picture.js", "overview.js", "gestures.js",
    "chart.js", "main.js",
)  # fmt: skip
"""In this order they make up the one script of the page."""
_FOLDERS = (files("observer.report").joinpath("assets"), SHARED)
_IMPORT = re.compile(r'^import \{[^}\n]*\} from "\./[a-z]+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function\*?|class|async) )", re.MULTILINE)


def style() -> str:
    """Return the style of the page."""
    return "\n".join(map(asset, STYLES))


def script() -> str:
    """Return the script of the page."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", asset(name))) for name in SCRIPTS)


def asset(name: str) -> str:
    """Return one of the files that the page is made of."""
    (found,) = (file for folder in _FOLDERS if (file := folder.joinpath(name)).is_file())
    return found.read_text("utf-8")
