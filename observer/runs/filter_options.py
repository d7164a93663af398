"""What the options of a command line mean: comma lists, numbers and times into a choice and a place to begin. Pure."""

import re
from collections.abc import Callable, Iterable

from observer.errors import UsageError
from observer.format.event import Record
from observer.format.timestamps import parse_duration, parse_time
from observer.runs.filter import KNOWN_STATUSES, KNOWN_TYPES, TEXT_TYPES, EventMatcher, Filter
from observer.runs.pattern import Pattern
from observer.source.seek import StartPosition

_RANGE = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?")
_MOST_ITERATIONS = 100_000


def parse_names(given: Iterable[str] | None) -> frozenset[str]:
    """Return the names of an option that may be repeated, and take several with commas between.

    Raises UsageError when it was given and names nothing: an unset variable must not mean everything.

    >>> sorted(parse_names(["a,b", "c"]))
    ['a', 'b', 'c']
    """
    told = list(given or ())
    found = frozenset(name.strip() for item in told for name in item.split(",") if name.strip())
    if told and not found:
        raise UsageError(f"{', '.join(map(repr, told))} names nothing; is a variable not set?")
    return found


def parse_iterations(given: Iterable[str] | None) -> frozenset[int]:
    """Return the numbers of `3`, `2,5` and `4-7`. Raises UsageError.

    >>> sorted(parse_iterations(["1,4-6"]))
    [1, 4, 5, 6]
    """
    found: set[int] = set()
    wanted = 0  # of all ranges together: each of many could be bearable
    for item in parse_names(given):
        match = _RANGE.fullmatch(item)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last:
            raise UsageError(f"--iteration: {item!r} is no number and no range; write 3, or 2,5, or 4-7")
        wanted += last + 1 - first
        if wanted > _MOST_ITERATIONS:
            raise UsageError(f"--iteration: more than {_MOST_ITERATIONS:,} are too many; leave the option out for all")
        found.update(range(first, last + 1))
    return frozenset(found)


def parse_pattern(text: str | None) -> Pattern | None:
    """Return the regular expression of `--grep`. Raises UsageError when it is invalid or not supported."""
    try:
        return Pattern(text) if text is not None else None
    except ValueError as error:
        raise UsageError(f"--grep: {error}") from None


def parse_time_option(option: str, given: str | None, now: float) -> float | None:
    """Return a time in seconds since 1970. Raises UsageError."""
    try:
        return parse_time(given, now) if given is not None else None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def parse_duration_option(option: str, given: str | None) -> float | None:
    """Return a length of time in seconds. Raises UsageError."""
    try:
        return parse_duration(given) if given is not None else None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def parse_jq(given: str | None) -> Callable[[bytes], bool] | None:
    """Return a jq expression as a predicate over lines; one that fails on a line does not hold there.

    Raises UsageError when it is none, or when the extra `query` is not installed.
    """
    if given is None:
        return None
    try:
        import jq  # noqa: PLC0415 - an extra, and only for this option
    except ImportError:
        raise UsageError("--where needs jq's bindings; run: pip install 'runtail[query]'") from None
    try:
        program = jq.compile(given)
    except ValueError as error:
        raise UsageError(f"--where: {given!r} is no jq expression: {str(error).strip()}") from None

    def holds(line: bytes) -> bool:
        try:
            found = program.input_text(line.decode("utf-8", "replace"))
            return any(value is not None and value is not False for value in found)  # 0 and "" are true in jq
        except ValueError:
            return False

    return holds


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
    where: str | None = None,
    since: str | None = None,
    until: str | None = None,
    from_seq: int | None = None,
    thoughts: bool = True,
    now: float,
) -> Filter:
    """Return the choice that options mean; `now` is in seconds since 1970. Raises UsageError."""
    return Filter(
        types=parse_names(types),
        exclude=parse_names(exclude) | (frozenset() if thoughts else TEXT_TYPES),
        tools=frozenset(name.lower() for name in parse_names(tools)),
        statuses=parse_names(statuses),
        agent=agent,
        iterations=parse_iterations(iteration),
        errors=errors,
        grep=parse_pattern(grep),
        where=parse_jq(where),
        since=parse_time_option("--since", since, now),
        until=parse_time_option("--until", until, now),
        from_seq=from_seq,
    )


def unknown_names(wanted: Filter) -> list[str]:
    """Return a sentence for each name in a choice that the format does not know: it may be misspelled.

    >>> unknown_names(Filter(types=frozenset({"tool_uses"})))
    ["the format has no type 'tool_uses': did you mean 'tool_use'?"]
    """
    asked = (("type", wanted.types | wanted.exclude, KNOWN_TYPES), ("status", wanted.statuses, KNOWN_STATUSES))
    return [_doubt(what, name, known) for what, given, known in asked for name in sorted(given - known)]


def _doubt(what: str, name: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only when there is something to say

    near = get_close_matches(name.lower(), known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(sorted(known))}"
    return f"the format has no {what} {name!r}: {hint}"


def start_position(*, last: int | None, live: bool, wanted: Filter) -> StartPosition:
    """Return the place where reading begins. Raises UsageError when more than one is asked for."""
    back = "--live" if live and last is None else "-n"
    last = 0 if live and last is None else last  # -n with --live says how many lines to begin with
    given = [name for name, value in ((back, last), ("--from-seq", wanted.from_seq)) if value is not None]
    if wanted.since is not None:
        given.append("--since")
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} each say where to begin; give one of them")
    if last and not wanted.everything:
        select = EventMatcher(wanted)
        return StartPosition(last=last, matches=lambda line: bool(line.data.strip()) and select(Record(line)))
    return StartPosition(last=last, seq=wanted.from_seq, since=wanted.since)
