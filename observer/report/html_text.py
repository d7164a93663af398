"""Makes text of a run safe to be part of an HTML page: on one line, sanitized, bounded and escaped. Pure."""

from collections.abc import Callable
from html import escape
from urllib.parse import quote

from observer.format.zone import UTC
from observer.report.truncate import truncate_line

MAX_TEXT_LINE = 400
"""Characters of a command line or path at the head of the page."""

Link = Callable[[int], str]
"""Returns the address, within the page, of the event that begins at an offset."""


def links_to(run: str) -> Link:
    """Return what makes the addresses of a run's events: as the URL of the page names a place.

    >>> links_to("a:b")(17)
    '#a%3Ab:@17'
    """
    name = quote(run, safe="")
    return lambda offset: f"#{name}:@{offset}"


def safe(text: str) -> str:
    """Return text of the run as text of the page."""
    return escape(truncate_line(text, MAX_TEXT_LINE))


def code(text: str) -> str:
    """Return text of the run as code of the page; empty if there is none."""
    return f"<code>{safe(text)}</code>" if text else ""


def render_time(text: str, seconds: float | None) -> str:
    """Return a time in words, which is `seconds` since 1970, as an element; empty if there are none."""
    return f'<time datetime="{UTC.timestamp(seconds)}">{escape(text)}</time>' if text else ""
