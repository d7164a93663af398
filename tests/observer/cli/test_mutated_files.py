"""Of 300 damaged run files, every command counts the same events and malformed lines, and none ends in a traceback."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from observer.cli.check import FindingFormat, check_all
from observer.cli.report import Format, report
from observer.cli.wait import Waiter
from observer.format import lines as lines_module
from observer.format.event import Event, Malformed, Record, decode
from observer.format.line import Line, Oversize
from observer.format.lines import LineSplitter
from observer.format.zone import UTC
from observer.report.contents import read_contents
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher
from observer.runs.listing.listed_run import run_json
from observer.runs.listing.listing import Listing, list_run
from observer.runs.one_run.run import load_run
from observer.runs.summary.summary import Summary
from observer.runs.waiting.conditions import parse_conditions
from observer.runs.window.line_filter import LineFilter
from observer.runs.window.pages import lines_after
from observer.source.items import Follow, Idle, Item, Lines, PartialLine, Tagged
from observer.source.open_source import open_source
from observer.source.snapshot import Snapshot
from observer.terminal.json_view import JsonView
from observer.terminal.pretty_view import PrettyView
from observer.terminal.run_table import table_lines
from observer.terminal.screen import Screen
from observer.terminal.summary_view import summary_lines
from observer.terminal.text_view import TextView
from observer.terminal.view import View
from observer.terminal.viewer import RunViewer
from observer.web.lines.paging import row_maker
from observer.web.responses import sse
from tests.observer.mutations import mutated_files
from tests.observer.observing import Observe
from tests.observer.terminal.rendering import RecordingSink

FILES = mutated_files(300)
SCREEN = Screen(width=lambda: None)
NOT_EVENTS = frozenset({"malformed", "stalled", "crashed"})
"""The types of lines of `-o text` that stand for no event."""
Counts = tuple[int, int]
"""Of events, and of malformed lines."""


class Items:
    """A source of a whole file at once."""

    def __init__(self, data: bytes) -> None:
        splitter = LineSplitter()
        self._items: list[Item] = [Lines(splitter.feed(data))]
        self._rest = splitter.rest()

    async def items(self) -> AsyncGenerator[Item | Tagged, None]:
        for item in self._items:
            yield item
        if self._rest is not None:
            yield PartialLine(self._rest)
        yield Idle(locked=False)

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        return None


def all_lines(data: bytes) -> list[Line | Oversize]:
    splitter = LineSplitter()
    lines, rest = splitter.feed(data), splitter.rest()
    return lines if rest is None else [*lines, rest]


def expected(data: bytes) -> Counts:
    decoded = [decode(line) for line in all_lines(data) if isinstance(line, Line)]
    return sum(isinstance(one, Event) for one in decoded), sum(isinstance(one, Malformed) for one in decoded)


def viewed(data: bytes, make: Callable[[RecordingSink], View], *, content: bool = True) -> str:
    out = RecordingSink()
    view = make(out)
    asyncio.run(RunViewer(Items(data), lambda _: view, content=content).run())
    return out.data.decode("utf-8", "backslashreplace")


def in_text(data: bytes, *, content: bool = True) -> Counts:
    text = viewed(data, lambda out: TextView(out, SCREEN, RecordingSink()), content=content)
    kinds = Counter(line.split()[2] for line in text.splitlines())
    return sum(count for kind, count in kinds.items() if kind not in NOT_EVENTS), kinds["malformed"]


def in_json(data: bytes) -> Counts:
    return expected(viewed(data, lambda out: JsonView(out, RecordingSink())).encode("utf-8", "surrogateescape"))


def in_pretty(data: bytes) -> int:
    text = viewed(data, lambda out: PrettyView(out, SCREEN))
    return sum("malformed line at byte" in line or "incomplete last line at" in line for line in text.splitlines())


def in_show(path: Path, *, content: bool = True) -> Counts:
    snapshot, summary = Snapshot(path), Summary()
    for lines in snapshot.lines():
        summary.take(lines)
    listed = list_run(snapshot, content=content)
    page = "\n".join(summary_lines(listed, summary, listed.arrived, SCREEN))
    snapshot.close()
    assert (f"{summary.malformed} malformed line" in page) == (summary.malformed > 0)
    return summary.events, summary.malformed


def in_api(data: bytes) -> Counts:
    """Count as the page does: what comes without a name must be JSON of every parser."""
    found = [sse.message(line, b"g.1", lambda _count, _offset: b"") for line in all_lines(data)]
    messages = [message for message in found if message]
    malformed = sum(b"\nevent: malformed\n" in message for message in messages)
    for message in messages:
        json.loads(message.split(b"\ndata: ", 1)[1], parse_int=float, parse_constant=pytest.fail)
    everything = LineFilter(Filter())
    read = lambda count, offset: data[offset : offset + count]  # noqa: E731
    rows = lines_after(read, 0, data.rfind(b"\n") + 1, 10_000, everything, row_maker(read, None)).rows
    complete = [line for line in LineSplitter().feed(data) if isinstance(line, Line)]
    assert [len(row) == 4 for row in rows] == [isinstance(decode(line), Malformed) for line in complete]
    for row in rows:
        if row[2]:
            json.loads(row[2], parse_int=float, parse_constant=pytest.fail)
    return len(messages) - malformed, malformed


def in_reports(path: Path) -> Counts:
    with load_run(path) as run:
        reports = {kind: "".join(report(run, kind)) for kind in Format}
        assert all(reports.values())
        markdown = reports[Format.MARKDOWN]
        count = len(run.malformed)
        assert (f"{count} malformed line" in markdown) == (count > 0)
        assert read_contents(run, UTC, lambda _: None, lambda: True).problems.malformed.count == count
        return len(run.events), count


@pytest.mark.parametrize("part", range(6))
def test_every_command_counts_the_same_events_and_malformed_lines(
    part: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number, data in list(enumerate(FILES))[part::6]:
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "run.ndjson"
        path.write_bytes(data)
        counts = expected(data)

        assert in_text(data) == in_text(data, content=False) == counts, number
        assert in_json(data) == counts, number
        assert in_pretty(data) == counts[1], number
        assert in_show(path) == in_show(path, content=False) == counts, number
        assert in_reports(path) == counts, number
        assert in_api(data) == counts, number
        listed = Listing(folder).read()
        assert [len(table_lines(listed, 0.0, SCREEN)), len(listed), run_json(listed[0], 0.0).count(b"\n")] == [2, 1, 1]
        assert check_all([str(path)], folder, output=FindingFormat.JSON, strict=False, incomplete=False) in {0, 1}
        found = {json.loads(line)["line"] for line in capfd.readouterr().out.split("\n")[:-1]}
        with load_run(path) as run:
            assert {line for line, _ in run.malformed} <= found, number


def test_lines_of_a_type_are_the_same_in_blocks_and_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    types = Filter(types=frozenset({"tool_use"}))
    for number, data in enumerate(FILES[::3]):
        block = LineSplitter().feed_block(data)
        blocks = BlockMatcher(types, EventMatcher(types))
        expected = EventMatcher(types).take(map(Record, LineSplitter().feed(data)))
        assert [record.line for record in blocks.take(block)] == [record.line for record in expected], number


async def test_waiting_and_stripping_work_on_any_file(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    for data in FILES[::5]:
        path.write_bytes(data)
        conditions = parse_conditions(["ended", "blocked", "type=sparkle"])
        await Waiter(open_source(path, follow=Follow.NOT), conditions).run()


@pytest.mark.parametrize("number", [7, 77, 177])
def test_processes_end_with_a_documented_code_and_without_a_traceback(
    number: int, observe: Callable[..., Observe], tmp_path: Path
) -> None:
    path = tmp_path / "runs" / "run.ndjson"
    path.parent.mkdir()
    path.write_bytes(FILES[number])
    commands = {
        ("tail", "--no-follow", "-o", "text"): {0, 1, 4}, ("tail", "--no-follow", "-o", "json"): {0, 1, 4},
        ("tail", "--no-follow"): {0, 1, 4}, ("show",): {0, 1, 4}, ("check",): {0, 1}, ("report", "-f", "md"): {0},
        ("wait", "--timeout", "0"): {0, 1, 2, 3, 4, 5},
    }  # fmt: skip
    running = {command: observe(*command, path) for command in commands}
    for command, process in running.items():
        assert process.ends() in commands[command], command
        assert "Traceback" not in process.err, command
