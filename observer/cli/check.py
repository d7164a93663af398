"""`observe check` as a function: run files in, findings out, for people, programs and GitHub."""

import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.json import encode
from observer.format.lines import Line
from observer.format.sanitize import clean_line
from observer.format.schema import Schema
from observer.format.units import pluralize
from observer.runs.validator import Finding, Validator
from observer.source.locate import PATH_NAMES, DisplayNames, find, run_files
from observer.source.mirror import CopyRequest, Mirrors, local_run
from observer.source.snapshot import Snapshot
from observer.terminal.output import OutputStream

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2
"""The exit codes; the gravest of all files counts."""


class FindingFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(path: Path, *, strict: bool = False, incomplete: bool = False) -> Iterator[Finding]:
    """Yield what is wrong with a run file, in the order of its lines; see `observer.runs.validator.Checker`.

    Packed files and `-` are read too. Raises UnreadableError, and UsageError without the extra `check`.
    """
    yield from _checked(path, Validator(Schema(), strict=strict, incomplete=incomplete))


def check_all(
    names: Sequence[str],
    folder: Path,
    *,
    output: FindingFormat,
    strict: bool,
    incomplete: bool,
    want: CopyRequest | None = None,
    mirrors: Mirrors | None = None,
) -> int:
    """Check runs, named as for `locate.find`, or whole folders of them; print findings. Returns the exit code.

    Addresses are copied by one of the `mirrors`, as `want` says. What cannot be read, or bears no such name, is told on
    standard error; the others are checked all the same. Raises UsageError without the extra `check`.
    """
    schema = Schema()
    out = OutputStream(sys.stdout.fileno())
    written = _WRITERS[output]
    code, findings, files = CLEAN, 0, 0
    for checked in _paths(names, folder, want or CopyRequest(), mirrors or {}):
        try:
            if isinstance(checked, UnreadableError):
                raise checked
            path, display_names = checked
            name = display_names(path)
            files += 1
            for finding in _checked(path, Validator(schema, strict=strict, incomplete=incomplete), display_names):
                findings += 1
                code = max(code, FINDINGS)
                out.write(f"{written(name, finding)}\n".encode("utf-8", "backslashreplace"))
        except UnreadableError as error:
            code = UNREADABLE
            sys.stderr.write(f"observe: {clean_line(str(error))}\n")
        except BrokenPipeError:  # the reader has seen enough
            return code
    sys.stderr.write(f"observe: {pluralize(files, 'run')} checked, {pluralize(findings, 'finding')}\n")
    return code


def _checked(path: Path, checker: Validator, names: DisplayNames = PATH_NAMES) -> Iterator[Finding]:
    snapshot = Snapshot(path, names)
    try:
        for lines in snapshot.lines():
            for line in lines:
                whole = not isinstance(line, Line) or line.end <= snapshot.size
                yield from checker.take(line, whole=whole)
        yield from checker.end()
    finally:
        snapshot.close()


def _paths(
    names: Sequence[str], folder: Path, want: CopyRequest, mirrors: Mirrors
) -> Iterator[tuple[Path, DisplayNames] | UnreadableError]:
    """Yield the files that are meant, and what messages call them; for a name that means none, the error."""
    for name in names:
        try:
            with local_run(name, want, mirrors) as local:
                path = find(local.name, folder)
                found = run_files(path) if path.is_dir() else [path]
                yield from ((file, local.display_names) for file in found)
                if not found:
                    yield UnreadableError(
                        f"{local.display_names(path)} holds no run files; name a folder with some, or a file"
                    )
        except UnreadableError as error:
            yield error
        except OSError as error:
            yield UnreadableError(f"{name} cannot be read ({error.strerror})")


def _text(name: str, finding: Finding) -> str:
    return f"{clean_line(name)}:{finding.line}: {clean_line(finding.message)}"


def _json(name: str, finding: Finding) -> str:
    shown = {"file": name, "line": finding.line, "rule": finding.rule, "message": finding.message}
    return encode(shown).decode()


def _github(name: str, finding: Finding) -> str:
    """A workflow command; its data escapes as GitHub's toolkit does: percent, newlines, and in properties more."""
    where = _escaped(name).replace(":", "%3A").replace(",", "%2C")
    return f"::error file={where},line={finding.line},title=observe check::{_escaped(clean_line(finding.message))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_WRITERS: dict[FindingFormat, Callable[[str, Finding], str]] = {
    FindingFormat.TEXT: _text,
    FindingFormat.JSON: _json,
    FindingFormat.GITHUB: _github,
}
