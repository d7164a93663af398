"""Generates a run file of any size, like one that an agent writes. It is seeded, so that all measure the same bytes.

    python benchmarks/generate.py FILE --mb 200 [--seed 7] [--seconds-apart 0.05]

70 % pieces of text, 15 % tool calls, 10 % results of up to 20 kB, 5 % heartbeats; about 880 bytes per line.
"""

import argparse
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

RUN = "20261123T011230Z-7f3a9c"
START = datetime(2026, 11, 23, 1, 12, 30, tzinfo=UTC)
TEXT = (
    "the agent reads a file and finds that the parser drops the last line when it has no newline so it writes a test "
    "first and then mends the loop which was off by one because an index began at zero where the caller had counted"
)
WORDS = TEXT.split()
SOURCE = (
    "    def feed(self, data: bytes) -> list[Line]:\n        first, newline, others = data.partition(b'\\n')\n" * 90
)
TOOLS = ("Bash", "Read", "Edit", "Write", "Grep")


class Script:
    """Generates the lines of one run, in order."""

    def __init__(self, seed: int, step_s: float, run: str = RUN, start: datetime = START) -> None:
        self._random = random.Random(seed)
        self._step = timedelta(seconds=step_s)
        self._run = run
        self._now = start
        self._seq = 0
        self._running: list[tuple[str, str]] = []

    def line(self, kind: str, **data: object) -> bytes:
        """Return the next line, with its envelope."""
        self._seq += 1
        self._now += self._step
        event = {
            "seq": self._seq,
            "timestamp": f"{self._now:%Y-%m-%dT%H:%M:%S.%f}Z",
            "run": self._run,
            "type": kind,
            "phase": "coding",
            "iteration": 1 + self._seq // 5000,
            "parent": None,
            "data": data,
        }
        return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

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
        rng = self._random
        while True:
            choice = rng.random()
            if choice < 0.70:
                yield self.line("thought", text=" ".join(rng.choices(WORDS, k=rng.randint(2, 9))) + " ",
                                message=f"m{self._seq // 40}", block=0)  # fmt: skip
            elif choice < 0.85:
                yield self._tool_call()
            elif choice < 0.95 and self._running:
                yield self._next_result()
            else:
                yield self.line("heartbeat", elapsed_s=self._seq * 0.05, idle_s=0.2, state="writing", in_flight=[],
                                dropped=0, until=None, passing=3, total=40, cost_usd=1.5)  # fmt: skip

    def _tool_call(self) -> bytes:
        name = self._random.choice(TOOLS)
        id_ = f"toolu_{self._seq:024x}"
        self._running.append((id_, name))
        tool_input = {
            "Bash": {"command": "python3 -m pytest -q tests/test_parser.py 2>&1 | tail -20"},
            "Read": {"file_path": "/home/me/thing/parser.py"},
            "Grep": {"pattern": "def feed", "path": "/home/me/thing"},
            "Edit": {"file_path": "/home/me/thing/parser.py", "old_string": SOURCE[:200], "new_string": SOURCE[:260]},
            "Write": {"file_path": "/home/me/thing/test_parser.py", "content": SOURCE[:600]},
        }[name]
        return self.line("tool_use", id=id_, name=name, input=tool_input)

    def _next_result(self) -> bytes:
        id_, name = self._running.pop(0)
        start = self._random.randint(0, 100)
        output = SOURCE[start : start + self._random.randint(10, 20_000) * len(SOURCE) // 20_000]
        return self._tool_result(id_, name, output, "error" if self._random.random() < 0.05 else "success")

    def _tool_result(self, id_: str, name: str, output: str, status: str = "error") -> bytes:
        return self.line("tool_result", tool_use_id=id_, name=name, status=status, duration_ms=120, output=output,
                         output_bytes=len(output), output_file=None, reason=None, rule=None, command=None)  # fmt: skip


def write(
    path: Path, size: int, *, seed: int = 7, step_s: float = 0.05, run: str = RUN, start: datetime = START
) -> int:
    """Write a complete run of about `size` bytes, with `step_s` seconds between lines; return the number of lines."""
    script = Script(seed, step_s, run, start)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--mb", type=float, default=200, help="size of the file")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds-apart", type=float, default=0.05, help="time between two events")
    arguments = parser.parse_args()
    count = write(arguments.file, round(arguments.mb * 1e6), seed=arguments.seed, step_s=arguments.seconds_apart)
    print(f"{arguments.file}: {count:,} lines, {arguments.file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
