"""Measures the search of the page through a long run for what is nowhere, beside grep, and how soon it is cancelled.

    python benchmarks/page_search.py [--mb 1000]

It asks the server as the page does: for the next match after a position, again and again from where the answer ends.
"""

import argparse
import json
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from corpus import Corpus, RunFile
from generate import RUN
from scan import ABSENT, ABSENT_EXPRESSION
from serve import cpu, free_port, memory, serve_command, server
from table import Layout, Table, compare

GREP, RG = f"LC_ALL=C grep -F '{ABSENT}'", f"rg '{ABSENT_EXPRESSION}'"
SEARCHES = {f"the page: {pattern}": f"(?i){pattern}" for pattern in (ABSENT, ABSENT_EXPRESSION)}
CANCEL_AFTER_S, CANCELLED_S = 0.3, 1.0
SEARCH = Layout(
    "page search", ("search", "seconds", "answers", "longest answer s", "peak MB"), (GREP, RG, *SEARCHES),
    "Each answer of the server says how far it has searched, which the page shows.",
)  # fmt: skip
CANCELLING = Layout(
    "page cancel", ("search", "CPU ms in the second after"), tuple(SEARCHES),
    "The client closes its connection while the server searches.",
)  # fmt: skip


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [SEARCH, CANCELLING]


def target(pattern: str, after: str) -> str:
    """Return the address of the first match after a position."""
    query = urllib.parse.urlencode({"after": after, "limit": 1, "grep": pattern})
    return f"/api/runs/{RUN}/lines?{query}"


def answers(port: int, pattern: str) -> Iterator[float]:
    """Search a run to its end; yield the seconds of each answer."""
    connection = HTTPConnection("127.0.0.1", port)
    after = "start"
    while True:
        start = time.perf_counter()
        connection.request("GET", target(pattern, after))
        response = connection.getresponse()
        body = json.loads(response.read())
        assert response.status == 200, body
        assert not body["lines"], "the pattern is somewhere"
        yield time.perf_counter() - start
        if body["at_end"]:
            break
        after = f"{body['generation']}.{body['searched_to']}"
    connection.close()


def cancelled(port: int, pid: int, pattern: str) -> float:
    """Leave a search alone after a moment; return the milliseconds of CPU time that the server used then."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", target(pattern, "start"))
    time.sleep(CANCEL_AFTER_S)
    connection.close()
    before = cpu(pid)
    time.sleep(CANCELLED_S)
    return 1000 * (cpu(pid) - before)


def measure(file: RunFile, times: int) -> list[Table]:
    """Measure both kinds of pattern."""
    search = SEARCH.table(f"A search of the page through {file.size} that finds nothing")
    cancelling = CANCELLING.table("A search of the page that is cancelled")
    path = str(file.path)
    peers = {GREP: ["env", "LC_ALL=C", "grep", "-F", ABSENT, path], RG: ["rg", ABSENT_EXPRESSION, path]}
    for name, result in compare(peers, times, file=file.path).items():
        search.add(name, result.seconds, None, None, result.peak_mb)
    port = free_port()
    with server(serve_command(file.path.parent, port), port) as pid:
        for name, pattern in SEARCHES.items():
            runs = [list(answers(port, pattern)) for _ in range(min(times, 2))]
            seconds = statistics.median(map(sum, runs))
            search.add(name, seconds, len(runs[0]), max(map(max, runs)), memory(pid))
            cancelling.add(name, statistics.median(cancelled(port, pid, pattern) for _ in range(3)))
    return [search, cancelling]


def tables(corpus: Corpus, mb: float = 1000.0) -> list[Table]:
    """Measure the search through a run of this size."""
    return measure(corpus.file(mb), corpus.times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=1000.0, help="size of the run")
    with tempfile.TemporaryDirectory() as name:
        for table in tables(Corpus(Path(name)), parser.parse_args().mb):
            table.print()


if __name__ == "__main__":
    main()
