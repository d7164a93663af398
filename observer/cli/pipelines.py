"""`observe check`, `wait`, `report` and `schema`: for pipelines, and for those who were not there."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from observer.cli.app import (
    CaOption,
    CredsOption,
    FolderOption,
    NkeyOption,
    RunArgument,
    StallOption,
    app,
    run_names,
    usage,
)

CHECK_CODES = """\b
Exit codes:
  0    nothing found
  1    findings
  2    wrong usage, or a file that cannot be read"""
WAIT_CODES = """\b
Exit codes:
  0    it happened
  1    the run ended otherwise, or the input did
  2    wrong usage, or something that cannot be read
  3    timed out
  4    the run crashed, or is stalled"""
REPORT_CODES = """\b
Exit codes:
  0    written
  2    wrong usage, or something that cannot be read or written"""


@app.command("check", epilog=CHECK_CODES)
def check_command(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...",
            help="Runs, or folders of them; the latest otherwise.",
            show_default=False,
            autocompletion=run_names,
        ),
    ] = None,
    folder: FolderOption = Path("runs"),
    strict: Annotated[bool, typer.Option("--strict", help="Refuse types that the format does not know.")] = False,
    incomplete: Annotated[
        bool, typer.Option("--allow-incomplete", help="Accept a run that goes on, or was killed.")
    ] = False,
    output: Annotated[
        Literal["text", "json", "github"],
        typer.Option("-o", "--output", help="text: FILE:LINE: message; github: annotations in GitHub Actions."),
    ] = "text",
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """Check that run files are well formed.

    A line for each thing that is not as the format promises.

    \b
    observe check                      the latest run
    observe check runs/ --strict       all runs of a folder
    observe check --allow-incomplete latest
    observe check -o github runs/      annotations on a pull request
    zcat run.ndjson.gz | observe check -
    observe check nats://hub:4222/latest   on another machine; /* are all runs
    """
    from observer.cli.check import FindingFormat, check_all
    from observer.cli.mirrors import MIRRORS
    from observer.source.mirror import CopyRequest, Credentials

    with usage():
        code = check_all(
            runs or ["latest"], folder, output=FindingFormat(output), strict=strict, incomplete=incomplete,
            want=CopyRequest(keys=Credentials(creds, nkey, ca)), mirrors=MIRRORS,
        )  # fmt: skip
        raise typer.Exit(code)


@app.command("wait", epilog=WAIT_CODES)
def wait_command(
    run: Annotated[
        str,
        typer.Argument(metavar="[RUN]", help="A run; its file need not be there yet.", autocompletion=run_names),
    ] = "latest",
    folder: FolderOption = Path("runs"),
    until: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="complete, failed, interrupted, crashed, ended, stalled, blocked, progress=all, progress=N or "
            "type=TYPE; the first of several.  [default: complete]",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="TIME", help="Wait at most 90s, 30m, 2h; for ever otherwise.")
    ] = None,
    stall_after: StallOption = 600,
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """Wait for something to happen in a run.

    It says in a line what happened, and exits with a code for it. What the file holds already counts.

    \b
    observe wait --timeout 30m                       until it has succeeded
    observe wait --until ended runs/mine.ndjson      until it is over, however
    observe wait --until progress=all,blocked
    observe wait --until type=rate_limit --timeout 2h && notify-send "out of budget"
    observe wait nats://hub:4222/20261123T0112       on another machine
    """
    from observer.cli.mirrors import MIRRORS
    from observer.cli.wait import wait
    from observer.runs.conditions import parse_conditions as conditions
    from observer.runs.filter_options import parse_duration_option, parse_names
    from observer.source.items import Follow
    from observer.source.mirror import CopyRequest, Credentials, RunCount, local_run

    want = CopyRequest(runs=RunCount.ONE, follow=Follow.FILE, patient=True, keys=Credentials(creds, nkey, ca))
    with usage():
        wanted, limit_s = (
            conditions(sorted(parse_names(until)) or ["complete"]),
            parse_duration_option("--timeout", timeout),
        )
        with local_run(run, want, MIRRORS) as local:
            raise typer.Exit(wait(local, folder, wanted, timeout_s=limit_s, stall_after_s=stall_after))


@app.command("report", epilog=REPORT_CODES)
def report_command(
    run: RunArgument = "latest",
    folder: FolderOption = Path("runs"),
    form: Annotated[
        Literal["html", "md", "junit", "trace"], typer.Option("-f", "--format", help="What to write.")
    ] = "html",
    target: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; standard output otherwise.")
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", help="With md: add it to the summary of the job in GitHub Actions.")
    ] = False,
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """Write a report on a run, for those who were not there.

    \b
    html   one page without network: timeline, charts, the whole log with search
    md     for a comment on a pull request, at most 65,000 characters
    junit  the run, each session and each feature as a test case
    trace  for Perfetto, speedscope and chrome://tracing

    \b
    observe report -o run.html
    observe report latest --format md --github
    observe report 20261123T0112 --format junit -o run.xml
    observe report --format trace -o trace.json
    observe report nats://hub:4222/latest -o run.html
    """
    from observer.cli.mirrors import MIRRORS
    from observer.cli.report import Format, write
    from observer.source.mirror import CopyRequest, Credentials, RunCount, local_run

    request = CopyRequest(runs=RunCount.ONE, keys=Credentials(creds, nkey, ca))
    with usage(), local_run(run, request, MIRRORS) as local:
        raise typer.Exit(write(local, folder, Format(form), target, github=github))


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a run file's lines."""
    from observer.format.schema import schema_text

    sys.stdout.write(schema_text())
