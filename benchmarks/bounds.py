"""The bounds that runtail has to meet, each for one cell of a table of the benchmarks. Data only.

Limits in seconds or milliseconds, and rates, were given for the reference machine of `calibration.py` and are scaled.
Those of memory, of wake-ups, of the processor, and where a timer decides, are not. A ratio to a peer holds as it is.
`tests/test_benchmarks.py` finds the tables, rows and columns that are named here.
"""

from collections.abc import Iterator

import redact
from judgment import Bound

MEMORY_MB = 60
"""The observer's memory, whatever the size of a run."""
TAIL, BARE, JSON, PRETTY = "tail -f", "bare loop", "observe tail -o json", "observe tail"
FOLDER = "observe tail DIR -o json, 99 finished runs beside it"
SERVED = "observe serve, its one client"
GREP, JQ = 'grep \'"type":"tool_use"\'', "jq -c 'select(.type==\"tool_use\")'"
WITHOUT_LITERAL = "[0-9]{3}-[0-9]{4}"
BY_TYPE = "observe tail --type tool_use -o json"


DECODING = (
    "of 200 MB, msgspec decodes a few fields of every line in 0.15 s, as a line that is malformed is trouble, too; to "
    "read takes 0.05, and to start 0.06, of which typer is 0.036"
)
SEARCHING = (
    "to start takes 0.06 s, of which typer is 0.036, and to read 200 MB 0.05; and a text may be spread over pieces, "
    "so RE2 also looks for places where one may begin or end, and what is found there is decoded"
)
BY_LINE = "no text is in every match, so all pieces of texts are decoded, joined and searched"
FORMATTING = "each of some 283,000 events is put into words by Python, in 5 us or more"
COUNTING = "of some 115,000 events that are no pieces of texts, Python counts calls, tokens and files"
COMPARING = "msgspec decodes each line as the schema has it, and Python compares what begins with what ends"
WAKING = "the bare loop copies bytes; to decode the line, follow the run and write takes 0.13 ms more at the median"
"""What stands in the way of bounds that are missed; seconds of the machine that `docs/benchmarks.md` names."""


def within(table: str, row: str, column: str, limit: float, reason: str = "") -> Bound:
    """Return a bound on a time, given for the reference machine."""
    return Bound(table, row, column, limit, scaled=True, reason=reason)


def at_most(
    table: str, row: str, column: str, limit: float, peer: str = "", without: str = "", reason: str = ""
) -> Bound:
    """Return a bound that holds on every machine."""
    return Bound(table, row, column, limit, peer, without, reason=reason)


def at_least(table: str, row: str, column: str, limit: float, peer: str = "") -> Bound:
    """Return a bound on a rate: a multiple of a peer's, or a limit given for the reference machine."""
    return Bound(table, row, column, limit, peer, at_least=True, scaled=not peer)


def _selecting() -> Iterator[Bound]:
    for table in (f"types {mix} {size}" for size in ("small", "large") for mix in ("text", "calls")):
        yield at_most(table, BY_TYPE, "seconds", 0.1, JQ)
        yield at_most(table, BY_TYPE, "seconds", 3, GREP, without=f"{BY_TYPE}, of one event")
        others = [f"observe tail {options} -o json" for options in ("--type tool_use --tool Bash", "--errors")]
        yield from (at_most(table, row, "seconds", 5, GREP, reason=DECODING) for row in others)
        yield from (
            at_most(table, row, "peak MB", MEMORY_MB) for row in [BY_TYPE, *others, BY_TYPE[: -len(" -o json")]]
        )


def _searching() -> Iterator[Bound]:
    for table in (f"text {mix} {size}" for size in ("small", "large") for mix in ("text", "calls")):
        for text in ("pytest -q", "quixotic", "loop which"):
            row = f"observe tail --grep '{text}' -o json"
            yield at_most(table, row, "seconds", 4, f"LC_ALL=C grep -F '{text}'", reason=SEARCHING)
            yield at_most(table, row, "peak MB", MEMORY_MB)
        for expression in (r"pytest -q tests?/\w+_p\w+\.py", "[xz]{3}[0-9]", WITHOUT_LITERAL):
            row = f"observe tail --grep '{expression}' -o json"
            reason = BY_LINE if expression == WITHOUT_LITERAL else SEARCHING
            yield at_most(table, row, "seconds", 4, f"rg '{expression}'", reason=reason)
            yield at_most(table, row, "peak MB", MEMORY_MB)


