"""Parses filter options: comma-separated lists, numbers and times become a `Filter` and a start position. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from observer.errors import UsageError
from observer.format.timestamps import parse_duration
from observer.format.typed_time import parse_since, parse_until
from observer.format.zone import UTC, Zone
from observer.runs.filters.filter import KNOWN_STATUSES, KNOWN_TYPES, TEXT_TYPES, Filter
from observer.source.seek import StartPosition

if TYPE_CHECKING:
    from observer.runs.filters.pattern import Pattern

_RANGE = r"(\d{1,18})(?:-(\d{1,18}))?"
MAX_ITERATIONS = 10_000
"""Iterations that a filter may list: all of them are held in memory."""


def parse_names(values: Iterable[str] | None) -> frozenset[str]:
    """Return the names in the values of an option that can be repeated, each value a comma-separated list.

    Raises UsageError if there are values but no names: an unset shell variable must not select everything.

    >>> sorted(parse_names(["a,b", "c"]))
    ['a', 'b', 'c']
    """
    lists = list(values or ())
    names = frozenset(name.strip() for text in lists for name in text.split(",") if name.strip())
    if lists and not names:
        raise UsageError(f"no name in {', '.join(map(repr, lists))}; is a variable not set?")
    return names


def parse_iterations(values: Iterable[str] | None) -> frozenset[int]:
    """Return the numbers in `3`, `2,5` and `4-7`. Raises UsageError.

    >>> sorted(parse_iterations(["1,4-6"]))
    [1, 4, 5, 6]
    """
    numbers: set[int] = set()
    total = 0  # of all ranges together, as each alone may be small enough
    for text in parse_names(values):
        match = re.fullmatch(_RANGE, text)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last:
            raise UsageError(f'invalid value for --iteration: "{text}" is not a number or range; use 3, or 2,5, or 4-7')
        total += last + 1 - first
        if total > MAX_ITERATIONS:
            raise UsageError(
                f"invalid value for --iteration: more than {MAX_ITERATIONS:,} numbers; omit the option to match all"
            )
        numbers.update(range(first, last + 1))
    return frozenset(numbers)


def parse_pattern(text: str | None, *, ignore_case: bool = False) -> "Pattern | None":
    """Return the regular expression of `--grep`. Raises UsageError when it is invalid or not supported."""
    if text is None:
        return None
    from observer.runs.filters.pattern import Pattern  # noqa: PLC0415 - only where a pattern is used

    try:
        return Pattern(text, ignore_case=ignore_case)
    except ValueError as error:
        raise UsageError(f"invalid value for --grep: {error}") from None


def parse_since_option(option: str, text: str | None, now: float, zone: Zone = UTC) -> float | None:
    """Return the time from which on events are shown, in seconds since 1970. Raises UsageError."""
    try:
        return parse_since(text, now, zone) if text is not None else None
    except ValueError as error:
        raise UsageError(f"invalid value for {option}: {error}") from None


def parse_until_option(
    option: str, text: str | None, now: float, zone: Zone = UTC, since: float | None = None
) -> float | None:
    """Return the time up to which events are shown, in seconds since 1970. Raises UsageError."""
    try:
        return parse_until(text, now, zone, since) if text is not None else None
    except ValueError as error:
        raise UsageError(f"invalid value for {option}: {error}") from None


def parse_duration_option(option: str, text: str | None) -> float | None:
    """Return a duration in seconds. Raises UsageError."""
    try:
        return parse_duration(text) if text is not None else None
    except ValueError as error:
        raise UsageError(f"invalid value for {option}: {error}") from None


def build_filter(
    *,
    types: list[str] | None = None,
    exclude: list[str] | None = None,
    tools: list[str] | None = None,
    statuses: list[str] | None = None,
    agent: str | None = None,
    iteration: list[str] | None = None,
    errors: bool = False,
    grep: str | None = None,
    ignore_case: bool = False,
    where: Callable[[Sequence[bytes]], list[bool]] | None = None,
    since: str | None = None,
    until: str | None = None,
    from_seq: int | None = None,
    thoughts: bool = True,
    now: float,
    zone: Zone = UTC,
) -> Filter:
    """Return the filter for the values of the options; `now` is in seconds since 1970. Raises UsageError.

    `where` is that of the filter: what evaluates the expression is not pure.

    Times are in `zone`, unless they say otherwise.
    """
    begin = parse_since_option("--since", since, now, zone)
    return Filter(
        types=parse_names(types),
        exclude=parse_names(exclude) | (frozenset() if thoughts else TEXT_TYPES),
        tools=parse_names(tools),
        statuses=parse_names(statuses),
        agent=agent,
        iterations=parse_iterations(iteration),
        errors=errors,
        grep=parse_pattern(grep, ignore_case=ignore_case),
        where=where,
        since=begin,
        until=parse_until_option("--until", until, now, zone, begin),
        from_seq=from_seq,
    )


def unknown_names(event_filter: Filter) -> list[str]:
    """Return a sentence about each name in a filter that the format does not define, as it may be misspelled.

    >>> unknown_names(Filter(types=frozenset({"tool_uses"})))
    ["unknown type 'tool_uses': did you mean 'tool_use'?"]
    """
    checked = (
        ("type", event_filter.types | event_filter.exclude, KNOWN_TYPES),
        ("status", event_filter.statuses, KNOWN_STATUSES),
    )
    return [_suggest(what, name, known) for what, names, known in checked for name in sorted(names - known)]


def _suggest(what: str, name: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and rarely needed

    close = get_close_matches(name.lower(), known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(sorted(known))}"
    return f"unknown {what} {name!r}: {hint}"


def start_position(*, last: int | None, live: bool, event_filter: Filter) -> StartPosition:
    """Return the position at which reading starts: `last` matches before the end, or where the filter begins.

    Raises UsageError if the options conflict.
    """
    last_option = "--live" if live and last is None else "-n"
    last = 0 if live and last is None else last  # with --live, -n is the number of lines to start with
    options = [
        name
        for name, value in ((last_option, last), ("--from-seq", event_filter.from_seq), ("--since", event_filter.since))
        if value is not None
    ]
    if len(options) > 1:
        raise UsageError(f"{' and '.join(options)} cannot be combined: each sets the start")
    if last and not event_filter.matches_all:
        from observer.runs.filters.matched_lines import MatchedLines  # noqa: PLC0415 - slow to import, and rarely needed

        return StartPosition(last=last, matches=lambda: MatchedLines(event_filter))
    return StartPosition(last=last, seq=event_filter.from_seq, since=event_filter.since)
