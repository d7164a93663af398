"""`observe check`: validate run files and print what is wrong, for people, programs and GitHub Actions."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from msgspec.structs import replace

from observer.cli.addresses.mirrors import MIRRORS
from observer.cli.options.completion import complete_run
from observer.cli.options.shared_options import RUNS, DirectoryOption, ServerOptions, command_app, expand_groups
from observer.errors import UnreadableError
from observer.format.foreign_encoding import HEAD_BYTES, describe_encoding
from observer.format.json import encode
from observer.format.line import Line
from observer.format.lines import Block
from observer.format.sanitize import clean_line
from observer.format.units import pluralize
from observer.runs.outputs import FindingFields
from observer.runs.validation.pairing import Finding
from observer.runs.validation.published_schema import schema, valid_lines
from observer.runs.validation.validator import Validator
from observer.source.find import find
from observer.source.locate import PATH_NAMES, DisplayNames, run_files
from observer.source.mirror import CopyRequest, Mirrors, local_run
from observer.source.snapshot import Progress, Snapshot
from observer.terminal.output import OutputStream
from observer.terminal.progress import ProgressLine

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2
"""The exit codes; the worst of all files counts."""
_EPILOG = """\b
Exit codes:
  0    no findings
  1    findings
  2    usage error, or a file that cannot be read
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def check_command(
    *,
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...",
            help="Runs, or directories of runs (default: the most recent run).",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    directory: DirectoryOption = RUNS,
    strict: Annotated[bool, typer.Option("--strict", help="Report unknown event types.")] = False,
    incomplete: Annotated[
        bool, typer.Option("--allow-incomplete", help="Accept a run that is still active or was killed.")
    ] = False,
    output: Annotated[
        Literal["text", "json", "github"],
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT",
            help="text (FILE:LINE: MESSAGE), json, or github (annotations in GitHub Actions).",
        ),
    ] = "text",
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Print no findings and no totals; the exit code says it all.")
    ] = False,
    server: ServerOptions,
) -> None:
    """Validate run files.

    Prints one line for each violation of the format.

    \b
    Examples:
      observe check                       the most recent run
      observe check runs/ --strict        all runs of a directory
      observe check --allow-incomplete latest
      observe check -o github runs/       annotations on a pull request
      observe check -q runs/ || echo "there are findings"
      zcat run.ndjson.gz | observe check -
      observe check nats://hub:4222/latest
    """
    code = check_all(
        runs or ["latest"],
        directory,
        output=None if quiet else FindingFormat(output),
        strict=strict,
        incomplete=incomplete,
        request=CopyRequest(keys=server.credentials()),
        mirrors=MIRRORS,
    )
    raise typer.Exit(code)


class _EmptyDirectory(UnreadableError):
    """A directory holds no run."""


