"""`observe report` as a function: a run file in, a document out."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

from observer.errors import UnreadableError, UsageError
from observer.runs.run import Run
from observer.source.locate import find
from observer.source.mirror import LocalRun
from observer.source.snapshot import Snapshot
from observer.terminal.output import OutputStream

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
"""Names the file that GitHub shows as a job's summary."""


class Format(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MARKDOWN = "md"
    JUNIT = "junit"
    TRACE = "trace"


def report(run: Run, form: Format, *, now: float | None = None) -> Iterable[str]:
    """Return the pieces of a report on a run; `now` (seconds since 1970) is the time at which it is made."""
    return _MAKERS[form](run, time.time() if now is None else now)


def write(local: LocalRun, folder: Path, form: Format, target: Path | None, *, github: bool = False) -> int:
    """Write a report on a run to `target`, or standard output. Returns the exit code.

    With `github` it is appended to the job summary of GitHub Actions instead. Raises UnreadableError when the run
    cannot be read or the report not be written, and UsageError.
    """
    if github:
        summary = os.environ.get(SUMMARY_VARIABLE)
        if form is not Format.MARKDOWN or target is not None:
            raise UsageError("--github takes --format md, and no -o: it writes where GitHub shows it")
        if not summary:
            raise UsageError(
                f"--github: {SUMMARY_VARIABLE} is not set; it is in GitHub Actions, elsewhere write -o FILE"
            )
        target = Path(summary)
    with Run(Snapshot(find(local.name, folder), local.display_names)) as run:
        if target is not None and _same(target, run.path):
            raise UsageError(f"-o {target} is the run itself, which the report would take the place of; name another")
        pieces = report(run, form)
        if target is None:
            _print(pieces)
            return 0
        try:
            with target.open("a" if github else "w", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(pieces)
        except OSError as error:
            raise UnreadableError(f"{target} cannot be written ({error.strerror}); name another file with -o") from None
    return 0


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False


def _print(pieces: Iterable[str]) -> None:
    out = OutputStream(sys.stdout.fileno())
    try:
        for piece in pieces:
            out.write(piece.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:  # the reader has seen enough
        return


def _html(run: Run, now: float) -> Iterable[str]:
    from observer.report.html import page

    return page(run, now)


def _markdown(run: Run, _: float) -> Iterable[str]:
    from observer.report.markdown import markdown

    return [markdown(run)]


def _junit(run: Run, _: float) -> Iterable[str]:
    from observer.report.junit import junit

    return [junit(run)]


def _trace(run: Run, _: float) -> Iterable[str]:
    from observer.report.trace import trace

    return trace(run)


_MAKERS: dict[Format, Callable[[Run, float], Iterable[str]]] = {
    Format.HTML: _html,
    Format.MARKDOWN: _markdown,
    Format.JUNIT: _junit,
    Format.TRACE: _trace,
}
