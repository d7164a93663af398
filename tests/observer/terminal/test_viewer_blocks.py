"""A viewer shows the same whether it takes the lines of a file in blocks or one by one."""

import asyncio
from collections.abc import AsyncGenerator
from random import Random
from typing import Any

import pytest

from observer.format import lines as lines_module
from observer.format.lines import LineSplitter
from observer.runs.filters.filter_options import build_filter
from observer.runs.filters.seen import explain_no_match
from observer.source.items import Idle, Item, Lines, PartialLine
from observer.terminal.json_view import JsonView
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from observer.terminal.text_view import TextView
from observer.terminal.view import View
from observer.terminal.viewer import RunViewer
from tests.observer.terminal.rendering import RecordingSink
from tests.observer.written import Script

FILTERS: list[dict[str, Any]] = [
    {"types": ["tool_use"]}, {"types": ["tool_use,tool_result"]}, {"types": ["tool_use"], "tools": ["bash"]},
    {"types": ["error"]}, {"tools": ["Read"]}, {"types": ["tool_result"], "statuses": ["error"]},
    {"statuses": ["blocked"]}, {"errors": True}, {"errors": True, "tools": ["Bash"]}, {"agent": "main"},
    {"agent": "scout"}, {"agent": "t1"}, {"types": ["tool_use"], "agent": "main"}, {"types": ["nothing"]},
    {"types": ["tool_use"], "tools": ["Bsh"]}, {"types": ["tool_use"], "iteration": ["4"]}, {"grep": "needle"},
    {"grep": "needle", "types": ["tool_result"]}, {"grep": "ne+dle", "thoughts": False}, {"grep": "nowhere"},
    {"types": ["tool_use"], "exclude": ["tool_use"]}, {"types": ["subagent_complete"]}, {"errors": True, "grep": "odd"},
    {"types": ["tool_use"], "grep": "Read"}, {"types": ["tool_use"], "from_seq": 90}, {"statuses": ["nowhere"]},
    {"errors": True, "exclude": ["tool_result"]}, {"types": ["thought"], "errors": True}, {},
]  # fmt: skip


def hostile_run(seed: int) -> bytes:
    """Return a run of many kinds of events, with lines that other programs may have written or torn."""
    rng, script = Random(seed), Script().start()
    for number in range(rng.randint(80, 160)):
        at = number * rng.choice([0.1, 1.0, 1.0, 1.0, 8.0, 30.0])
        call = f"t{rng.randint(0, number)}"
        parent = rng.choice([None, None, "t1"])
        choice = rng.randint(0, 9)
        if choice < 3:
            for piece in ("a nee", "dle, ", "or ne"):
                script.add("thought", {"text": piece, "message": f"m{number // 9}", "block": 0}, at=at, parent=parent)
        elif choice < 5:
            script.use(
                rng.choice(["Bash", "Read"]), f"t{number}", {"command": "needle"}, at=at, iteration=3 + number % 2
            )
        elif choice < 7:
            script.result("Bash", call, "no needle", status=rng.choice(["success", "error", "blocked", "odd"]), at=at)
        else:
            kind, data = rng.choice([
                ("heartbeat", {"elapsed_s": 1.0, "idle_s": rng.choice([1, 700]), "state": "writing"}),
                ("heartbeat", {"elapsed_s": 1.0, "idle_s": 1, "state": "waiting_on_human"}),
                ("error", {"message": "it broke"}), ("message", {"id": f"m{number // 9}", "stop_reason": "max_tokens"}),
                ("info", {"kind": "stuck", "message": "a needle"}), ("api_retry", {"attempt": 1}),
                ("subagent_start", {"id": "a1", "tool_use_id": "t1", "agent_type": "scout", "description": "look"}),
                ("subagent_complete", {"id": "a1", "tool_use_id": "t1", "status": "failed"}),
                ("session_end", {"outcome": "success"}), ("odd", {"name": 5, "text": ["needle"]}),
                ("progress", {"passing": 1, "total": 2, "changed": [{"name": "x", "passes": False}]}),
                ("thought", {"text": "again", "message": "m1", "block": 0, "replaces": "m0"}),
            ])  # fmt: skip
            script.add(kind, data, at=at, parent=parent)
    script.complete(at=5000)
    lines = list(script.lines)
    for _ in range(rng.randint(0, 4)):
        index = rng.randrange(1, len(lines))
        lines[index] = rng.choice([
            lambda line: line[: len(line) // 2], lambda _: b"", lambda line: line.replace(b":", b" : "),
            lambda line: b"\0\0" + line, lambda line: line.replace(b"tool_use", b"tool\\u005fuse"),
            lambda line: b'{"type":"tool_use",' + line[1:], lambda line: line.replace(b"e", b"\xe9"),
        ])(lines[index])  # fmt: skip
    return b"".join(line + b"\n" for line in lines)


class Chunks:
    """A source that reads some bytes in chunks, like a file."""

    def __init__(self, data: bytes, *, in_blocks: bool) -> None:
        self._data = data
        self._in_blocks = in_blocks

    async def items(self) -> AsyncGenerator[Item, None]:
        splitter = LineSplitter()
        feed = splitter.feed_block if self._in_blocks else splitter.feed
        for start in range(0, len(self._data), 4096):
            yield Lines(feed(self._data[start : start + 4096]))
        yield Idle(locked=False)

    def rest(self, _origin: str | None = None, /) -> PartialLine | None:
        return None


def shown(
    data: bytes, options: dict[str, Any], output: str, *, in_blocks: bool
) -> tuple[bytes, bytes, object, list[str]]:
    """Return what is printed, on both outputs, the verdict, and why nothing matched."""
    out, messages = RecordingSink(), RecordingSink()
    screen = Screen(width=lambda: None)
    views: dict[str, View] = {
        "json": JsonView(out, messages, sorts="grep" in options), "pretty": PrettyView(out, screen),
        "text": TextView(out, screen, messages, joins_pieces="grep" in options),
    }  # fmt: skip
    event_filter = build_filter(now=0.0, **options)
    viewer = RunViewer(
        Chunks(data, in_blocks=in_blocks), lambda _: views[output], event_filter=event_filter, follows=False
    )
    verdict = asyncio.run(viewer.run())
    reasons = [] if viewer.seen.has_match else explain_no_match(event_filter, viewer.seen)
    return out.data, messages.data, verdict, reasons


@pytest.mark.parametrize("output", ["json", "text", "pretty"])
@pytest.mark.parametrize("options", FILTERS, ids=str)
def test_lines_are_filtered_alike_in_blocks_and_one_by_one(
    options: dict[str, Any], output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    for seed in range(5):
        data = hostile_run(seed)
        one_by_one = shown(data, options, output, in_blocks=False)
        assert shown(data, options, output, in_blocks=True) == one_by_one, f"seed {seed}"
