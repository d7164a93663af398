"""The script and the style of the HTML report, each in one piece.

A Content-Security-Policy can allow a single inline script by its hash, but not modules that import one another.
"""

from functools import cache

from observer.web.assets.page_script import join_modules, read_page_file

ENTRY_POINT = "report.js"
STYLE_SHEETS = ("tokens.css", "run.css", "log.css", "blocks.css", "report.css")


@cache
def bundle_style() -> str:
    """Return the style of the report."""
    return "\n".join(map(read_page_file, STYLE_SHEETS))


@cache
def bundle_script() -> str:
    """Return the script of the report."""
    return join_modules(ENTRY_POINT)
