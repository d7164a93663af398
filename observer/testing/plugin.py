"""The observer's half of the pytest plugin: a failing test shows the end of every run file that it wrote.

Looked for below the test's `tmp_path`. `assert_run` and `load_run` come from `observer`; the fixture `run_log`, which
writes a run, from `agent.runlog.pytest_plugin`.
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
"""Lines of each run file that are shown."""
MOST_FILES = 10
_LONGEST = 400
"""Characters of a line that are shown."""
_FOLDER = pytest.StashKey[Path]()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Remember a test's `tmp_path`: when another fixture fails, the test never gets it."""
    value = yield
    if fixturedef.argname == "tmp_path" and isinstance(value, Path):
        request.node.stash[_FOLDER] = value
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the run files of a test that failed, be it in its fixtures."""
    report = yield
    if report.failed and (folder := item.stash.get(_FOLDER, None)) is not None:
        report.sections += _sections(folder)
    return report


def _sections(folder: Path) -> Iterator[tuple[str, str]]:
    from observer.errors import UnreadableError
    from observer.runs.run import load_run

    files = sorted(_run_files(folder), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[:MOST_FILES]:
        try:
            with load_run(path) as run:
                lines = deque((event.line.data for event in run.events[-TAIL_LINES:]), maxlen=TAIL_LINES)
                shown = "\n".join(map(_shown, lines))
                yield (
                    f"run file {path} ({run.verdict}), last {len(lines)} of {len(run.events)} events{_broken(run)}",
                    shown,
                )
        except UnreadableError as error:
            yield f"run file {path}", str(error)
    if len(files) > MOST_FILES:
        yield "run files", f"and {len(files) - MOST_FILES} older ones in {folder}"


def _broken(run: "Run") -> str:
    if not run.malformed:
        return ""
    number, first = run.malformed[0]
    return f"; lines without one: {len(run.malformed)}, first line {number} ({first.reason})"


def _run_files(folder: Path) -> Iterator[Path]:
    from observer.source.locate import is_run_name

    for parent, _, names in os.walk(folder):
        paths = (Path(parent, name) for name in names if is_run_name(name))
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _shown(line: bytes) -> str:
    from observer.format.sanitize import clean_line

    text = clean_line(line.decode("utf-8", "replace"))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(line):,} bytes)"
