"""The observer's half of the pytest plugin: attaches the end of every run file in the `tmp_path` of a failing test.

`agent.runlog.pytest_plugin` is the other half: it has the fixture `run_log`, which writes a run.
"""

import os
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from observer.runs.run import Run

TAIL_LINES = 20
"""Events at the end of each run file that are shown."""
MAX_FILES = 10
_MAX_CHARS = 400
"""Characters of a line that are shown."""
_DIRECTORY = pytest.StashKey[Path]()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Remember the `tmp_path` of a test; if another fixture fails, the test never receives it."""
    value = yield
    if fixturedef.argname == "tmp_path" and isinstance(value, Path):
        request.node.stash[_DIRECTORY] = value
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the run files of a test that failed, whether in the test itself or in a fixture."""
    report = yield
    if report.failed and (directory := item.stash.get(_DIRECTORY, None)) is not None:
        report.sections += _sections(directory)
    return report


def _sections(directory: Path) -> Iterator[tuple[str, str]]:
    from observer.errors import UnreadableError
    from observer.runs.run import load_run

    files = sorted(_run_files(directory), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[:MAX_FILES]:
        try:
            with load_run(path) as run:
                lines = deque((event.line.data for event in run.events[-TAIL_LINES:]), maxlen=TAIL_LINES)
                shown = "\n".join(map(_printable, lines))
                count = f"last {len(lines)} of {len(run.events)} events{_malformed_note(run)}"
                yield f"run file {path} ({run.verdict}), {count}", shown
        except UnreadableError as error:
            yield f"run file {path}", str(error)
    if len(files) > MAX_FILES:
        yield "run files", f"and {len(files) - MAX_FILES} older ones in {directory}"


def _malformed_note(run: "Run") -> str:
    if not run.malformed:
        return ""
    number, first = run.malformed[0]
    return f"; malformed lines: {len(run.malformed)}, first line {number} ({first.reason})"


def _run_files(directory: Path) -> Iterator[Path]:
    from observer.source.locate import is_run_name

    for parent, _, names in os.walk(directory):
        paths = (Path(parent, name) for name in names if is_run_name(name))
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _printable(line: bytes) -> str:
    from observer.format.sanitize import clean_line

    text = clean_line(line.decode("utf-8", "replace"))
    return text if len(text) <= _MAX_CHARS else f"{text[:_MAX_CHARS]} ... ({len(line):,} bytes)"