def _reading() -> Iterator[Bound]:
    yield within("show", "observe tail", "seconds", 1.4, FORMATTING)
    yield at_least("show", "observe tail", "events/s", 5, "rich Console.print, a twentieth of the events")
    yield within("show", "observe tail -o text", "seconds", 1.0, FORMATTING)
    yield within("show", "observe show", "seconds", 1.0, COUNTING)
    for row in ("observe tail", "observe tail -o text", "observe tail -o json"):
        yield at_most("show", row, "peak MB", MEMORY_MB)
    yield within("check", "observe check", "seconds", 0.7, COMPARING)
    for row in ("load_run, count the events", "load_run, list the calls of Bash"):
        yield within("check", row, "seconds", 2.0)
    yield at_most("check", "load_run, list the calls of Bash", "peak MB", 100)
    page = "observe report --format html"
    for table in ("page text", "page calls"):
        yield within(table, page, "seconds", 15)
        yield at_most(table, page, "peak MB", 250)
        yield at_most(table, page, "MB written", 2, "gzip -c")
    yield within("start", "observe --help", "ms", 55)
    yield within("start", "observe tail -n 1", "ms", 90)
    for table in ("seek small", "seek large"):
        for row in (
            "observe tail -n 50", "observe tail -n 50 --type tool_use",
            "observe tail --since --until (2 s in the middle)", "observe tail --from-seq (the last 50)",
        ):  # fmt: skip
            yield within(table, row, "ms", 150)
            yield at_most(table, row, "peak MB", MEMORY_MB)
    for row in ("observe list", "observe list -o json"):
        yield within("list", row, "seconds", 1.0)


def _sessions() -> Iterator[Bound]:
    yield within("dialects one", "observe tail -n 50", "first content s", 0.3)
    yield within("dialects one", "observe tail", "seconds", 2.0)
    yield within("dialects many", "observe list -n 50, first time", "seconds", 0.5)
    yield within("dialects many", "observe list, again", "seconds", 1.0)
    for row in ("observe tail -n 50", "observe tail", "observe show"):
        yield at_most("dialects one", row, "peak MB", MEMORY_MB)
    for row in ("observe list, first time", "observe list, again"):
        yield at_most("dialects many", row, "peak MB", MEMORY_MB)
    yield within("dialects follow", "observe tail -o json", "p50 ms", 10)


def _following() -> Iterator[Bound]:
    for row in (JSON, PRETTY, FOLDER):
        yield at_most("follow", row, "p50 ms", 4, TAIL)
        yield within("follow", row, "p50 ms", 0.7)
        yield at_most("follow", row, "p99 ms", 1.5, BARE, reason=WAKING)
        yield within("quiet", row, "first line p99 ms", 3)
    for row in (JSON, PRETTY, "observe tail, on a terminal", FOLDER):
        yield at_most("quiet", row, "CPU %", 0.1)
        yield at_most("quiet", row, "wake-ups/s", 10)
    yield within("follow", JSON, "20,000 lines ms", 100)
    yield within("follow", PRETTY, "20,000 lines ms", 150)
    yield within("follow", JSON, "1 MB line ms", 10)
    yield within("follow", SERVED, "p50 ms", 3)
    yield at_most("new run", FOLDER, "slowest ms", 600)
    for row in ("0.1 s", "2 s", "10 s"):
        yield within("crash", row, "slowest ms", 1000)


def _on_a_full_screen() -> Iterator[Bound]:
    view = "observe ui"
    yield within("ui opening", view, "first events s", 0.3)
    yield at_most("ui opening", view, "peak MB", 80)
    yield at_most("ui following", view, "repaints/s", 4)
    yield at_most("ui following", view, "kB/s", 20)
    yield at_most("ui following", view, "CPU %, heartbeats only", 0.3)


def _viewers() -> Iterator[Bound]:
    none, viewed = "without viewers", "with viewers"
    yield at_most("viewers one", viewed, "p99 ms", 1.25, none)
    yield at_most("viewers few", viewed, "p99 ms", 1.25, none)
    yield at_most("viewers many", viewed, "p99 ms", 2, none)
    yield within("viewers many", viewed, "p99 ms", 3)
    for table in ("viewers one", "viewers few", "viewers many"):
        yield at_most(table, viewed, "viewers with lost lines", 0)


def _serving() -> Iterator[Bound]:
    yield within("live", "observe serve", "p99 ms", 250)
    yield at_least("live", "observe serve", "client-events per CPU s", 5, "a queue per client")
    yield at_most("replay", "observe serve", "peak MB", 150)
    yield within("page", "a long run", "seconds to its end", 2)
    yield within("page", "a long run", "seconds to its summary", 2)
    yield at_most("page", "a long run", "median frame ms", 17)
    yield at_most("page", "a long run", "peak heap MB", 50)
    yield within("page distant", "first visit", "seconds to its end", 1)
    for pattern in ("quixotic", "[xz]{3}[0-9]"):
        yield within("page search", f"the page: {pattern}", "seconds", 3)
        yield at_most("page cancel", f"the page: {pattern}", "CPU ms in the second after", 100)
    yield at_least("relay", "observe relay, 1 run", "events/s", 20_000)


def _writing() -> Iterator[Bound]:
    for text in redact.HOSTILE:
        yield within("redact", text, "us per KB", 31_250)


BOUNDS = [
    *_selecting(),
    *_searching(),
    *_reading(),
    *_sessions(),
    *_following(),
    *_on_a_full_screen(),
    *_viewers(),
    *_serving(),
    *_writing(),
]
