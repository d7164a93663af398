"""The fuzzer: damaged run files for every view, report and request. What fails is made small and kept as a file.

A file of `tests/faults/kept` has failed once, and is tried with every run of the tests.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import quote

from tests.faults.fuzz_direct import CHECKS, problem_of
from tests.helpers import LIMIT_S, RUN
from tests.observer.mutations import mutated_files
from tests.observer.web.asking import Served, serving
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
    *(f"{_RUN_PATH}/{name}" for name in ("file", "image?file=IMAGE", f"image?file={RUN}.ndjson", "hit?grep=e")),
    *(f"/api/{name}" for name in ("search?grep=e", "search?errors=1", f"compare?first={RUN}&second={RUN}")),
    *(
        f"{_RUN_PATH}/{name}=CURSOR"
        for name in ("line?at", "row?at", "problem?after", "problem?before", "hit?grep=e&after", "hit?grep=e&before")
    ),
)
"""CURSOR stands for those of some lines, and IMAGE for the file of the first image, if there is one."""
_CURSORS = 4
_FILES = 200
"""Damaged files that are tried with one seed if no command is run."""


def fuzz(directory: Path, seed: int) -> str | None:
    """Try the damaged file of a seed; return what was wrong, and where the smallest file that shows it is kept."""
    (data,) = mutated_files(1, seed)
    return _kept(directory, data, seed, next(failures(directory, data), None))


def fuzz_parts(directory: Path, seed: int) -> str | None:
    """Try the checks alone, on many damaged files; return what `fuzz` returns."""
    for data in mutated_files(_FILES, seed):
        failed = next(((name, problem) for name in CHECKS if (problem := problem_of(name, data))), None)
        if failed is not None:
            return _kept(directory, data, seed, failed)
    return None


def _kept(directory: Path, data: bytes, seed: int, failed: tuple[str, str] | None) -> str | None:
    if failed is None:
        return None
    attempt, problem = failed
    small = shrink(data, lambda smaller: _try(directory, smaller, attempt) is not None)
    KEPT.mkdir(exist_ok=True)
    file = KEPT / f"{hashlib.sha256(small).hexdigest()[:12]}.ndjson"
    file.write_bytes(small)
    return f"seed {seed}: {attempt}: {problem}; kept as {file}"


def failures(directory: Path, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield each check, command and request that a file makes fail, and how."""
    for attempt in (*CHECKS, *COMMANDS):
        if problem := _try(directory, data, attempt):
            yield attempt, problem
    yield from asyncio.run(_failed_requests(_written(directory, data).parent, REQUESTS))


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
    if attempt in CHECKS:
        return problem_of(attempt, data)
    file = _written(directory, data)
    if not attempt.startswith("/"):
        return _command(file, attempt)
    return next((problem for _, problem in asyncio.run(_failed_requests(file.parent, (attempt,)))), None)


def _written(directory: Path, data: bytes) -> Path:
    runs = directory / "runs"
    runs.mkdir(exist_ok=True)
    file = runs / f"{RUN}.ndjson"
    file.write_bytes(data)
    return file


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


async def _failed_requests(runs: Path, requests: Sequence[str]) -> list[tuple[str, str]]:
    async with serving(runs) as served:
        cursors = await _cursors(served) if any("CURSOR" in request for request in requests) else []
        image = _image(runs)
        failed = []
        for request in requests:
            paths = [request.replace("CURSOR", cursor) for cursor in cursors] if "CURSOR" in request else [request]
            for path in paths:
                if problem := await _request(served, path.replace("IMAGE", image)):
                    failed.append((request, f"{path}: {problem}"))
                    break
    return failed


async def _cursors(served: Served) -> list[str]:
    """Return the cursors of some lines, the first and the last among them."""
    answer = await served.get(f"{_RUN_PATH}/lines?after=start&limit=1000")
    page = answer.json if answer.status == 200 else {"lines": []}
    found = [f"{page['generation']}.{line[1]}" for line in page["lines"]]
    return [*found[:: max(1, len(found) // _CURSORS)], *found[-1:]]


def _image(runs: Path) -> str:
    named = re.search(rb'"file":"([^"\\\\]+)"', (runs / f"{RUN}.ndjson").read_bytes())
    return quote(named[1]) if named else "none.png"


async def _request(served: Served, path: str) -> str | None:
    if "/events" in path or path.startswith(("/api/search", "/api/compare")):
        stream = await served.stream(path)
        if stream.status == 200:
            await (stream.until("caught-up") if "/events" in path else stream.rest())
        return f"status {stream.status}" if stream.status >= 500 else None
    answer = await served.get(path)
    return f"status {answer.status}: {answer.body[:500]!r}" if answer.status not in {200, 404} else None
