"""`observe report`: a document about one run."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from observer.cli.addresses.mirrors import MIRRORS
from observer.cli.options.shared_options import (
    RUNS,
    DirectoryOption,
    PriceOptions,
    RunArgument,
    ServerOptions,
    ZoneOptions,
    command_app,
    expand_groups,
)
from observer.errors import UsageError
from observer.format.sanitize import clean_line
from observer.format.zone import UTC, Zone
from observer.report.target import STANDARD_OUTPUT, open_target
from observer.runs.one_run.run import Run
from observer.source.find import find
from observer.source.mirror import CopyRequest, LocalRun, RunCount, local_run
from observer.source.snapshot import Snapshot
from observer.terminal.progress import ProgressLine

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
"""The variable that holds the path of the job summary in GitHub Actions."""
_EPILOG = """\b
Exit codes:
  0    the report was written
  2    usage error, a file that cannot be read or written, or a job summary
       without room for the report
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


class Format(StrEnum):
    """The file format of a report."""

    HTML = "html"
    MARKDOWN = "md"
    JUNIT = "junit"
    TRACE = "trace"


_NAMES = {
    "html": Format.HTML, "htm": Format.HTML, "md": Format.MARKDOWN, "markdown": Format.MARKDOWN,
    "junit": Format.JUNIT, "xml": Format.JUNIT, "trace": Format.TRACE, "json": Format.TRACE,
}  # fmt: skip
"""Formats by their names, and by the suffixes of their files."""


