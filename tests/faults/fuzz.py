"""The fuzzer: damaged run files for every view, report and request. What fails is made small and kept as a file.

A file of `tests/faults/kept` has failed once, and is tried with every run of the tests.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

from tests.helpers import LIMIT_S, RUN
from tests.observer.mutations import mutated_files
from tests.observer.web.asking import serving
from tests.warm import run

KEPT = Path(__file__).parent / "kept"
_CODES = frozenset({0, 1, 2, 3, 4})
"""The exit codes that the commands document, signals aside."""
_TAIL = "tail --no-follow FILE"
COMMANDS = (
    f"{_TAIL} -o pretty --full", f"{_TAIL} -o text", f"{_TAIL} -o json", f"{_TAIL} --grep e -C 1", f"{_TAIL} --errors",
    f"{_TAIL} --type tool_use,tool_result --tool Bash", f"{_TAIL} --agent main --iteration 1-9 -n 3",
    f"{_TAIL} --since 2026-11-23T01:12:31Z --status error", f"{_TAIL} --no-content", "show FILE", "show FILE -o json",
    "check FILE", "check FILE --strict --allow-incomplete", "list --runs DIRECTORY", "list --runs DIRECTORY -o json",
    "wait FILE --until ended --timeout 1s", "report FILE -f html -o REPORT", "report FILE -f md -o REPORT",
    "report FILE -f junit -o REPORT", "report FILE -f trace -o REPORT",
)  # fmt: skip
_RUN_PATH = f"/api/runs/{RUN}"
REQUESTS = (
    "/api/runs",
    *(
        f"{_RUN_PATH}/lines?{query}"
        for query in ("before=end", "seq=3&limit=3", "after=start&grep=e", "before=end&i=1")
    ),
    f"{_RUN_PATH}/lines?before=end&type=tool_use&tool=Bash",
    *(f"{_RUN_PATH}/{name}" for name in ("timeline", "panel", "events", "events?grep=e", "events?errors=1")),
)


def fuzz(directory: Path, seed: int) -> str | None:
    """Try the damaged file of a seed; return what was wrong, and where the smallest file that shows it is kept."""
    (data,) = mutated_files(1, seed)
    if (failed := next(failures(directory, data), None)) is None:
        return None
    attempt, problem = failed
    small = shrink(data, lambda smaller: _try(directory, smaller, attempt) is not None)
    KEPT.mkdir(exist_ok=True)
    file = KEPT / f"{hashlib.sha256(small).hexdigest()[:12]}.ndjson"
    file.write_bytes(small)
    return f"seed {seed}: {attempt}: {problem}; kept as {file}"


def failures(directory: Path, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield each command and request that a file makes fail, and how."""
    for attempt in (*COMMANDS, *REQUESTS):
        if problem := _try(directory, data, attempt):
            yield attempt, problem


def shrink(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Return a part of the lines that still fails, and does not without any one of them."""
    lines = data.splitlines(keepends=True)
    size = max(1, len(lines) // 2)
    while True:
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[at + size :]
            if fails(b"".join(fewer)):
                lines = fewer
            else:
                at += size
        if size == 1:
            return b"".join(lines)
        size //= 2


def _try(directory: Path, data: bytes, attempt: str) -> str | None:
    runs = directory / "runs"
    runs.mkdir(exist_ok=True)
    file = runs / f"{RUN}.ndjson"
    file.write_bytes(data)
    return asyncio.run(_request(runs, attempt)) if attempt.startswith("/") else _command(file, attempt)


def run_command(file: Path, command: str) -> CompletedProcess[bytes]:
    """Run a command of `COMMANDS` on a file."""
    places = {"FILE": file, "DIRECTORY": file.parent, "REPORT": file.parents[1] / "report"}
    return run("observer", *(places.get(word, word) for word in command.split()), timeout=LIMIT_S)


def _command(file: Path, command: str) -> str | None:
    done = run_command(file, command)
    if b"Traceback" in done.stderr or done.returncode not in _CODES:
        return f"exit code {done.returncode}: {done.stderr[-2000:].decode('utf-8', 'replace')}"
    is_raw = "-o json" in command and command.startswith("tail")  # the lines as they are
    if not is_raw and (b"\x1b" in done.stdout or b"\x1b" in done.stderr):
        return "an escape has reached the output"
    return None


async def _request(runs: Path, path: str) -> str | None:
    async with serving(runs) as served:
        if "/events" in path:
            stream = await served.stream(path)
            if stream.status == 200:
                await stream.until("caught-up")
            return f"status {stream.status}" if stream.status >= 500 else None
        answer = await served.get(path)
    return f"status {answer.status}: {answer.body[:500]!r}" if answer.status not in {200, 404} else None
