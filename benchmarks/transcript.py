"""Generates transcripts of Claude Code of any size, with a seed, so that all measure the same bytes.

    python benchmarks/transcript.py FILE --mb 60

Like those of the CLI, two thirds and more of their bytes are bookkeeping: requests as they were sent, snapshots of
prompts and files. Each message of the model stands on several lines, one a block, with the same tokens on each.
"""

import argparse
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from generate import SOURCE, WORDS

CWD = "/home/me/thing"
MODEL = "claude-sonnet-4-5-20250929"
USD_PER_MILLION = {
    "input_tokens": 3.0, "output_tokens": 15.0, "cache_creation_input_tokens": 3.75, "cache_read_input_tokens": 0.3,
}  # fmt: skip
"""The prices of the model for prompts below 200,000 tokens."""
SEED = 60
START = datetime(2026, 11, 23, 1, 12, 30)
REQUESTS_PER_TURN = (1, 10)
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True)
class Totals:
    """What a transcript says in total, each message counted once."""

    messages: int
    tokens: Counter[str]
    bookkeeping: int
    size: int

    @property
    def cost_usd(self) -> float:
        """What the tokens cost."""
        return sum(count * USD_PER_MILLION[kind] for kind, count in self.tokens.items()) / 1e6


class Transcript:
    """Generates the lines of one session, in order."""

    def __init__(self, session: str, seed: int = SEED, start: datetime = START) -> None:
        self.session = session
        self._random = random.Random(seed)
        self._now = start
        self._parent: str | None = None
        self._requests = self._bookkeeping = self._size = 0
        self._tokens: Counter[str] = Counter()

    def totals(self) -> Totals:
        """Return what the lines so far say."""
        return Totals(self._requests, self._tokens.copy(), self._bookkeeping, self._size)

    def turn(self) -> Iterator[bytes]:
        """Yield the lines of the next turn, from its prompt to its end."""
        text = self._words(5, 40)
        began = self._now
        yield self._record({"type": "user", "message": {"role": "user", "content": text}, "promptSource": "typed"})
        requests = self._random.randint(*REQUESTS_PER_TURN)
        for number in range(requests):
            yield from self._request(text, is_last=number == requests - 1)
        elapsed = round((self._now - began).total_seconds() * 1000)
        yield self._record({"type": "system", "subtype": "turn_duration", "durationMs": elapsed, "isMeta": False})

    def end(self) -> bytes:
        """Return the last line of a process that ends by itself: what it has cost."""
        totals = self.totals()
        usage = {"inputTokens": totals.tokens["input_tokens"], "outputTokens": totals.tokens["output_tokens"],
                 "cacheReadInputTokens": totals.tokens["cache_read_input_tokens"],
                 "cacheCreationInputTokens": totals.tokens["cache_creation_input_tokens"],
                 "webSearchRequests": 0, "costUSD": totals.cost_usd}  # fmt: skip
        return self._line({"type": "cost-state", "sessionId": self.session, "totalCostUSD": totals.cost_usd,
                           "totalDuration": 7_200_000, "modelUsage": {MODEL: usage}})  # fmt: skip

    def _request(self, text: str, *, is_last: bool) -> Iterator[bytes]:
        """Yield what one request to the model leaves behind."""
        self._requests += 1
        files = {f"src/{number}.py": self._uuid() for number in range(40)}
        yield self._book({"type": "file-history-snapshot", "messageId": self._uuid(), "isSnapshotUpdate": False,
                          "snapshot": {"trackedFileBackups": files}})  # fmt: skip
        if self._requests % 3 == 1:
            yield self._record({"attachment": {"type": "prompt_snapshot", "systemPrompt": [SOURCE[:9000]]},
                                "type": "attachment"}, is_bookkeeping=True)  # fmt: skip
        yield self._book({"type": "api-request", "sessionId": self.session, "id": self._uuid(),
                          "timestamp": self._stamp(),
                          "params": {"model": MODEL, "betas": [self._uuid() for _ in range(20)]}})  # fmt: skip
        message, call = f"msg_{self._random.getrandbits(64):016x}", f"toolu_{self._random.getrandbits(64):016x}"
        blocks = [{"type": "thinking", "thinking": self._words(5, 60), "signature": "c2ln" * 100},
                  {"type": "text", "text": self._words(5, 80)}]  # fmt: skip
        name, given, output = self._tool()
        if not is_last:
            blocks.append({"type": "tool_use", "id": call, "name": name, "input": given})
        usage, stop = self._usage(), "end_turn" if is_last else "tool_use"
        for index, block in enumerate(blocks):
            body = {"id": message, "type": "message", "role": "assistant", "model": MODEL, "content": [block],
                    "stop_reason": stop, "stop_sequence": None, "usage": usage}  # fmt: skip
            yield self._record({"message": body, "apiBlockIndex": index, "requestId": f"req_{message[4:]}",
                                "type": "assistant"})  # fmt: skip
        yield self._blob({"role": "assistant", "content": blocks})
        if not is_last:
            yield from self._result(call, output)
        yield self._book(
            {"type": "last-prompt", "lastPrompt": text, "leafUuid": self._parent, "sessionId": self.session}
        )

    def _result(self, call: str, output: str) -> Iterator[bytes]:
        """Yield the result of a tool; the CLI writes each output twice, and into the next request as well."""
        block = {
            "tool_use_id": call,
            "type": "tool_result",
            "content": output,
            "is_error": self._random.random() < 0.05,
        }
        yield self._record({"type": "user", "message": {"role": "user", "content": [block]},
                            "toolUseResult": {"stdout": output, "stderr": "", "interrupted": False}})  # fmt: skip
        yield self._blob({"role": "user", "content": [block]})
        yield self._book({"type": "progress", "sessionId": self.session, "data": {"output": SOURCE[: 4 * len(output)]}})

    def _tool(self) -> tuple[str, dict[str, str], str]:
        name, given = self._random.choice([
            ("Bash", {"command": "python3 -m pytest -q tests/test_parser.py", "description": "Run the tests"}),
            ("Read", {"file_path": f"{CWD}/parser.py"}),
            ("Edit", {"file_path": f"{CWD}/parser.py", "old_string": SOURCE[:200], "new_string": SOURCE[:260]}),
            ("Grep", {"pattern": "def feed", "path": CWD}),
        ])  # fmt: skip
        start = self._random.randint(0, 100)
        return name, given, SOURCE[start : start + self._random.choice([40, 300, 1500, 6000])]

    def _usage(self) -> dict[str, object]:
        usage = {"input_tokens": self._random.randint(2, 12), "output_tokens": self._random.randint(20, 900),
                 "cache_creation_input_tokens": self._random.randint(100, 3000),
                 "cache_read_input_tokens": self._random.randint(20_000, 150_000)}  # fmt: skip
        self._tokens.update(usage)
        return {**usage, "service_tier": "standard"}

    def _blob(self, message: dict[str, object]) -> bytes:
        return self._book(
            {"type": "api-request-blob", "sessionId": self.session, "hash": self._uuid(), "message": message}
        )

    def _record(self, fields: dict[str, object], *, is_bookkeeping: bool = False) -> bytes:
        """Return a record of the conversation: the child of the one before."""
        self._now += timedelta(milliseconds=self._random.randint(20, 4000))
        uuid = self._uuid()
        line = self._line({"parentUuid": self._parent, "isSidechain": False, **fields, "uuid": uuid,
                           "timestamp": self._stamp(), "userType": "external", "entrypoint": "cli", "cwd": CWD,
                           "sessionId": self.session, "version": "2.1.332", "gitBranch": "main"})  # fmt: skip
        self._parent = uuid
        self._bookkeeping += len(line) if is_bookkeeping else 0
        return line

    def _book(self, fields: dict[str, object]) -> bytes:
        line = self._line(fields)
        self._bookkeeping += len(line)
        return line

    def _line(self, fields: dict[str, object]) -> bytes:
        line = f"{_encode(fields)}\n".encode()
        self._size += len(line)
        return line

    def _stamp(self) -> str:
        return f"{self._now.isoformat(timespec='milliseconds')}Z"

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _words(self, least: int, most: int) -> str:
        return " ".join(self._random.choices(WORDS, k=self._random.randint(least, most)))


