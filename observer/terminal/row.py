"""Rows: text in pieces with their roles, before the width of the screen is known. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from observer.format.units import format_size
from observer.terminal.theme import Role, RowStyle

Span = tuple[str, str]
"""A role, which looks of spans of rows may follow (see `Paint`), and a text."""
RoleSpan = tuple[Role, str]
"""A role alone, and a text."""

MAX_PIPE_CHARS = 2000
"""Characters of a row that would be truncated on a screen, when the output is a pipe, which has no width."""

SEE_ALL = "--full"
"""The option that shows what is left out."""


def see_all(seq: int | None, run: str | None) -> str:
    """Return how to see what is left out of an event, for the end of a note that says how much that is.

    `run` names the run to the command: see `RowStyle`.

    >>> see_all(17, "20261123T011230Z-7f3a9c"), see_all(17, ""), see_all(None, "")
    ('--full, observe show 20261123T011230Z-7f3a9c --event 17', '--full, observe show --event 17', '--full')
    """
    if seq is None or run is None:
        return SEE_ALL
    return f"{SEE_ALL}, observe show {f'{run} ' if run else ''}--event {seq}"


class Row(Struct, frozen=True, gc=False):
    """One row of text.

    If it is wider than the screen it is wrapped, with `hang` cells before its continuation lines; with `truncate` it
    ends in an ellipsis instead. `prefix` precedes each of its lines, `lead`, which is as wide, the first one instead.
    A row that is `wide` may use the whole screen, where prose may not.
    """

    spans: tuple[Span, ...]
    hang: int = 2
    truncate: bool = False
    prefix: tuple[Span, ...] = ()
    lead: tuple[Span, ...] = ()
    wide: bool = False


def make_row(*spans: Span, hang: int = 2) -> Row:
    """Return a row of the spans that are not empty."""
    return Row(tuple([span for span in spans if span[1]]), hang)


def shorten(text: str, style: RowStyle, seq: int | None = None) -> str:
    """Return `text`, or its first characters and how many are missing; `seq` is the number of its event.

    >>> shorten("abcdef", RowStyle(max_chars=4))
    'abcd… (2 more characters, --full)'
    """
    limit = style.max_chars
    if limit is None or len(text) <= limit:
        return text
    return f"{text[:limit]}{style.ellipsis} ({len(text) - limit:,} more characters, {see_all(seq, style.run)})"


def cut_in_pipe(text: str, style: RowStyle) -> str:
    """Return a line that would be truncated on a screen, as it is written to a pipe."""
    return text if len(text) <= MAX_PIPE_CHARS else shorten(text, replace(style, max_chars=MAX_PIPE_CHARS))


def cut_lines(lines: list[str], style: RowStyle) -> list[str]:
    """Return lines that would be truncated on a screen, as they are written to a pipe."""
    if max(map(len, lines), default=0) <= MAX_PIPE_CHARS:
        return lines
    return [cut_in_pipe(line, style) for line in lines]


def excerpt(
    text: str, limits: tuple[int, int] | None, style: RowStyle, *, total_bytes: int, role: Role, seq: int | None = None
) -> list[Span]:
    """Return the lines of `excerpt_lines`; the one that says how many are missing is dimmed."""
    lines, note = excerpt_lines(text, limits, style, total_bytes=total_bytes, seq=seq)
    spans: list[Span] = [(role, line) for line in lines]
    if note is not None:
        spans[note] = Role.DIM, lines[note]
    return spans


def excerpt_lines(
    text: str, limits: tuple[int, int] | None, style: RowStyle, *, total_bytes: int, seq: int | None = None
) -> tuple[list[str], int | None]:
    """Return the first and the last lines of an output, and between them how many are missing.

    The index of the line that says so is returned too, None if no line is missing. `limits` are the numbers of first
    and last lines, None for all lines; `total_bytes` is the size of the whole output, of which `text` may be a part,
    `seq` the number of the event.
    """
    text = text.strip("\n")
    if not text:
        return [], None
    count = text.count("\n") + 1
    if limits is None or count <= sum(limits) + 1:  # a note that one line is missing would take the room of that line
        return [line.rstrip() for line in text.split("\n")], None
    first, last = limits
    missing = f"{count - first - last:,} more lines, {format_size(total_bytes)} in total"
    note = f"{style.ellipsis} {missing} ({see_all(seq, style.run)})"
    head, tail = _first_lines(text, first), _last_lines(text, last)
    return [*[line.rstrip() for line in head], note, *[line.rstrip() for line in tail]], first


def _first_lines(text: str, count: int) -> list[str]:
    """Return the first lines of a text that has more, without splitting or copying the rest."""
    end = -1
    for _ in range(count):
        end = text.index("\n", end + 1)
    return text[:end].split("\n")


def _last_lines(text: str, count: int) -> list[str]:
    start = len(text)
    for _ in range(count):
        start = text.rindex("\n", 0, start)
    return text[start + 1 :].split("\n")