class FindingFormat(StrEnum):
    """The output format of findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(path: Path, *, strict: bool = False, incomplete: bool = False) -> Iterator[Finding]:
    """Yield the violations in a run file, in the order of its lines; see `Validator`.

    Compressed files and `-` are read too. Raises UnreadableError, and UsageError without the extra `check`.
    """
    validator = Validator(schema(), valid_lines(), strict=strict, incomplete=incomplete)
    yield from _findings(path, validator)


def check_all(
    names: Sequence[str], directory: Path, *, output: FindingFormat | None, strict: bool, incomplete: bool,
    request: CopyRequest | None = None, mirrors: Mirrors | None = None,
) -> int:  # fmt: skip
    """Check runs, named as for `find.find`, or whole directories of them. Return the exit code.

    Findings are printed in the format `output`, and totals on standard error; neither is without a format.
    Remote runs are copied by one of the `mirrors`, as `request` says. A run that cannot be read is reported on standard
    error, and the others are still checked. Raises UsageError without the extra `check`.
    """
    published, out = schema(), OutputStream(sys.stdout.fileno())
    code, findings, files, unreadable = CLEAN, 0, 0, 0
    with ProgressLine(sys.stderr) as progress:
        for file in _files(names, directory, request or CopyRequest(), mirrors or Mirrors()):
            try:
                if isinstance(file, UnreadableError):
                    raise file
                path, display_names = file
                validator = Validator(published, valid_lines(), strict=strict, incomplete=incomplete)
                for finding in _findings(path, validator, display_names, progress.show):
                    findings += 1
                    code = max(code, FINDINGS)
                    if output is not None:
                        progress.clear()
                        text = _WRITERS[output](display_names(path), _in_original(finding, path, display_names))
                        out.write(f"{text}\n".encode("utf-8", "backslashreplace"))
                files += 1
            except UnreadableError as error:
                code = UNREADABLE
                unreadable += not isinstance(error, _EmptyDirectory)
                progress.clear()
                sys.stderr.write(f"observe: {clean_line(str(error))}\n")
            except BrokenPipeError:  # the reader of the output is gone
                return code
    if output is not None:
        sys.stderr.write(f"observe: {_totals(files, findings, unreadable)}\n")
    return code


def _totals(files: int, findings: int, unreadable: int) -> str:
    """Sum up a check.

    >>> _totals(2, 1, 0), _totals(0, 0, 1), _totals(0, 0, 0)
    ('2 runs checked, 1 finding', '0 runs checked, 1 unreadable', '0 runs checked')
    """
    counts = [f"{pluralize(files, 'run')} checked"]
    if files:
        counts.append(pluralize(findings, "finding"))
    if unreadable:
        counts.append(f"{unreadable} unreadable")
    return ", ".join(counts)


def _findings(
    path: Path, validator: Validator, names: DisplayNames = PATH_NAMES, progress: Progress | None = None
) -> Iterator[Finding]:
    snapshot = Snapshot(path, names, progress)
    try:
        if snapshot.is_translated:  # its lines are not those of the file
            yield from (replace(finding, line=0) for finding in _findings_in(snapshot, validator))
        else:
            yield from _findings_in(snapshot, validator)
    finally:
        snapshot.close()


def _findings_in(snapshot: Snapshot, validator: Validator) -> Iterator[Finding]:
    head = snapshot.read(HEAD_BYTES, 0)
    if head.strip(b"\0") and (sentence := describe_encoding(head)) is not None:
        yield Finding(1, "encoding", sentence)
        return
    for lines in snapshot.blocks():
        if isinstance(lines, Block):
            yield from validator.take_block(lines)
            continue
        for line in lines:
            terminated = not isinstance(line, Line) or line.end <= snapshot.size
            if terminated or not snapshot.damage:  # else the line is incomplete because of the damage
                yield from validator.take(line, terminated=terminated)
    damage = snapshot.damage.removeprefix(f"{snapshot.path} ")
    yield from validator.end(snapshot.size, damage and f"the file {damage}")


def _files(
    names: Sequence[str], directory: Path, request: CopyRequest, mirrors: Mirrors
) -> Iterator[tuple[Path, DisplayNames] | UnreadableError]:
    """Yield the files to check with their names in messages, and in place of a name that refers to none, the error."""
    for name in names:
        try:
            with local_run(name, request, mirrors) as local:
                path = find(local.name, directory, local.display_names)
                files = run_files(path) if os.path.isdir(path) else [path]
                yield from ((file, local.display_names) for file in files)
                if not files:
                    yield _EmptyDirectory(f"{local.display_names(path)} contains no run files")
        except UnreadableError as error:
            yield error
        except OSError as error:
            yield UnreadableError(f"cannot read {name} ({error.strerror})")


def _in_original(finding: Finding, path: Path, names: DisplayNames) -> Finding:
    """Return a finding on a file with the number of the line in what that is a copy of, 0 if there is none."""
    return replace(finding, line=names.line(path, finding.line) if finding.line else 0)


def _text(name: str, finding: Finding) -> str:
    place = f"{clean_line(name)}:{finding.line}" if finding.line else clean_line(name)
    return f"{place}: {clean_line(finding.message)}"


def _json(name: str, finding: Finding) -> str:
    fields = FindingFields(name, finding.line or None, finding.rule, finding.message)
    return encode(msgspec.to_builtins(fields)).decode()


def _github(name: str, finding: Finding) -> str:
    """Return a workflow command, escaped as by GitHub's own toolkit; property values need more than messages."""
    file = _escaped(name).replace(":", "%3A").replace(",", "%2C")
    line = f",line={finding.line}" if finding.line else ""
    return f"::error file={file}{line},title=observe check::{_escaped(clean_line(finding.message))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_WRITERS: dict[FindingFormat, Callable[[str, Finding], str]] = {
    FindingFormat.TEXT: _text,
    FindingFormat.JSON: _json,
    FindingFormat.GITHUB: _github,
}
