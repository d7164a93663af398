"""A filter finds the same in blocks of lines as in lines.

Also `observer.runs.filters.text_selector`, `observer.runs.filters.line_selector`, `observer.runs.filters.spread_text`
and `observer.runs.trouble_lines`.

The runs are drawn at random from what breaks such a search: texts in pieces, and lines of other programs.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from random import Random

import pytest

from observer.format import lines as lines_module
from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock
from observer.format.lines import LineSplitter
from observer.runs.filters import line_conditions
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.matched_lines import MatchedLines
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.pattern import Pattern
from observer.runs.filters.seen import explain_no_match
from observer.source import seek
from observer.source.seek import StartPosition, find_offset

WORDS = ["needle", "need", "le", "hay ", "", "NEED", "\n", '"', "\\", "pu", "sh", "\u017fh", "a needle here", 5, None,
         ["needle"], {"text": "needle"}]  # fmt: skip
TEXTS = ["x needle y", "needle", "NEEDLES", "hay", "push", "pu\u017fh it", "nee\ndle", 'say "needle"', "need\\le"]
PIECES = ("thought", "thinking")


def to_line(rng: Random, kind: str, data: dict[str, object], parent: str | None = None) -> bytes:
    """Return an event as one of many programs may write it."""
    event: dict[str, object] = {"seq": 1, "type": kind, "phase": "coding", "parent": parent, "data": data}
    odd = rng.choice([0] * 12 + [1, 2, 3, 4, 5])
    if odd == 1:
        event = {"data": event.pop("data"), **event}
    if odd == 2:
        event = {"type": kind, "parent": parent, **data}
    separators = (" , ", " : ") if odd == 3 else (",", ":")
    line = json.dumps(event, ensure_ascii=rng.random() < 0.5, separators=separators).encode()
    if odd == 4:
        line = line.replace(b"ee", b"\\u0065e")
    return line[: rng.randint(0, len(line))] if odd == 5 else line


def other(rng: Random) -> list[bytes]:
    """Return an event that may stand anywhere."""
    kind = rng.choice([*PIECES, "message", "info", "tool_result", "heartbeat"])
    message = rng.choice(["m1", "m2", "m/3", None])
    data = {"text": rng.choice(WORDS), "id": message, "message": message, "block": 0}
    if rng.random() < 0.2:
        data["replaces"] = message
    return [to_line(rng, kind, data, rng.choice([None, "t1"]))]


def paragraph(rng: Random) -> list[bytes]:
    """Return a text in pieces, maybe with others between, and maybe with its message behind."""
    text, kind, message = rng.choice(TEXTS), rng.choice(PIECES), rng.choice(["m1", "m2", "m4", "m5", "m/3", None])
    edges = sorted({0, len(text), *(rng.randint(0, len(text)) for _ in range(rng.randint(0, 4)))})
    lines = []
    for begin, end in pairwise(edges):
        lines += other(rng) if rng.random() < 0.2 else []
        lines.append(to_line(rng, kind, {"text": text[begin:end], "message": message, "block": 0}))
    return [*lines, to_line(rng, "message", {"id": message, "text": text})] if rng.random() < 0.5 else lines


def call(rng: Random) -> list[bytes]:
    """Return an event whose texts stand each for itself; some of them twice, as keys, behind escapes, or no strings."""
    strings = [
        '"needle"',
        r'"a\needle"',
        r'"\"needle\""',
        r'"\u006eeedle"',
        r'"x\\pu"',
        '"push sh"',
        '"hay"',
        "5",
        "null",
    ]
    pairs = [
        f"{rng.choice(strings[:6])}{rng.choice([':', ' : '])}{rng.choice(strings)}" for _ in range(rng.randint(0, 3))
    ]
    nested = f'"input":{rng.choice(["[%s]", "{%s}"]) % (strings[rng.randint(0, 8)] + rng.choice(["", ":1"]))}'
    data = ",".join([*pairs, *([nested] if rng.random() < 0.5 else [])])
    parent = rng.choice(["null", '"needle"'])
    return [f'{{"seq":1,"type":"{rng.choice(["info", "needle"])}","parent":{parent},"data":{{{data}}}}}'.encode()]


def run_of(rng: Random, *others: Callable[[Random], list[bytes]]) -> bytes:
    """Return a run of texts and other events, and of others that some functions return."""
    kinds = [paragraph, paragraph, other, *others]
    lines = [line for _ in range(rng.randint(1, 8)) for line in rng.choice(kinds)(rng)]
    return b"".join(line + b"\n" for line in lines)


@cache
def texts_run(seed: int, *, calls: bool) -> tuple[bytes, list[int]]:
    """Return a run of texts and other events, also calls if wanted, and where the reads of it end."""
    rng = Random(seed)
    data = run_of(rng, *([call, call] if calls else []))
    return data, read_edges(rng, len(data), 6)


def read_edges(rng: Random, size: int, limit: int) -> list[int]:
    """Return the offsets of a file of this size between which it is read, in at most `limit` + 1 reads."""
    return sorted({0, size, *(rng.randint(0, size) for _ in range(rng.randint(0, limit)))})


def batches(data: bytes, edges: Sequence[int], *, together: bool) -> list[Sequence[Line | Oversize]]:
    splitter = LineSplitter()
    feed = splitter.feed_block if together else splitter.feed
    return [feed(data[begin:end]) for begin, end in pairwise(edges)]


def matched(records: list[Record]) -> list[int]:
    return sorted(record.line.offset for record in records)


def copied(records: list[Record]) -> bytes:
    """Return the lines of the records in the order of the file."""
    lines = sorted((record.line for record in records), key=lambda line: line.offset)
    return b"".join(line.data + b"\n" for line in lines if isinstance(line, Line))


@pytest.mark.parametrize("others", [
    Filter(), Filter(exclude=frozenset({"thought"})), Filter(types=frozenset({"info", "message"})),
])  # fmt: skip
@pytest.mark.parametrize("pattern", [
    "needle", "(?i)needle", "needles?", "n.*needle", "x? need(le|ful)", "push|needle", "sh", "(?i)push", "le$", "zz",
    "n[ea]{2}dle", "(?i)[nx][ea]{2}d", "[pP]u[sS]h|[dl]{2}", "[a-e]{2}[d-m]", "(?i)[o-q]u[a-z]", r"d\s?l|[x-z]\s",
    r"[^x]\n[a-z]", "x?",
])  # fmt: skip
def test_the_same_lines_match_whether_they_come_in_blocks_or_not(
    pattern: str, others: Filter, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_filter = Filter(grep=Pattern(pattern), types=others.types, exclude=others.exclude)
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    for seed in range(60):
        data, edges = texts_run(seed, calls=False)

        one_by_one, matcher = EventMatcher(event_filter, explains=True), EventMatcher(event_filter, explains=True)
        expected = [matched(one_by_one.take(map(Record, batch))) for batch in batches(data, edges, together=False)]
        blocks = BlockMatcher(event_filter, matcher)
        found = [matched(blocks.take(batch)) for batch in batches(data, edges, together=True)]

        assert found == expected, f"seed {seed}"
        if not any(expected):
            assert matcher.seen == one_by_one.seen, f"seed {seed}"


@pytest.mark.parametrize(
    "others", [Filter(), Filter(exclude=frozenset({"thought"})), Filter(types=frozenset({"info"}))]
)
@pytest.mark.parametrize("pattern", [
    "needle", "(?i)NEEDLE", r"n\w+e", "x?need(le|ful)", r"\bneedle\b", r"need.*le", r"need\s?le", "[s-u]h|need",
    "pu$", "pus?", r"[^x]eedle", "zz|push", r'"need', "1|5|nu", "x{0}sh ", "data",
])  # fmt: skip
def test_the_same_lines_are_copied_that_match_one_by_one(
    pattern: str, others: Filter, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_filter = Filter(grep=Pattern(pattern), types=others.types, exclude=others.exclude)
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    for seed in range(120):
        data, edges = texts_run(seed, calls=True)

        one_by_one, matcher = EventMatcher(event_filter, explains=True), EventMatcher(event_filter, explains=True)
        expected = [copied(one_by_one.take(map(Record, batch))) for batch in batches(data, edges, together=False)]
        blocks, found = BlockMatcher(event_filter, matcher), []
        for batch in batches(data, edges, together=True):
            copy = blocks.copy(batch) if isinstance(batch, LineBlock) and blocks.filters_blocks else None
            found.append(copied(blocks.take(batch)) if copy is None else copy)

        assert found == expected, f"seed {seed}"
        if not any(expected):
            assert matcher.seen == one_by_one.seen, f"seed {seed}"


TYPES = ["thought", "message", "tool_use", "tool_result", "info", "error", "progress", "heartbeat", "subagent_start",
         "subagent_complete", "rate_limit", "session_end", "complete", "run_start", "other"]  # fmt: skip
VALUES: dict[str, list[object]] = {
    "name": ["Bash", "bash", "Read", "BAS\u212a"], "status": ["success", "error", "blocked", ""],
    "outcome": ["success", "failed"], "replaces": ["m1", ""], "stop_reason": ["end_turn", "refusal"],
    "state": ["writing", "waiting_on_human", "rate_limited"], "idle_s": [0.5, 200, 900], "heartbeat_s": [5.0, 1.0, 0],
    "kind": ["stuck", "hint"], "tool_use_id": ["t1", "t2"], "agent_type": ["Explore"], "id": ["a1", "t1"],
    "changed": [[{"passes": False}]], "text": ['"type":"error"', "\u00e4"], "until": ["2026-11-23T02:00:00Z"],
}  # fmt: skip
ODD_VALUES: dict[str, object] = {"name": 5, "status": ["error"], "idle_s": float("inf"), "replaces": True,
                                 "deep": json.loads("[" * 256 + "]" * 256)}  # fmt: skip


def eventful(rng: Random) -> list[bytes]:
    """Return the lines of a run with all that a filter looks at, now and then with pauses, and damaged in any way."""
    lines, time = [], 0.0
    for seq in range(rng.randint(1, 40)):
        time += rng.choice([0, 0.1, 0.1, 1, 2, 2, 5, 16, 40])
        stamp = f"2026-11-23T{int(time) // 3600 + 1:02}:{int(time) // 60 % 60:02}:{time % 60:09.6f}Z"
        data = {key: rng.choice(values) for key, values in VALUES.items() if rng.random() < 0.4}
        if rng.random() < 0.01:
            data |= dict([rng.choice(list(ODD_VALUES.items()))])
        event = {
            "seq": seq, "timestamp": stamp, "run": "r", "type": rng.choice(TYPES), "phase": "coding",
            "iteration": rng.choice([1, 2, None]), "parent": rng.choice([None, None, "t1"]), "data": data,
        }  # fmt: skip
        if rng.random() < 0.01:
            del event[rng.choice(list(event))]
        lines.append(damaged(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode(), rng))
    return lines


@cache
def eventful_run(seed: int) -> tuple[bytes, list[int], int]:
    """Return such a run, where the reads of it end, and from how many bytes on a block is large."""
    rng = Random(seed)
    much = rng.choice([0, 0, 200, 10**6])
    data = b"".join(line + b"\n" for line in eventful(rng))
    return data, read_edges(rng, len(data), 4), much


def damaged(line: bytes, rng: Random) -> bytes:
    """Return a line as it is, or now and then as other programs, crashes and power failures leave it."""
    half = rng.randint(0, len(line))
    damages = [
        line[:half], line[:half] + b"\0\0" + line, line + line, b"\xef\xbb\xbf" + line, line + b"\r", b"", b"  ",
        line[:-1] + b',"type":"error"}', line[:-1] + b',"type" : "tool_use" }', line.replace(b"e", b"\\u0065"),
        line[:half] + b"\xff" + line[half:], line.replace(b",", b"\n,", 1), line.replace(b'"phase":"coding",', b""),
        b'{"type":"error","data":{}}\n' + line[:-2] + b"\n{}}", line + line + b"\n",
    ]  # fmt: skip
    return rng.choice(damages) if rng.random() < 0.02 else line


SINCE = 1795395660.0
"""2026-11-23T01:01:00Z"""
FILTERS = [
    Filter(types=frozenset({"tool_use"})),
    Filter(types=frozenset({"tool_use", "complete"}), tools=frozenset({"bash", "bask"})),
    Filter(types=frozenset({"\u00e4"})),
    Filter(tools=frozenset({"bash"})),
    Filter(statuses=frozenset({"error", "failed"})),
    Filter(statuses=frozenset({"none"})),
    Filter(types=frozenset({"tool_result"}), tools=frozenset({"read"}), statuses=frozenset({"error"})),
    Filter(exclude=frozenset({"thought", "message"})),
    Filter(iterations=frozenset({2}), agent="main"),
    Filter(iterations=frozenset({3})),
    Filter(from_seq=10),
    Filter(since=SINCE),
    Filter(types=frozenset({"tool_use"}), since=SINCE),
    Filter(where=lambda lines: [b"Bash" in line for line in lines]),
    Filter(agent="explore"),
    Filter(agent="a1", statuses=frozenset({"error"})),
    Filter(agent="nobody"),
    Filter(errors=True),
    Filter(errors=True, agent="main"),
    Filter(errors=True, agent="explore"),
    Filter(errors=True, types=frozenset({"tool_result"}), tools=frozenset({"nothing"})),
    Filter(errors=True, exclude=frozenset({"error", "info"})),
]

NOWHERE = [FILTERS[2], FILTERS[5], FILTERS[9], FILTERS[16], FILTERS[20]]


@pytest.mark.parametrize("explains", [True, False])
@pytest.mark.parametrize("event_filter", FILTERS)
def test_the_same_lines_meet_conditions_whether_they_come_in_blocks_or_not(
    event_filter: Filter, monkeypatch: pytest.MonkeyPatch, *, explains: bool
) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    matches = answers = 0
    for seed in range(400):
        data, edges, much = eventful_run(seed)
        monkeypatch.setattr(line_conditions, "_MUCH", much)

        one_by_one = EventMatcher(event_filter, explains=explains)
        expected = [matched(one_by_one.take(map(Record, batch))) for batch in batches(data, edges, together=False)]
        matcher = EventMatcher(event_filter, explains=explains)
        blocks = BlockMatcher(event_filter, matcher)
        found = [matched(blocks.take(batch)) for batch in batches(data, edges, together=True)]
        copying = EventMatcher(event_filter, explains=explains)
        copier = BlockMatcher(event_filter, copying)
        copies = [copy_of(copier, batch) for batch in batches(data, edges, together=True)]

        assert found == expected, f"seed {seed}"
        for batch, copy, offsets in zip(batches(data, edges, together=False), copies, expected, strict=True):
            lines = [line.data + b"\n" for line in batch if isinstance(line, Line) and line.offset in offsets]
            assert copy in {None, b"".join(lines)}, f"seed {seed}"
            answers += copy is not None
        if explains and not any(expected):
            explanation = explain_no_match(event_filter, one_by_one.seen)
            assert explain_no_match(event_filter, matcher.seen) == explanation, f"seed {seed}"
            assert explain_no_match(event_filter, copying.seen) == explanation, f"seed {seed}"
        matches += sum(map(len, expected))
    assert matches or event_filter in NOWHERE
    assert answers or event_filter.errors or event_filter.agent not in {None, "main"}


def copy_of(blocks: BlockMatcher, batch: Sequence[Line | Oversize]) -> bytes | None:
    copy = blocks.copy(batch) if isinstance(batch, LineBlock) else None
    if copy is None:
        blocks.take(batch)
    return copy


@pytest.mark.parametrize("event_filter", [each for each in FILTERS if each.agent in {None, "main"}])
def test_the_last_matches_begin_at_the_same_line_whether_blocks_are_split_or_not(
    event_filter: Filter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seek, "_MATCHED_BLOCK", 1500)
    monkeypatch.setattr(seek, "_LOOK_BACK", 800)
    for seed in range(100):
        data, _, _ = eventful_run(seed)

        def read(count: int, offset: int, data: bytes = data) -> bytes:
            return data[offset : offset + count]

        start = StartPosition(last=2, matches=lambda: MatchedLines(event_filter))
        monkeypatch.setattr(lines_module, "_MIN_BLOCK", 10**6)
        expected = find_offset(start, read, len(data))
        monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
        assert find_offset(start, read, len(data)) == expected, f"seed {seed}"


def test_any_event_ends_a_text_that_names_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    line = '{{"type":"{}","phase":"coding","parent":null,"data":{}}}\n'
    pieces = [line.format("thought", json.dumps({"text": text})) for text in ("call 555-", "1234 now")]
    ends = line.format("tool_use", "{}")
    for between, count in (("", 2), (ends, 0)):
        data = (ends + pieces[0] + between + pieces[1]).encode()
        event_filter = Filter(grep=Pattern("[0-9]{3}-[0-9]{4}"))
        (block,) = batches(data, [0, len(data)], together=True)
        assert len(BlockMatcher(event_filter, EventMatcher(event_filter)).take(block)) == count


def test_of_other_lines_only_those_with_a_match_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    line = b'{"type":"tool_use","phase":"coding","data":{"input":"%s"}}\n'
    event_filter = Filter(grep=Pattern("[0-9]{3}-[0-9]{4}"))
    (block,) = batches(data := line * 3 % (b"", b"555-0199", b"555"), [0, len(data)], together=True)
    assert isinstance(block, LineBlock)
    selected = BlockMatcher(event_filter, EventMatcher(event_filter)).select(block)
    assert [record.line for record in selected] == block[:2]
