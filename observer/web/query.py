"""What a URL's query asks for: the same filters as `observe tail`, and where to begin. Pure."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto

from msgspec import Struct

from observer.errors import UsageError
from observer.runs import filter_options
from observer.runs.filter import Filter
from observer.source.seek import StartPosition
from observer.web.cursor import Cursor, cursor
from observer.web.errors import HTTPError

LONGEST_PATTERN = 500
"""Characters of a regular expression: longer ones are nothing that somebody types into a search box."""
MAX_INSTRUCTIONS = 2000
"""Size of a compiled regular expression: bounds the time that a search spends on one line, where it cannot stop."""
MOST_ITERATIONS = 10_000
"""Numbers of iterations that are held for one who asks."""
MOST_LINES = 2000
USUAL_LINES = 500
_MOST_BACK = 1_000_000
_RANGE = re.compile(r"(\d+)-(\d+)")

Query = Mapping[str, Sequence[str]]


class ClientFilter(Struct, frozen=True):
    """Which lines somebody wants, and whether with their content."""

    choice: Filter
    content: bool = True

    @property
    def everything(self) -> bool:
        """Whether lines are told as they are."""
        return self.content and self.choice.everything


class FileEdge(Enum):
    """An end of a run file."""

    START = auto()
    END = auto()


class Direction(Enum):
    """Which lines of a file are asked for, as seen from a place in it."""

    BEFORE = auto()
    AFTER = auto()
    AROUND = auto()


class PageRequest(Struct, frozen=True):
    """Some lines of a run: at most `limit` of them, one way from a place."""

    way: Direction
    place: FileEdge | Cursor | StartPosition
    limit: int


def wish(query: Query, now: float) -> ClientFilter:
    """Return what the filters of a query mean; `now` is in seconds since 1970. Raises Refusal, 400."""
    grep = one(query, "grep")
    if grep is not None and len(grep) > LONGEST_PATTERN:
        raise HTTPError(400, f"grep: more than {LONGEST_PATTERN} characters are no pattern that can be searched for")
    ranges = _RANGE.findall(",".join(query.get("iteration", ())))
    if sum(max(0, int(last) - int(first)) for first, last in ranges) > MOST_ITERATIONS:
        raise HTTPError(400, f"iteration: no more than {MOST_ITERATIONS} at once can be asked for")
    try:
        choice = filter_options.build_filter(
            types=_all(query, "type"), exclude=_all(query, "exclude"), tools=_all(query, "tool"),
            statuses=_all(query, "status"), agent=one(query, "agent"), iteration=_all(query, "iteration"),
            errors=flag(query, "errors"), grep=grep, since=one(query, "since"), until=one(query, "until"),
            thoughts=not flag(query, "no_thoughts"), now=now,
        )  # fmt: skip
    except UsageError as error:
        raise HTTPError(400, str(error).replace("--", "")) from None
    if choice.grep is not None and choice.grep.instructions > MAX_INSTRUCTIONS:
        raise HTTPError(400, "grep: the pattern is too complex; use smaller repetition counts")
    return ClientFilter(choice, content=not flag(query, "no_content"))


def place(query: Query, last_event_id: str | None, wanted: ClientFilter) -> Cursor | StartPosition | None:
    """Return where a stream begins, None when the id that somebody came back with is none. Raises Refusal, 400."""
    last = last_event_id or one(query, "last")
    if last:
        return cursor(last)
    told = one(query, "from")
    if told and (found := cursor(told)):
        return found
    count = int(told[1:]) if told and told[0] == "-" and told[1:].isdecimal() and told.isascii() else None
    if told not in {None, "start", "end"} and (count is None or count > _MOST_BACK):
        raise HTTPError(400, "from: write start, end, a cursor, or -N for the last N")
    if told == "start":
        return StartPosition()
    try:
        return filter_options.start_position(last=count, live=told == "end", wanted=wanted.choice)
    except UsageError:
        raise HTTPError(400, "from and since each say where to begin; give one of them") from None


def stretch(query: Query, now: float) -> PageRequest:
    """Return which lines are asked for. Raises Refusal, 400."""
    limit = number(query, "limit", USUAL_LINES, most=MOST_LINES)
    given = [name for name in ("before", "after", "around", "seq", "time") if one(query, name) is not None]
    if len(given) != 1:
        raise HTTPError(400, "say where: one of before, after, around, seq and time")
    name, value = given[0], one(query, given[0]) or ""
    if name == "seq":
        return PageRequest(Direction.AROUND, StartPosition(seq=number(query, "seq", 0, most=10**15)), limit)
    if name == "time":
        try:
            return PageRequest(
                Direction.AROUND, StartPosition(since=filter_options.parse_time_option("time", value, now)), limit
            )
        except UsageError as error:
            raise HTTPError(400, str(error)) from None
    edge = {"start": FileEdge.START, "end": FileEdge.END}.get(value)
    found = edge or cursor(value)
    if found is None:
        raise HTTPError(400, f"{name}: write start, end or a cursor")
    return PageRequest(Direction[name.upper()], found, limit)


def one(query: Query, name: str) -> str | None:
    """Return the value of a parameter, None when it is not given. Raises Refusal, 400, when it is given twice."""
    values = query.get(name, ())
    if len(values) > 1:
        raise HTTPError(400, f"{name} is given more than once")
    return values[0] if values else None


def flag(query: Query, name: str) -> bool:
    """Return whether something is asked for: `1`, `true` or nothing after the name, as opposed to `0` or `false`."""
    value = one(query, name)
    if value not in {None, "", "0", "1", "true", "false"}:
        raise HTTPError(400, f"{name}: write 1 or 0")
    return value in {"", "1", "true"}


def number(query: Query, name: str, usual: int, *, most: int) -> int:
    """Return a number of 1 or more. Raises Refusal, 400."""
    value = one(query, name)
    if value is None:
        return usual
    if not (value.isascii() and value.isdecimal() and len(value) < 20 and int(value) >= 1):  # noqa: PLR2004 - digits
        raise HTTPError(400, f"{name}: write a whole number of 1 or more")
    return min(most, int(value))


def _all(query: Query, name: str) -> list[str] | None:
    return list(query.get(name, ())) or None
