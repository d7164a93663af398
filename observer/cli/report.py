"""`observe report`: a document about one run."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from observer.cli.mirrors import MIRRORS
from observer.cli.options import RUNS, DirectoryOption, RunArgument, ServerOptions, command_app, expand_groups
from observer.errors import UnreadableError, UsageError
from observer.runs.run import Run
from observer.source.locate import find
from observer.source.mirror import CopyRequest, LocalRun, RunCount, local_run
from observer.source.snapshot import Snapshot
from observer.terminal.output import OutputStream

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
"""The variable that holds the path of the job summary in GitHub Actions."""
_EPILOG = """\b
Exit codes:
  0    the report was written
  2    usage error, or a file that cannot be read or written
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def report_command(
    *,
    run: RunArgument = "latest",
    directory: DirectoryOption = RUNS,
    report_format: Annotated[
        Literal["html", "md", "junit", "trace"],
        typer.Option("-f", "--format", metavar="FORMAT", help="html, md, junit or trace; see above."),
    ] = "html",
    target: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write (default: standard output).")
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", help="With md: append it to the job summary in GitHub Actions.")
    ] = False,
    server: ServerOptions,
) -> None:
    """Generate a report of a run (HTML, Markdown, JUnit XML, trace).

    \b
    Formats:
      html   one offline page: timeline, charts, the whole log with search
      md     for a comment on a pull request, at most 65,000 characters
      junit  the run, each session and each feature as a test case
      trace  for Perfetto, speedscope and chrome://tracing

    \b
    Examples:
      observe report -o run.html
      observe report latest --format md --github
      observe report 20261123T0112 --format junit -o run.xml
      observe report --format trace -o trace.json
      observe report nats://hub:4222/latest -o run.html
    """
    request = CopyRequest(runs=RunCount.ONE, keys=server.credentials())
    with local_run(run, request, MIRRORS) as local:
        code = write_report(local, directory, Format(report_format), target, github=github)
    raise typer.Exit(code)


class Format(StrEnum):
    """The file format of a report."""

    HTML = "html"
    MARKDOWN = "md"
    JUNIT = "junit"
    TRACE = "trace"


def report(run: Run, report_format: Format, *, now: float | None = None) -> Iterable[str]:
    """Return the report of a run in pieces; `now` (seconds since 1970) is its date, by default the current time."""
    return _GENERATORS[report_format](run, time.time() if now is None else now)


def write_report(
    local: LocalRun, directory: Path, report_format: Format, target: Path | None, *, github: bool = False
) -> int:
    """Write a report of a run, which is looked up in `directory`, to `target` or standard output.

    With `github` it is appended to the job summary of GitHub Actions instead. Return the exit code. Raises
    UnreadableError when the run cannot be read or the report cannot be written, and UsageError.
    """
    if github:
        target = _job_summary(report_format, target)
    with Run(Snapshot(find(local.name, directory), local.display_names)) as run:
        if target is not None and _is_same_file(target, run.path):
            raise UsageError(f"-o {target} would overwrite the run itself; choose another file")
        pieces = report(run, report_format)
        if target is None:
            _print(pieces)
            return 0
        try:
            with target.open("a" if github else "w", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(pieces)
        except OSError as error:
            raise UnreadableError(f"cannot write {target} ({error.strerror}); choose another file with -o") from None
    return 0


def _job_summary(report_format: Format, target: Path | None) -> Path:
    if report_format is not Format.MARKDOWN or target is not None:
        raise UsageError("--github requires --format md and cannot be combined with -o")
    summary = os.environ.get(SUMMARY_VARIABLE)
    if not summary:
        raise UsageError(f"--github: {SUMMARY_VARIABLE} is not set. Use it in GitHub Actions, elsewhere use -o FILE")
    return Path(summary)


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them does not exist
        return False


def _print(pieces: Iterable[str]) -> None:
    out = OutputStream(sys.stdout.fileno())
    try:
        for piece in pieces:
            out.write(piece.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:  # the reader of the output is gone
        return


def _html(run: Run, now: float) -> Iterable[str]:
    from observer.report.html import render_html

    return render_html(run, now)


def _markdown(run: Run, _: float) -> Iterable[str]:
    from observer.report.markdown import render_markdown

    return [render_markdown(run)]


def _junit(run: Run, _: float) -> Iterable[str]:
    from observer.report.junit import render_junit

    return [render_junit(run)]


def _trace(run: Run, _: float) -> Iterable[str]:
    from observer.report.trace import render_trace

    return render_trace(run)


_GENERATORS: dict[Format, Callable[[Run, float], Iterable[str]]] = {
    Format.HTML: _html,
    Format.MARKDOWN: _markdown,
    Format.JUNIT: _junit,
    Format.TRACE: _trace,
}
