"""Query parameters of a URL: the same filters as `observe tail`, and where to begin. Pure."""

import re
from collections.abc import Hashable, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum, StrEnum, auto
from typing import TypeVar

from msgspec import Struct

from observer.errors import UsageError
from observer.runs.filters import filter_options
from observer.runs.filters.filter import Filter
from observer.runs.listing.run_filter import RunFilter, parse_verdicts
from observer.runs.listing.run_order import GroupKey, SortKey
from observer.runs.window.cursor import Cursor, parse_cursor
from observer.source.seek import StartPosition
from observer.web.errors import HTTPError
from observer.web.run_list.list_view import ListQuery

MAX_PATTERN = 500
"""Characters of a regular expression."""
MAX_INSTRUCTIONS = 2000
"""Size of a compiled regular expression. It bounds the time spent on one line, where a search cannot be cancelled."""
MAX_LINES = 2000
DEFAULT_LINES = 500
_MAX_BACK = 1_000_000
"""The largest N of `from=-N`."""
_SAME_TIME_S = 60.0
"""Seconds for which the hits of a filter with a relative time are those of the request that asked first."""
_MAX_NAME = 50
"""Characters of an unknown parameter that an error quotes."""
_BACK = re.compile(r"-([0-9]{1,18})")

Choice = TypeVar("Choice", bound=StrEnum)
Query = Mapping[str, Sequence[str]]
"""The values of each parameter."""

FILTER_PARAMETERS = frozenset({
    "type", "exclude", "tool", "status", "agent", "iteration", "errors", "grep", "i", "since", "until", "no_thoughts",
    "no_content", "as",
})  # fmt: skip
STREAM_PARAMETERS = FILTER_PARAMETERS | {"from", "last", "follow"}
LINES_PARAMETERS = FILTER_PARAMETERS | {"before", "after", "around", "seq", "time", "limit"}
RUN_FILTER_PARAMETERS = frozenset({"verdict", "project", "active_since", "about", "text"})
"""Select runs of the directory, as the options of `observe list` do; `since` and `grep` are about their events."""
RUNS_PARAMETERS = RUN_FILTER_PARAMETERS | {"limit", "before"}
LIST_PARAMETERS = RUN_FILTER_PARAMETERS | {"sort", "group", "limit", "run"}
HIT_PARAMETERS = FILTER_PARAMETERS | {"after", "before", "at"}
STEP_PARAMETERS = frozenset({"after", "before"})
PAIR_PARAMETERS = frozenset({"first", "second"})
ROW_PARAMETERS = frozenset({"at", "first"})


class ClientFilter(Struct, frozen=True):
    """The lines that a client wants; without `content`, free text is removed from them. They may be sent `as_rows`."""

    choice: Filter
    content: bool = True
    as_rows: bool = False

    @property
    def passes_all(self) -> bool:
        """Whether every line is sent unchanged."""
        return self.content and self.choice.matches_all


class FileEdge(Enum):
    """An end of a run file."""

    START = auto()
    END = auto()


class Direction(Enum):
    """The place of the lines of a page, relative to a position."""

    BEFORE = auto()
    AFTER = auto()
    AROUND = auto()


class PageRequest(Struct, frozen=True):
    """At most `limit` lines in one direction from a position."""

    direction: Direction
    position: FileEdge | Cursor | StartPosition
    limit: int


def check_names(query: Query, known: frozenset[str]) -> None:
    """Raise HTTPError 400 for a parameter that is not known: one that is misspelled would return everything.

    The token, as a printed URL has it, is accepted everywhere.
    """
    for name in query:
        if name not in known and name != "token":
            near = get_close_matches(name, known, n=1)
            names = f"use one of {', '.join(sorted(known))}" if known else "this URL takes none"
            hint = f"did you mean {near[0]}?" if near else names
            raise HTTPError(400, f'unknown parameter "{name[:_MAX_NAME]}"; {hint}')


