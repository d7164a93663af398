"""The Python sources of the project, of which a process parses each at most once: several tests look at all of them."""

import ast
from functools import cache
from pathlib import Path


@cache
def syntax_tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module, which others use as well: do not change it."""
    return ast.parse(path.read_text("utf-8"))