@app.command(epilog=_EPILOG)
@expand_groups
def report_command(
    context: typer.Context,
    *,
    run: RunArgument = "latest",
    directory: DirectoryOption = RUNS,
    report_format: Annotated[
        Literal["html", "md", "junit", "trace"],
        typer.Option("-f", "--format", metavar="FORMAT", help="See above; without it, the suffix of FILE decides."),
    ] = "html",
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="File to write; standard output without it, and for -."),
    ] = None,
    github: Annotated[bool, typer.Option("--github", help="Append md to the job summary in GitHub Actions.")] = False,
    times: ZoneOptions,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Generate a report of a run (HTML, Markdown, JUnit XML, trace).

    \b
    Formats:
      html   one offline page: timeline, charts, the whole log with search
      md     for a comment on a pull request, at most 65,000 characters
      junit  the run, its sessions and each feature as a test case
      trace  for Perfetto, speedscope and chrome://tracing

    A file is replaced when the report is complete. A new one is for its owner only
    (mode 0600), as reports hold source code and output; an existing one keeps its
    mode.

    \b
    Examples:
      observe report -o run.html
      observe report -o run.md             .md, .xml and .json name the format
      observe report latest --github       Markdown in the job summary
      observe report 20261123T0112 --format junit -o run.xml
      observe report --format trace -o trace.json
      observe report nats://hub:4222/latest -o run.html
    """
    target = parse_target(output, chosen=_is_argument(context, "output"))
    implied = None if _is_argument(context, "report_format") else implied_format(target, github=github)
    zone = times.zone()
    request = CopyRequest(runs=RunCount.ONE, keys=server.credentials(), prices=prices.build())
    with local_run(run, request, MIRRORS) as local:
        code = write_report(local, directory, implied or Format(report_format), target, github=github, zone=zone)
    raise typer.Exit(code)


def report(run: Run, report_format: Format, *, now: float | None = None, zone: Zone = UTC) -> Iterable[str]:
    """Return the report of a run in pieces; `now` (seconds since 1970) is its date, by default the current time."""
    return _GENERATORS[report_format](run, time.time() if now is None else now, zone)


def write_report(
    local: LocalRun, directory: Path, report_format: Format, target: Path | None, *, github: bool = False,
    zone: Zone = UTC,
) -> int:  # fmt: skip
    """Write a report of a run, which is looked up in `directory`, to `target` or standard output.

    With `github` it is appended to the job summary of GitHub Actions instead. Return the exit code. Raises
    UnreadableError when the run cannot be read, UnwritableError when the report cannot be written, and UsageError.
    """
    summary = _job_summary(report_format, target) if github else None
    path = find(local.name, directory, local.display_names)
    if target is not None and _is_same_file(target, path):
        raise UsageError(f"-o {target} would overwrite the run itself; choose another file")
    if summary is not None:
        with (
            ProgressLine(sys.stderr) as progress,
            Run(Snapshot(path, local.display_names, progress.show, local.prices)) as run,
        ):
            _append_markdown(summary, run, zone)
        return 0
    try:
        with (
            open_target(target or STANDARD_OUTPUT) as write,
            ProgressLine(sys.stderr) as progress,
            Run(Snapshot(path, local.display_names, progress.show, local.prices)) as run,
        ):
            if run.damage:
                progress.clear()
                sys.stderr.write(f"observe: {clean_line(run.damage)}\n")
            for piece in report(run, report_format, zone=zone):
                if target is None:
                    progress.clear()
                write(piece.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:  # the reader of the output is gone
        pass
    return 0


def parse_target(output: str | None, *, chosen: bool) -> Path | None:
    """Return the file to write. Raises UsageError for the name of a format, which is the `-o` of other commands."""
    name = (output or "").casefold()
    if output is None or (name in _NAMES and not chosen):  # from a setting for all commands
        return None
    if name in _NAMES:
        raise UsageError(f"-o {output}: did you mean --format {_NAMES[name]}? A file of that name is -o ./{output}")
    return STANDARD_OUTPUT if output == "-" else Path(output)


def implied_format(target: Path | None, *, github: bool) -> Format | None:
    """Return the format that a job summary has, or that the suffix of a file names."""
    if github:
        return Format.MARKDOWN
    return _NAMES.get(target.suffix.removeprefix(".").casefold()) if target is not None else None


def _is_argument(context: typer.Context, parameter: str) -> bool:
    """Return whether a parameter comes from the command line, not from a setting or a default."""
    source = context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def _job_summary(report_format: Format, target: Path | None) -> Path:
    if report_format is not Format.MARKDOWN or target is not None:
        raise UsageError("--github requires --format md and cannot be combined with -o")
    summary = os.environ.get(SUMMARY_VARIABLE)
    if not summary:
        raise UsageError(f"--github: {SUMMARY_VARIABLE} is not set. Use it in GitHub Actions, elsewhere use -o FILE")
    return Path(summary)


def _append_markdown(summary: Path, run: Run, zone: Zone) -> None:
    from observer.report.job_summary import append_to_summary
    from observer.report.markdown import fit_sections, markdown_sections

    sections = markdown_sections(run, time.time(), zone)

    def render(room: int) -> bytes:
        document = fit_sections(sections, room)
        if document and document != fit_sections(sections):
            sys.stderr.write("observe: the report was shortened, as the job summary has no room for all of it\n")
        return document.encode()

    append_to_summary(summary, render)


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them does not exist
        return False


def _html(run: Run, now: float, zone: Zone) -> Iterable[str]:
    from observer.report.html import render_html

    return render_html(run, now, zone)


def _markdown(run: Run, now: float, zone: Zone) -> Iterable[str]:
    from observer.report.markdown import render_markdown

    return [render_markdown(run, now, zone)]


def _junit(run: Run, now: float, zone: Zone) -> Iterable[str]:
    from observer.report.junit import render_junit

    return [render_junit(run, now, zone)]


def _trace(run: Run, now: float, zone: Zone) -> Iterable[str]:
    from observer.report.trace import render_trace

    return render_trace(run, now, zone)


_GENERATORS: dict[Format, Callable[[Run, float, Zone], Iterable[str]]] = {
    Format.HTML: _html,
    Format.MARKDOWN: _markdown,
    Format.JUNIT: _junit,
    Format.TRACE: _trace,
}
