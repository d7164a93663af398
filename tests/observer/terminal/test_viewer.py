"""The loop that shows what a source yields.

Holds `observer.terminal.awaited_runs`.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from socket import gethostname

import pytest

from observer.format.line import Line
from observer.runs.filters.filter import Filter
from observer.runs.filters.pattern import Pattern
from observer.runs.live.monitor import ObservedRun
from observer.runs.state.verdict import Verdict
from observer.source.items import ContextLines, Idle, Item, Lines, Notice, NoticeKind, PartialLine, Tagged
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from observer.terminal.text_view import TextView
from observer.terminal.view import View
from observer.terminal.viewer import RunViewer
from tests.helpers import event
from tests.observer.terminal.rendering import RecordingSink

START = event("run_start", host="", about="Build a thing")
INFO = event("info", message="a remark")
COMPLETE = event("complete", outcome="success", message="done")
FAILED = event("complete", outcome="failed", message="no")


class ListSource:
    """A source that yields some items, and has a partial line if the writer dies."""

    def __init__(self, *items: Item | Tagged, partial: bytes | None = None) -> None:
        self.left = list(items)
        self._partial = partial

    async def items(self) -> AsyncGenerator[Item | Tagged, None]:
        while self.left:
            yield self.left.pop(0)

    def rest(self, _origin: str | None = None, /) -> PartialLine | None:
        return None if self._partial is None else PartialLine(Line(self._partial, 99))


def lines(*data: bytes) -> Lines:
    return Lines([Line(line.rstrip(b"\n"), 0) for line in data])


def view(
    source: ListSource, *, event_filter: Filter | None = None, content: bool = True, endless: bool = False
) -> tuple[Verdict, str]:
    """Return the verdict and what the text view prints."""
    out = RecordingSink()
    text_view = TextView(out, Screen(width=lambda: None), out)
    viewer = RunViewer(source, lambda _: text_view, event_filter=event_filter, content=content)
    return asyncio.run(viewer.run(endless=endless)), out.text


def test_it_ends_with_the_run_although_the_source_continues() -> None:
    source = ListSource(lines(START, COMPLETE), Idle(locked=False), lines(INFO))
    verdict, text = view(source)
    assert verdict is Verdict.COMPLETE
    assert "done" in text
    assert source.left


def test_endless_it_ends_only_with_the_source() -> None:
    source = ListSource(lines(START, COMPLETE), Idle(locked=False), lines(INFO))
    _, text = view(source, endless=True)
    assert "a remark" in text
    assert not source.left


@pytest.mark.parametrize(
    ("runs", "ends"),
    [
        ({"a": lines(START, COMPLETE), "b": lines()}, True),
        ({"a": lines(START, FAILED), "b": Notice(NoticeKind.UNREADABLE, "no")}, True),
        ({"a": lines(START, COMPLETE), "b": lines(event("run_start", host="other", heartbeat_s=5))}, False),
        ({"a": lines()}, False),
    ],
)
def test_runs_of_which_nothing_is_known_are_ignored_once_another_has_ended(runs: dict[str, Item], ends: bool) -> None:
    found = [Tagged(name, item) for name, item in runs.items()]
    idle = [Tagged(name, Idle()) for name in runs]
    source = ListSource(*found, *idle, Tagged("a", Idle()))
    out = RecordingSink()
    viewer = RunViewer(source, lambda _: TextView(out, Screen(width=lambda: None), out))
    asyncio.run(viewer.run(ignore_unknown=True))
    assert bool(source.left) == ends


def test_only_events_that_pass_the_filter_are_shown_but_all_count_for_the_verdict() -> None:
    verdict, text = view(ListSource(lines(START, INFO, FAILED), Idle()), event_filter=Filter(types=frozenset({"info"})))
    assert text.count("\n") == 1
    assert "a remark" in text
    assert verdict is Verdict.FAILED


def test_context_is_not_shown() -> None:
    _, text = view(ListSource(ContextLines([Line(START, 0)]), lines(INFO), Idle()))
    assert "Build a thing" not in text


def test_without_content_neither_lines_nor_context_nor_a_partial_line_show_text() -> None:
    call = event("tool_use", id="a", name="Task", input={"description": "a secret"})
    inside = event("thought", "a", text="a secret")
    source = ListSource(
        ContextLines([Line(call, 0)]), lines(START, inside), PartialLine(Line(b'{"type":"a secret', 5)), Idle()
    )
    _, text = view(source, content=False)
    assert "a secret" not in text
    assert "Build" not in text
    assert "malformed" in text
    assert "[8 bytes]" in text


def test_a_crash_shows_the_partial_line_and_is_reported_once() -> None:
    source = ListSource(
        lines(event("run_start", host=gethostname(), lock="ofd")),
        Idle(locked=False),
        Idle(locked=False),
        partial=b'{"type":"in',
    )
    verdict, text = view(source, endless=True)
    assert verdict is Verdict.CRASHED
    assert text.count("incomplete last line at byte 99") == 1
    assert text.count("the run crashed: its writer is gone") == 1


def test_a_notice_is_shown() -> None:
    _, text = view(ListSource(Notice(NoticeKind.TRUNCATED, "it was truncated")))
    assert text == "observe: it was truncated\n"


def test_several_runs_have_a_view_each_and_the_most_severe_verdict() -> None:
    sinks: dict[str | None, RecordingSink] = {}

    def view_for(run: str | None) -> View:
        sinks[run] = RecordingSink()
        return PrettyView(sinks[run], Screen(width=lambda: None))

    source = ListSource(
        Tagged("a", lines(START, COMPLETE)), Tagged("a", Idle()), Tagged("b", lines(START, FAILED)), Tagged("b", Idle())
    )
    assert asyncio.run(RunViewer(source, view_for).run()) is Verdict.COMPLETE
    assert list(sinks) == ["a"]
    source = ListSource(
        Tagged("a", lines(START, COMPLETE)), Tagged("b", lines(START, FAILED)), Tagged("a", Idle()), Tagged("b", Idle())
    )
    assert asyncio.run(RunViewer(source, view_for).run()) is Verdict.FAILED
    assert "no" in sinks["b"].text


class Recorder:
    """A status display that records what it shows."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def due(self) -> bool:
        return True

    def show(self, runs: Sequence[ObservedRun], now: float) -> None:
        self.shown += [run.state.about for run in runs]

    def clear(self) -> None:
        self.shown.append("cleared")


