"""Joins a module of the page and all that it imports into one script, and puts it and all styles into the page.

Modules that import one another are found one by one, and a browser fetches six at a time: from a server that is far
away, forty of them take seconds. Each of several files takes a connection of its own, which is a round trip more. There
is nothing to build: the modules are joined whenever the server starts or a report is written. Each becomes a function
that returns what it exports, after those that it imports, so that no module sees the names of another. For this,
imports and exports have one form (tested). Types, which stand in comments of their own, are left out.
"""

import re
from importlib.resources import files

PAGE_DIRECTORY = files("observer.web").joinpath("page")
"""All scripts, styles and markup: of the page of `observe serve` and of the HTML report."""
_IMPORT = re.compile(r'^import (\{[^}\n]*\}) from "\./([a-z_]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function\*?|class|async) )", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:async )?(?:const|function\*?|class) (\w+)", re.MULTILINE)

_STYLES = re.compile(r'(?:<link rel="stylesheet" href="/page/[a-z_]+\.css">\n)+')
_STYLE = re.compile(r'href="/page/([a-z_]+\.css)"')
_SCRIPT = re.compile(r'<script type="module" src="/page/([a-z_]+\.js)"></script>\n')
_TYPES = re.compile(r"^ */\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)


def join_modules(entry_point: str) -> str:
    """Return a module and those that it needs as one script."""
    return "\n".join(map(_as_function, import_order(entry_point)))


def inline(markup: str) -> tuple[str, str, str]:
    """Return markup with the styles and the script that it links in it, that style and that script."""
    styles, script = _STYLES.search(markup), _SCRIPT.search(markup)
    if styles is None or script is None:
        raise ValueError("expected style sheets, and one script")
    style = "".join(map(read_page_file, _STYLE.findall(styles[0])))
    joined = join_modules(script[1])
    if "</style" in style or "</script" in joined:
        raise ValueError("a style or a script ends itself")
    page = markup.replace(styles[0], f"<style>{style}</style>\n").replace(script[0], "")
    end = page.rindex("</body>")  # the page is drawn before the script has come
    return f'{page[:end]}<script type="module">{joined}</script>\n{page[end:]}', style, joined


def import_order(entry_point: str) -> list[str]:
    """Return the modules that an entry point needs, each after those that it imports, itself last."""
    ordered: dict[str, None] = {}

    def visit(name: str, importers: tuple[str, ...]) -> None:
        if name in importers:
            raise ValueError(f"circular import: {' -> '.join((*importers, name))}")
        if name not in ordered:
            for _, imported in _IMPORT.findall(read_page_file(name)):
                visit(f"{imported}.js", (*importers, name))
            ordered[name] = None

    visit(entry_point, ())
    return list(ordered)


def read_page_file(name: str) -> str:
    """Return the text of a file of the page directory."""
    return PAGE_DIRECTORY.joinpath(name).read_text("utf-8")


def _as_function(module: str) -> str:
    source = _TYPES.sub("", read_page_file(module))
    body = _EXPORT.sub("", _IMPORT.sub(r"const \1 = module_\2;", source))
    name = f"module_{module.removesuffix('.js')}"
    return f"const {name} = (() => {{\n{body}\nreturn {{ {', '.join(_EXPORTED.findall(source))} }};\n}})();\n"
