"""Generates a run file of any size, like one that an agent writes. It is seeded, so that all measure the same bytes.

    python benchmarks/generate.py FILE --mb 200 [--mix calls] [--seconds-apart 0.05]

There are two mixes, each with a seed of its own: mostly text, where a filter finds little, and mostly calls. In both
some calls are made by subagents, and many have no result because their session ends.
"""

import argparse
import json
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

RUN = "20261123T011230Z-7f3a9c"
START = datetime(2026, 11, 23, 1, 12, 30, tzinfo=UTC)
STEP_S = 0.05
"""Seconds between two lines."""
TEXT = (
    "the agent reads a file and finds that the parser drops the last line when it has no newline so it writes a test "
    "first and then mends the loop which was off by one because an index began at zero where the caller had counted"
)
WORDS = TEXT.split()
SOURCE = (
    "    def feed(self, data: bytes) -> list[Line]:\n        first, newline, others = data.partition(b'\\n')\n" * 90
)
TOOLS = ("Bash", "Read", "Edit", "Write", "Grep")
SESSION_LINES = 5000
"""Lines of one session."""
PIECES = 5
"""Pieces of the text of one message."""
SUBAGENT = "Explore"
"""The type of the subagents in the mix of calls."""


@dataclass(frozen=True)
class Mix:
    """The shares of the types of lines; heartbeats are the rest. `output` is the size of the longest output."""

    name: str
    seed: int
    text: float
    calls: float
    results: float
    output: int

    def __str__(self) -> str:
        rest = 1 - self.text - self.calls - self.results
        return (
            f"{self.text:.0%} pieces of text, {self.calls:.0%} tool calls, {self.results:.0%} results of up to "
            f"{self.output // 1000} kB, {rest:.0%} heartbeats".replace("%", " %")
        )


