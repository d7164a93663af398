"""A report answers questions about its run as the server does: observer.report.row_chunks with the page's modules."""

import json
from pathlib import Path
from typing import Any

from observer.format.zone import UTC
from observer.report.contents import read_contents
from observer.runs.one_run.run import load_run
from tests.helpers import event_at
from tests.observer.report.runs import RUN, hostile_run, tool
from tests.observer.web.page_runs import NAME, Runs, pages

pytestmark = pages

QUERIES: list[dict[str, Any]] = [
    {"before": "end", "limit": 200}, {"before": "end", "limit": 3}, {"after": "start", "limit": 5},
    {"after": "start", "limit": 200, "exclude": "heartbeat"}, {"seq": 9, "limit": 6}, {"seq": 1, "limit": 6},
    {"seq": 10_000, "limit": 6}, {"time": "2026-11-23T01:12:38Z", "limit": 8},
    {"time": "2020-01-01T00:00:00Z", "limit": 8},
    *({"before": "end", "limit": 100, **filters} for filters in (
        {"type": ["tool_use", "tool_result"]}, {"type": ["heartbeat"]}, {"tool": "bash"}, {"tool": "Nosuch"},
        {"status": "blocked"}, {"status": "success"}, {"status": "completed"}, {"agent": "main"}, {"agent": "t4"},
        {"errors": True}, {"grep": "(?i)PARSER"}, {"grep": "(?i)app\\.py", "type": ["tool_use"]}, {"grep": "t4"},
        {"grep": "(?i)<img", "errors": True}, {"grep": "line 777"}, {"grep": "(?i)nothing says this"},
    )),
]  # fmt: skip
ANSWERS = """async ([name, chunks, begins, size, queries]) => {
    const { EmbeddedRun } = await import("/page/embedded_run.js");
    const { server } = await import("/page/server.js");
    const run = new EmbeddedRun({ size, chunks: begins }, chunks.map((textContent) => ({ textContent })));
    const seen = ({ lines, at_start, at_end }) =>
        [lines.map(([offset, end, { kind }]) => [offset, end, kind]), at_start, at_end];
    const ask = async (query) => [seen(await server.lines(name, query)), seen(await run.lines(name, query))];
    return Promise.all(queries.map(ask));
}"""
HITS = """async ([name, chunks, begins, size, filters]) => {
    const { EmbeddedRun } = await import("/page/embedded_run.js");
    const { server } = await import("/page/server.js");
    const run = new EmbeddedRun({ size, chunks: begins }, chunks.map((textContent) => ({ textContent })));
    const { generation } = await server.lines(name, { before: "end", limit: 1 });
    const [start, middle] = [`${generation}.0`, `${generation}.${size >> 1}`];
    const places = [{}, { after: start }, { after: middle }, { before: middle }, { before: start }];
    const asked = [];
    for (const filter of filters) {
        for (const place of places) {
            for (const source of [server, run]) {
                const { at, words } = await source.hit(name, { ...filter, ...place });
                asked.push([at, words]);
            }
        }
    }
    return asked;
}"""


async def test_the_rows_of_a_report_pass_filters_and_are_found_as_those_of_the_server(runs: Runs) -> None:
    output = "\n".join(f"line {number}" for number in range(900))
    lines = b"".join([*RUN[:3], *RUN[5:-1], tool(19, "t9", "Read", "success", output), *hostile_run()[2:12], RUN[-1]])
    numbered = [
        line.replace(b'"seq":1,', b'"seq":%d,' % number)
        for number, line in enumerate(lines.splitlines(keepends=True), 1)
    ]
    runs.write(*numbered)
    path = runs.directory / f"{NAME}.ndjson"
    tab = await runs.open()
    chunks: list[bytes] = []
    with load_run(path) as run:
        index = read_contents(run, UTC, chunks.append, lambda: True).chunks
    begins = [(chunk.begin, chunk.seq, chunk.time) for chunk in index]
    data = [NAME, [chunk.decode() for chunk in chunks], begins, path.stat().st_size, QUERIES]
    for query, (served, embedded) in zip(QUERIES, await tab.evaluate(ANSWERS, data), strict=True):
        assert embedded == served, query
    filters = [
        {key: value for key, value in query.items() if key not in {"before", "limit"}} for query in QUERIES[9:]
    ]  # fmt: skip
    asked = await tab.evaluate(HITS, [*data[:4], filters])
    assert asked[::2] == asked[1::2]
    assert [words for _, words in asked[::2]][:2] == ["8 hits", "hit 1 of 8"]


async def test_pages_of_a_long_report_continue_each_other(runs: Runs, tmp_path: Path) -> None:
    runs.write(*RUN)
    tab = await runs.open()
    path = tmp_path / "long.ndjson"
    path.write_bytes(b"".join(event_at(n % 60, "info", message=f"{n} {'x' * 2000}") for n in range(1000)))
    chunks: list[bytes] = []
    with load_run(path) as run:
        index = read_contents(run, UTC, chunks.append, lambda: True).chunks
    assert len(index) > 5
    found = await tab.evaluate(
        """async ([chunks, begins, size]) => {
        const { EmbeddedRun } = await import("/page/embedded_run.js");
        const run = new EmbeddedRun({ size, chunks: begins }, chunks.map((textContent) => ({ textContent })));
        const ends = {};
        for (const [direction, from, far] of [["after", 0, "at_end"], ["before", size, "at_start"]]) {
            const starts = [];
            for (let [place, done] = [from, false]; !done;) {
                const page = await run.lines("", { [direction]: `report.${place}`, limit: 70 });
                starts.push(...page.lines.map(([offset]) => offset));
                [place, done] = [page.searched_to, page[far]];
            }
            ends[direction] = starts.sort((one, other) => one - other);
        }
        return ends;
    }""",
        [
            [chunk.decode() for chunk in chunks],
            [(chunk.begin, chunk.seq, chunk.time) for chunk in index],
            path.stat().st_size,
        ],
    )
    lines = path.read_bytes().splitlines(keepends=True)
    starts = [sum(map(len, lines[:count])) for count in range(1000)]
    assert found == {"after": starts, "before": starts}, json.dumps(found)[:200]
