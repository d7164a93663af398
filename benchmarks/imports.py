"""Measures what the imports before the first screen of `observe tail` cost, by package.

    python benchmarks/imports.py

A package's share includes what it imports itself, unless a package above it in the table has imported that already.
"""

import os
import re
import statistics
import subprocess
import sys
from collections import defaultdict

from table import Layout, Table

PACKAGES = ("typer", "msgspec", "asyncio", "aiofiles")
"""What the first screen needs in a pipe besides Python and our own modules, in the order of the imports."""
OURS = "observer.cli.tail, observer.source.file, observer.terminal.viewer, observer.terminal.pretty_view"
REST = "observer"
_ROWS = {name.partition(".")[0]: name for name in (*PACKAGES, REST)}
_LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")
_MS = 1000.0
IMPORTING = Layout(
    "imports",
    ("import", "ms"),
    (*PACKAGES, REST),
    "A package's share includes what it imports, unless one above it did. `-X importtime` itself takes time.",
)


def layouts() -> list[Layout]:
    """Return the tables that are measured."""
    return [IMPORTING]


def measure(times: int = 9) -> list[Table]:
    """Measure the imports, each in a process of its own; return the medians."""
    table = IMPORTING.table("What is imported before the first screen of `observe tail`")
    results: dict[str, list[float]] = defaultdict(list)
    for _ in range(times + 1):
        for name, milliseconds in _shares().items():
            results[name].append(milliseconds)
    for name in IMPORTING.rows:
        table.add(name, round(statistics.median(results[name][1:]), 1))  # the first one may have had to compile
    return [table]


def _shares() -> dict[str, float]:
    """Return the milliseconds of one process's imports by package."""
    code = "".join(f"import {name}\n" for name in (*PACKAGES, OURS))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    shares: dict[str, float] = defaultdict(float)
    inner = 0.0
    """Milliseconds of imports whose importer is not printed yet: that stands below them, less indented."""
    for match in _LINE.finditer(result.stderr):
        own, _, indent, name = match.groups()
        inner += int(own) / _MS
        if indent:
            continue
        if (row := _ROWS.get(name.partition(".")[0])) is not None:
            shares[row] += inner
        inner = 0.0
    return shares


if __name__ == "__main__":
    for measured in measure():
        measured.print()