TEXT_MIX = Mix("text", 7, text=0.70, calls=0.15, results=0.10, output=20_000)
CALLS_MIX = Mix("calls", 18, text=0.08, calls=0.62, results=0.25, output=2000)
MIXES = {mix.name: mix for mix in (TEXT_MIX, CALLS_MIX)}


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Script:
    """Generates the lines of one run, in order."""

    def __init__(
        self, mix: Mix, step_s: float, run: str = RUN, start: datetime = START, seed: int | None = None
    ) -> None:
        self._mix = mix
        self._random = random.Random(mix.seed if seed is None else seed)
        self._step = timedelta(seconds=step_s)
        self._run = run
        self._now = start.replace(tzinfo=None)
        self._seq = 0
        self._running: list[tuple[str, str]] = []
        self._messages = 0
        self._pieces: list[str] = []

    def line(self, kind: str, parent: str | None = None, **data: object) -> bytes:
        """Return the next line, with its envelope."""
        self._seq += 1
        self._now += self._step
        return (
            f'{{"seq":{self._seq},"timestamp":"{self._now.isoformat(timespec="microseconds")}Z","run":"{self._run}",'
            f'"type":"{kind}","phase":"coding","iteration":{1 + self._seq // SESSION_LINES},'
            f'"parent":{_encode(parent)},"data":{_encode(data)}}}\n'
        ).encode()

    def begin(self) -> bytes:
        """Return the first line."""
        return self.line(
            "run_start", format=1, command="agent build SPEC.md", model="claude-x", project_dir="/home/me/thing",
            pid=4242, host="build-7", version="0.1.0", heartbeat_s=5.0, resumed_from=None, about="A thing, generated",
        )  # fmt: skip

    def end(self) -> bytes:
        """Return the missing results, short and all at the same time, and the last line."""
        self._step = timedelta()
        results = b"".join(self._tool_result(id_, name, "stopped") for id_, name in self._running)
        self._running.clear()
        return results + self.line(
            "complete", outcome="success", project_dir="/home/me/thing", cost_usd=12.5, duration_ms=3_600_000,
            message="all 40 features pass", reason="all_pass", blocked=[], passing=40, total=40,
        )  # fmt: skip

    def events(self) -> Iterator[bytes]:
        """Yield lines without end."""
        rng, mix = self._random, self._mix
        calls, results = mix.text + mix.calls, mix.text + mix.calls + mix.results
        while True:
            choice = rng.random()
            if choice < mix.text:
                yield self._piece()
            elif choice < calls:
                yield self._tool_call()
            elif choice < results and self._running:
                yield self._next_result()
            else:
                yield self.line("heartbeat", elapsed_s=self._seq * 0.05, idle_s=0.2, state="writing", in_flight=[],
                                dropped=0, until=None, passing=3, total=40, cost_usd=1.5)  # fmt: skip
            yield from self._rare_events()

    def _rare_events(self) -> Iterator[bytes]:
        """Yield what comes every few hundred or thousand lines: subagents, complete messages, sessions."""
        if self._seq % 400 == 0:
            id_, agent = f"toolu_{self._seq:024x}", f"a{self._seq}"
            yield self.line("tool_use", id=id_, name="Agent", input={"description": "look for the parser"})
            yield self.line("subagent_start", id=agent, tool_use_id=id_, agent_type=SUBAGENT,
                            description="look for the parser")  # fmt: skip
            for _ in range(self._random.randint(3, 20)):
                yield self._tool_call(id_)
            yield self.line("subagent_complete", id=agent, tool_use_id=id_, status="completed",
                            duration_ms=900, tool_uses=9, tokens=4000, summary="found it")  # fmt: skip
            yield self._tool_result(id_, "Agent", "found it", "success")
        elif len(self._pieces) >= PIECES:
            yield self.line("message", id=f"m{self._messages}", model="claude-x", stop_reason="tool_use",
                            tokens={"input": 5, "output": 40, "cache_read": 9, "cache_write": 0},
                            text="".join(self._pieces))  # fmt: skip
            self._messages += 1
            self._pieces.clear()
        elif self._seq % SESSION_LINES == SESSION_LINES - 1:
            self._running.clear()
            yield self.line("session_end", outcome="success", turns=9, duration_ms=9000, cost_usd=0.5, usage={},
                            model_usage={}, result="done")  # fmt: skip
            yield self.line("session_start", iteration=1 + self._seq // SESSION_LINES, agent_type="CODING",
                            session_id=f"s{self._seq}", model="claude-x", tools=list(TOOLS))  # fmt: skip

    def _piece(self) -> bytes:
        text = " ".join(self._random.choices(WORDS, k=self._random.randint(2, 9))) + " "
        self._pieces.append(text)
        return self.line("thought", text=text, message=f"m{self._messages}", block=0)

    def _tool_call(self, parent: str | None = None) -> bytes:
        name = self._random.choice(TOOLS)
        id_ = f"toolu_{self._seq:024x}"
        if parent is None:
            self._running.append((id_, name))
        tool_input = {
            "Bash": {"command": "python3 -m pytest -q tests/test_parser.py 2>&1 | tail -20"},
            "Read": {"file_path": "/home/me/thing/parser.py"},
            "Grep": {"pattern": "def feed", "path": "/home/me/thing"},
            "Edit": {"file_path": "/home/me/thing/parser.py", "old_string": SOURCE[:200], "new_string": SOURCE[:260]},
            "Write": {"file_path": "/home/me/thing/test_parser.py", "content": SOURCE[:600]},
        }[name]
        return self.line("tool_use", parent, id=id_, name=name, input=tool_input)

    def _next_result(self) -> bytes:
        id_, name = self._running.pop(0)
        start = self._random.randint(0, 100)
        output = SOURCE[start : start + self._random.randint(10, self._mix.output) * len(SOURCE) // 20_000]
        return self._tool_result(id_, name, output, "error" if self._random.random() < 0.05 else "success")

    def _tool_result(self, id_: str, name: str, output: str, status: str = "error") -> bytes:
        return self.line("tool_result", tool_use_id=id_, name=name, status=status, duration_ms=120, output=output,
                         output_bytes=len(output), output_file=None, reason=None, rule=None, command=None)  # fmt: skip


def write(
    path: Path, size: int, *, mix: Mix = TEXT_MIX, step_s: float = STEP_S, run: str = RUN, start: datetime = START
) -> int:
    """Write a complete run of about `size` bytes, with `step_s` seconds between lines; return the number of lines."""
    script = Script(mix, step_s, run, start)
    written = count = 0
    with path.open("wb", buffering=1 << 20) as file:
        for line in chain([script.begin()], script.events()):
            written += file.write(line)
            count += 1
            if written >= size:
                break
        ending = script.end()
        file.write(ending)
    return count + ending.count(b"\n")


def write_all(files: dict[Path, tuple[float, Mix]]) -> dict[Path, int]:
    """Write several runs of so many MB at the same time; return the number of lines of each."""
    with ProcessPoolExecutor() as pool:
        counts = {path: pool.submit(write, path, round(mb * 1e6), mix=mix) for path, (mb, mix) in files.items()}
        return {path: count.result() for path, count in counts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--mb", type=float, default=200, help="size of the file")
    parser.add_argument("--mix", choices=list(MIXES), default=TEXT_MIX.name)
    parser.add_argument("--seconds-apart", type=float, default=STEP_S, help="time between two events")
    arguments = parser.parse_args()
    size, mix = round(arguments.mb * 1e6), MIXES[arguments.mix]
    count = write(arguments.file, size, mix=mix, step_s=arguments.seconds_apart)
    print(f"{arguments.file}: {count:,} lines, {arguments.file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