def test_the_status_display_is_updated_and_cleared_at_the_end() -> None:
    for content, about in ((True, "Build a thing"), (False, "[13 bytes]")):
        status = Recorder()
        viewer = RunViewer(
            ListSource(lines(START), Idle()),
            lambda _: TextView(RecordingSink(), Screen(width=lambda: None), RecordingSink()),
            status=status,
            content=content,
        )
        asyncio.run(viewer.run())
        assert status.shown[0] == about
        assert status.shown[-1] == "cleared"


def test_that_the_beginning_is_gone_is_said_once_before_the_first_event() -> None:
    later = INFO.replace(b'"seq":1,', b'"seq":771,')
    more = INFO.replace(b'"seq":1,', b'"seq":772,')

    _, text = view(ListSource(lines(later, more), Idle(), lines(more, COMPLETE)))

    assert text.count("known from event 771 on; what came before is gone") == 1
    assert text.startswith("observe: known from event 771 on")


def test_a_paragraph_that_matches_is_written_before_the_search_goes_on() -> None:
    pieces = [event("thought", text=text, message="m", block=0) for text in ("a cat ", "sat")]

    class Watched(ListSource):
        seen = ""

        async def items(self) -> AsyncGenerator[Item | Tagged, None]:
            yield lines(START, *pieces)
            yield lines(INFO)
            self.seen = out.text
            yield lines(COMPLETE)

    out = RecordingSink()
    text_view = TextView(out, Screen(width=lambda: None), out, joins_pieces=True)
    source = Watched()
    asyncio.run(RunViewer(source, lambda _: text_view, event_filter=Filter(grep=Pattern("cat sat"))).run())
    assert source.seen == out.text
    assert out.text.endswith(" a cat sat\n")
    assert out.text.count("\n") == 1


def test_with_errors_alone_a_crash_is_a_match_and_says_when_and_in_which_call() -> None:
    items = (
        lines(event("run_start", host=gethostname(), lock="ofd"), event("tool_use", id="t", name="Bash",
              input={"command": "sleep 5"})),
        Idle(locked=False),
    )  # fmt: skip
    crash = "no complete event; last event at 2026-11-23 01:12:30 UTC; in flight: Bash"
    for content, words in ((True, f"{crash} sleep 5"), (False, crash)):
        sink = RecordingSink()
        shown = TextView(sink, Screen(width=200), sink)
        viewer = RunViewer(ListSource(*items), lambda _, shown=shown: shown, event_filter=Filter(errors=True),
                           content=content, follows=False)  # fmt: skip
        asyncio.run(viewer.run())
        assert f"{words}\n" in sink.text
        assert viewer.seen.has_match
