"""Shows the end of the run files that a failed test left; the pytest plugin attaches it to the test's report."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.sanitize import clean_line
from observer.runs.one_run.run import Run, load_run
from observer.runs.words.describe_status import describe_status
from observer.source.locate import LATEST, is_run_name

TAIL_LINES = 20
"""Events at the end of each run file that are shown."""
MAX_FILES = 10
_MAX_CHARS = 400
"""Characters of a line that are shown."""


def run_file_sections(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield a title and the last lines of each run file in a directory and below it, newest first."""
    files = newest_first(_run_files(directory))
    for path in files[:MAX_FILES]:
        try:
            with load_run(path) as run:
                lines = deque((event.line.data for event in run.events[-TAIL_LINES:]), maxlen=TAIL_LINES)
                shown = "\n".join(map(_printable, lines))
                count = f"last {len(lines)} of {len(run.events)} events{_malformed_note(run)}"
                yield f"run file {path} ({clean_line(describe_status(run.status()))}), {count}", shown
        except UnreadableError as error:
            yield f"run file {path}", str(error)
    if len(files) > MAX_FILES:
        yield "run files", f"and {len(files) - MAX_FILES} older ones in {directory}"


def newest_first(paths: Iterable[Path]) -> list[Path]:
    """Return the files in the order of their last change, without those that are gone: a process that the test left may
    still remove some."""
    changed: list[tuple[float, Path]] = []
    for path in paths:
        with suppress(FileNotFoundError):
            changed.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(changed, reverse=True)]


def _malformed_note(run: Run) -> str:
    if not run.malformed:
        return ""
    number, first = run.malformed[0]
    return f"; malformed lines: {len(run.malformed)}, first line {number} ({first.reason})"


def _run_files(directory: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(directory):
        runs = [name for name in names if is_run_name(name)]
        if len(runs) > 1:  # a copy in place of the link stands for one of the others
            runs = [name for name in runs if name != LATEST]
        paths = (Path(parent, name) for name in runs)
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _printable(line: bytes) -> str:
    text = clean_line(line.decode("utf-8", "replace"))
    return text if len(text) <= _MAX_CHARS else f"{text[:_MAX_CHARS]} ... ({len(line):,} bytes)"