def parse_filter(query: Query, now: float) -> ClientFilter:
    """Return the filter of a query; `now` is in seconds since 1970. Raises HTTPError 400."""
    grep = single_value(query, "grep")
    if grep is not None and len(grep) > MAX_PATTERN:
        raise HTTPError(400, f"invalid value for grep: the pattern is longer than {MAX_PATTERN} characters")
    try:
        choice = filter_options.build_filter(
            types=_values(query, "type"), exclude=_values(query, "exclude"), tools=_values(query, "tool"),
            statuses=_values(query, "status"), agent=single_value(query, "agent"),
            iteration=_values(query, "iteration"), errors=parse_flag(query, "errors"), grep=grep,
            ignore_case=parse_flag(query, "i"),
            since=single_value(query, "since"), until=single_value(query, "until"),
            thoughts=not parse_flag(query, "no_thoughts"), now=now,
        )  # fmt: skip
    except UsageError as error:
        raise HTTPError(400, str(error).replace("--", "")) from None
    if choice.grep is not None and choice.grep.instructions > MAX_INSTRUCTIONS:
        raise HTTPError(400, "invalid value for grep: the pattern is too complex; use smaller repetition counts")
    form = single_value(query, "as")
    if form not in {None, "lines", "rows"}:
        raise HTTPError(400, "invalid value for as: expected lines or rows")
    return ClientFilter(choice, content=not parse_flag(query, "no_content"), as_rows=form == "rows")


def parse_run_filter(query: Query, now: float) -> RunFilter:
    """Return which runs of the directory a query selects; `now` is in seconds since 1970. Raises HTTPError 400."""
    about, since = single_value(query, "about"), single_value(query, "active_since")
    if about is not None and len(about) > MAX_PATTERN:
        raise HTTPError(400, f"invalid value for about: the pattern is longer than {MAX_PATTERN} characters")
    try:
        return RunFilter(
            verdicts=parse_verdicts(query.get("verdict", ())),
            projects=frozenset(query.get("project", ())),
            since=filter_options.parse_since_option("active_since", since, now),
            about=filter_options.parse_pattern(about),
            text=(single_value(query, "text") or "")[:MAX_PATTERN],
        )
    except UsageError as error:
        raise HTTPError(400, str(error).replace("--", "")) from None


def parse_list_query(query: Query, now: float, default: int, maximum: int) -> ListQuery:
    """Return how a client wants the list of runs. Raises HTTPError 400."""
    return ListQuery(
        parse_run_filter(query, now),
        parse_choice(query, "sort", SortKey) or SortKey.URGENCY,
        parse_choice(query, "group", GroupKey),
        parse_count(query, "limit", default, maximum=maximum),
        single_value(query, "run"),
    )


def parse_choice(query: Query, name: str, choices: type[Choice]) -> Choice | None:
    """Return the value of a parameter that has a few, None if it is not given. Raises HTTPError 400."""
    value = single_value(query, name)
    if not value:
        return None
    try:
        return choices(value)
    except ValueError:
        raise HTTPError(400, f"invalid value for {name}: use one of {', '.join(choices)}") from None


def parse_start(query: Query, last_event_id: str | None, client_filter: ClientFilter) -> Cursor | StartPosition | None:
    """Return where a stream begins, None if the last event ID is not a cursor. Raises HTTPError 400."""
    last = last_event_id or single_value(query, "last")
    if last:
        return parse_cursor(last)
    value = single_value(query, "from")
    if value and (cursor := parse_cursor(value)):
        return cursor
    back = _BACK.fullmatch(value or "")
    count = int(back[1]) if back else None
    if value not in {None, "start", "end"} and (count is None or count > _MAX_BACK):
        expected = f"start, end, a cursor, or -N for the last N lines (at most {_MAX_BACK:,})"
        raise HTTPError(400, f"invalid value for from: expected {expected}")
    if value == "start":
        return StartPosition()
    try:
        return filter_options.start_position(last=count, live=value == "end", event_filter=client_filter.choice)
    except UsageError:
        raise HTTPError(400, "from and since cannot be combined") from None


def parse_row_request(query: Query) -> tuple[Cursor, Cursor | None]:
    """Return the end of the line whose row is requested, and of the first piece if it is of a text in pieces.

    Raises HTTPError 400.
    """
    at, first = (parse_cursor(single_value(query, name) or "") for name in ("at", "first"))
    if at is None or (first is None and "first" in query):
        raise HTTPError(400, "invalid value for at or first: expected the cursor of a line")
    return at, first


