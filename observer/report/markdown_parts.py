"""Builds code spans, lists and tables of Markdown that are bounded in length. Pure.

Text of a run is only in code spans, where it cannot mention people, load images or look like a heading.
"""

import re
from collections.abc import Iterable, Sequence

from observer.format.sanitize import clean_line

MAX_ROWS = 30
"""Rows of a table, and items of a list."""
_MAX_LENGTH = 7000
"""Characters of a table or a list: the first seven of them always fit into one comment."""
_MAX_CODE = 160
"""Characters of a code span."""
_PIPE = "\\|"
"""A vertical bar in a cell; anywhere else in a code span the backslash would be visible."""
_BACKTICKS = re.compile("`+")


def code(text: str, limit: int = _MAX_CODE) -> str:
    """Return text of the run as a code span, sanitized; empty if there is none.

    >>> code("a `b`"), code("one two three", 7), code(" ")
    ('`` a `b` ``', '`one two … (13 characters)`', '')
    """
    clean = clean_line(text).strip()
    if not clean:
        return ""
    if len(clean) > limit:
        clean = f"{clean[:limit].rstrip()} … ({len(clean):,} characters)"
    longest_run = max((len(ticks) for ticks in _BACKTICKS.findall(clean)), default=0)
    fence = "`" * (longest_run + 1)
    padding = " " if clean.startswith("`") or clean.endswith("`") else ""
    return fence + padding + clean + padding + fence


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, shown: str = "first") -> str:
    """Return a table; `shown` says whether the first or the last rows are kept of a long one."""
    lines = [f"| {' | '.join(cell.replace('|', _PIPE) for cell in row)} |" for row in rows]
    if not lines:
        return ""
    head = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    return _titled(title, head, lines, shown)


def bullets(title: str, items: Iterable[str], *, shown: str = "first") -> str:
    """Return a list; `shown` says whether the first or the last items are kept of a long one."""
    lines = [f"- {item}" for item in items]
    return _titled(title, [], lines, shown) if lines else ""


def collapsed(title: str, body: str) -> str:
    """Return a body that a reader opens; empty if it is empty."""
    return f"<details><summary>{title}</summary>\n\n{body}\n</details>\n" if body else ""


def _titled(title: str, head: list[str], lines: list[str], shown: str) -> str:
    kept = _keep(lines if shown == "first" else lines[::-1])
    note = ["", f"The {shown} {len(kept)} of {len(lines):,}."] if len(kept) < len(lines) else []
    heading = [f"#### {title}", ""] if title else []
    return "\n".join([*heading, *head, *(kept if shown == "first" else kept[::-1]), *note, ""])


def _keep(lines: list[str]) -> list[str]:
    length, kept = 0, 0
    for line in lines[:MAX_ROWS]:
        length += len(line) + 1
        if kept and length > _MAX_LENGTH:
            break
        kept += 1
    return lines[:kept]
