"""Joins the modules and style sheets that the HTML report needs into one script and one style.

A Content-Security-Policy can allow a single inline script by its hash, but not modules that import one another. So the
modules reachable from the entry point are concatenated, each after those that it imports, without their `import` lines
and `export` keywords. For this, imports have one form and no two of these modules declare the same name (tested).
"""

import re
from functools import cache

from observer.web.static import PAGE_DIRECTORY

ENTRY_POINT = "report.js"
STYLE_SHEETS = ("tokens.css", "report.css")
_IMPORT = re.compile(r'^import \{[^}\n]*\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function\*?|class|async) )", re.MULTILINE)


@cache
def bundle_style() -> str:
    """Return the style of the report."""
    return "\n".join(map(read_page_file, STYLE_SHEETS))


@cache
def bundle_script() -> str:
    """Return the script of the report."""
    sources = (_IMPORT.sub("", read_page_file(name)) for name in import_order(ENTRY_POINT))
    return "\n".join(_EXPORT.sub("", source) for source in sources)


def import_order(entry_point: str) -> list[str]:
    """Return the modules that an entry point needs, each after those that it imports, itself last."""
    ordered: dict[str, None] = {}

    def visit(name: str, importers: tuple[str, ...]) -> None:
        if name in importers:
            raise ValueError(f"circular import: {' -> '.join((*importers, name))}")
        if name not in ordered:
            for imported in _IMPORT.findall(read_page_file(name)):
                visit(imported, (*importers, name))
            ordered[name] = None

    visit(entry_point, ())
    return list(ordered)


def read_page_file(name: str) -> str:
    """Return the text of a file of the page directory."""
    return PAGE_DIRECTORY.joinpath(name).read_text("utf-8")