def write(path: Path, size: int, seed: int = SEED, start: datetime = START) -> Totals:
    """Write a session of at least `size` bytes that ends by itself; return what it says in total."""
    script = Transcript(path.stem, seed, start)
    with path.open("wb", buffering=1 << 20) as file:
        while script.totals().size < size:
            file.writelines(script.turn())
        file.write(script.end())
    return script.totals()


def session_id(number: int) -> str:
    """Return the ID of a generated session."""
    return str(UUID(int=random.Random(number).getrandbits(128), version=4))


def write_home(home: Path, sessions: int, size: int) -> list[Totals]:
    """Write so many sessions of at least `size` bytes into Claude Code's directory, one an hour, of two projects."""
    totals = []
    for number in range(sessions):
        directory = home / "projects" / ("-home-me-thing", "-home-me-other")[number % 2]
        directory.mkdir(parents=True, exist_ok=True)
        path, start = directory / f"{session_id(number)}.jsonl", START - timedelta(hours=number)
        totals.append(write(path, size, number, start))
        written = start.replace(tzinfo=UTC).timestamp()
        os.utime(path, (written, written))
    return totals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--mb", type=float, default=60, help="size of the file")
    arguments = parser.parse_args()
    totals = write(arguments.file, round(arguments.mb * 1e6))
    print(f"{totals.size:,} bytes, {totals.bookkeeping / totals.size:.0%} bookkeeping, {totals.messages:,} messages, "
          f"{dict(totals.tokens)}, {totals.cost_usd:.2f} USD")  # fmt: skip


if __name__ == "__main__":
    main()