def parse_page_request(query: Query, now: float) -> PageRequest:
    """Return which lines a query requests; `now` is in seconds since 1970. Raises HTTPError 400."""
    limit = parse_count(query, "limit", DEFAULT_LINES, maximum=MAX_LINES)
    names = [name for name in ("before", "after", "around", "seq", "time") if single_value(query, name) is not None]
    if len(names) != 1:
        raise HTTPError(400, "expected exactly one of before, after, around, seq and time")
    name, value = names[0], single_value(query, names[0]) or ""
    if name == "seq":
        start = StartPosition(seq=parse_count(query, "seq", 0, maximum=10**15))
        return PageRequest(Direction.AROUND, start, limit)
    if name == "time":
        try:
            start = StartPosition(since=filter_options.parse_since_option("time", value, now))
        except UsageError as error:
            raise HTTPError(400, str(error)) from None
        return PageRequest(Direction.AROUND, start, limit)
    position = {"start": FileEdge.START, "end": FileEdge.END}.get(value) or parse_cursor(value)
    if position is None:
        raise HTTPError(400, f"invalid value for {name}: expected start, end or a cursor")
    return PageRequest(Direction[name.upper()], position, limit)


def parse_step(query: Query) -> tuple[bool, Cursor]:
    """Return whether the next problem is requested, not the previous one, and from where. Raises HTTPError 400."""
    after, before = single_value(query, "after"), single_value(query, "before")
    cursor = parse_cursor(after or before or "")
    if cursor is None or (after is not None and before is not None):
        raise HTTPError(400, "expected a cursor as either after or before")
    return after is not None, cursor


def parse_hit(query: Query) -> dict[str, Cursor]:
    """Return the cursor `after`, `before` or `at` which a hit is requested; none if only their number is.

    Raises HTTPError 400.
    """
    cursors = {name: parse_cursor(value) for name in ("after", "before", "at") if (value := single_value(query, name))}
    if len(cursors) > 1 or None in cursors.values():
        raise HTTPError(400, "expected at most one cursor as after, before or at")
    return {name: cursor for name, cursor in cursors.items() if cursor is not None}


def filter_name(query: Query, choice: Filter) -> Hashable:
    """Return what two queries share if their filters are the same; `choice` is that of this one.

    Those with relative times, such as `since=10m`, are the same for a minute: what was found is used meanwhile.
    """
    conditions = tuple((name, tuple(query[name])) for name in sorted(query) if name in FILTER_PARAMETERS)
    return conditions, *(None if time is None else time // _SAME_TIME_S for time in (choice.since, choice.until))


def parse_pair(query: Query) -> tuple[str, str]:
    """Return the names of two runs. Raises HTTPError 400."""
    first, second = single_value(query, "first"), single_value(query, "second")
    if not first or not second:
        raise HTTPError(400, "expected the names of two runs, first and second")
    return first, second


def single_value(query: Query, name: str) -> str | None:
    """Return the value of a parameter, None if there is none. Raises HTTPError 400 if it is repeated."""
    values = query.get(name, ())
    if len(values) > 1:
        raise HTTPError(400, f"{name} occurs more than once")
    return values[0] if values else None


def parse_flag(query: Query, name: str) -> bool:
    """Return whether a flag is set: to `1`, `true` or nothing, as opposed to `0` or `false`. Raises HTTPError 400."""
    value = single_value(query, name)
    if value not in {None, "", "0", "1", "true", "false"}:
        raise HTTPError(400, f"invalid value for {name}: expected 1 or 0")
    return value in {"", "1", "true"}


def parse_count(query: Query, name: str, default: int, *, maximum: int) -> int:
    """Return a whole number of 1 or more; larger ones than `maximum` become that. Raises HTTPError 400."""
    value = single_value(query, name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) < 20 and int(value) >= 1):  # noqa: PLR2004 - digits
        raise HTTPError(400, f"invalid value for {name}: expected a whole number of 1 or more")
    return min(maximum, int(value))


def _values(query: Query, name: str) -> list[str] | None:
    return list(query.get(name, ())) or None
