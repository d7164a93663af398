"""Finds the file of a run by its name: a path, a run ID or a prefix of one, `latest`, a directory of runs, or `-`."""

import os
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.timestamps import parse_timestamp
from observer.source.locate import (
    COMPRESSED_SUFFIXES,
    LATEST,
    LATEST_ID,
    PATH_NAMES,
    STDIN,
    SUFFIX,
    DisplayNames,
    is_compressed,
    is_run_id,
    is_run_name,
    run_files,
    run_id,
    stub_target,
)

RUNS_NAME = "runs"
"""The name of the directory in which agents record by default."""
FIRST_RUN = "record a run with: agent demo"
"""What to do where there is no run."""
_MAX_CANDIDATES = 5
"""The number of runs that the message for an ambiguous prefix lists."""
_MAX_SIMILAR = 3
"""The number of runs with a similar name that are suggested."""
_MAX_COMPARED = 2000
"""The newest runs of a directory, to whose names a mistyped one is compared."""
_HEAD_BYTES = 64 * 1024
"""The beginning of a file by which a copy of it is recognized, if the size is the same too."""


def find(name: str, directory: Path, names: DisplayNames = PATH_NAMES) -> Path:
    """Return the file or directory to which `name` resolves; `directory` is where run IDs are resolved.

    The path of a local copy, which `names` knows, is used as it is. Raises UnreadableError if there is none, if the
    name is the prefix of several run IDs, or if a directory that has to be searched cannot be read.
    """
    path, exists = _resolve_readable(name, directory, names)
    if not exists:
        raise _missing(name, path, directory)
    return path


def find_or_expect(name: str, directory: Path, names: DisplayNames = PATH_NAMES) -> Path:
    """Return the file or directory to which `name` resolves, which need not exist yet.

    Raises UnreadableError as `find` does, unless an agent could still create a run there: the path is that of a run
    file in a directory that exists, or is the one in which agents record by default, or that directory with a slash.
    """
    path, exists = _resolve_readable(name, directory, names)
    if exists:
        return path
    parent = path if name.endswith("/") else path.parent
    could_come = parent is path or (is_run_name(path.name) and not is_compressed(path))
    if could_come and (os.path.isdir(parent) or (parent.name == RUNS_NAME and os.path.isdir(parent.parent))):
        return path
    raise _missing(name, path, directory)


def hint_for_missing(path: Path, directory: Path) -> str:
    """Return what to say while a run, or a first one in a directory, is waited for; empty if there is nothing."""
    if os.path.isdir(path):
        return f"no runs in {path} yet; {FIRST_RUN}" if not _runs_by_id(path) else ""
    if path == STDIN or os.path.lexists(path):
        return ""
    if not (runs := _runs_by_id(path.parent) or _runs_by_id(directory)):
        return f"no runs in {path.parent} yet; {FIRST_RUN}"
    similar = _similar(path, runs)
    return f"names similar to {path}: {similar}" if similar else ""


def latest_run(directory: Path) -> Path:
    """Return the most recent run: what `latest.ndjson` stands for, or else the `newest` one.

    A link whose target cannot be reached stands for nothing. If there is no run at all, return the path of
    `latest.ndjson`, which need not exist yet. Raises OSError if the directory exists and cannot be searched.
    """
    link = directory / LATEST
    if link.is_symlink() and os.path.isfile(link):
        return link
    runs = _readable_runs(directory)
    for suffix in ("", *COMPRESSED_SUFFIXES):
        path = link.with_name(f"{LATEST}{suffix}")
        target = _link_target(path)
        if target is not None and (run_id(target) in runs or (os.path.isfile(target) and run_id(target) != LATEST_ID)):
            return runs.get(run_id(target), target)
    if runs.keys() - {LATEST_ID} and os.path.isfile(link) and (copied := _copied_run(link, runs)) is not None:
        return copied
    return newest(runs.values()) if runs else link


def newest(files: Collection[Path]) -> Path:
    """Return the newest run file of at least one: the last by name of those that are named by a run ID.

    Other names say nothing about age, and may be those of copies. If there are no run IDs, the file counts whose first
    event is the latest, or that was written last where no event tells.
    """
    named = [file for file in files if is_run_id(run_id(file))]
    return max(named, key=run_id) if named else max(files, key=lambda file: (_began(file), run_id(file)))


def latest_link(name: str, directory: Path) -> Path | None:
    """Return the path of `latest.ndjson` for a name that means the most recent run, None for any other."""
    if name == LATEST_ID and not os.path.lexists(name):
        return directory / LATEST
    return Path(name) if os.path.basename(name) == LATEST else None


def latest_readable(link: Path) -> Path:
    """Return the most recent run beside `latest.ndjson` if it is not compressed, else `link` itself.

    A link that exists is always itself. What it points to may be absent for a moment, as a run is rotated, and the
    newest by name may then be one from long ago.
    """
    if os.path.islink(link):
        return link
    run = latest_run(link.parent)
    return link if is_compressed(run) else run


def resolve_latest(path: Path) -> Path:
    """Return the most recent run of its directory for a path that ends in `latest.ndjson`, any other path unchanged.

    A copy in place of the link is a file of its own for those who name it.
    """
    if run_id(path) != LATEST_ID or not is_run_name(path.name):
        return path
    return path if os.path.isfile(path) and stub_target(path) is None else latest_run(path.parent)


def _resolve_readable(name: str, directory: Path, names: DisplayNames) -> tuple[Path, bool]:
    """Return the path to which a name resolves, and whether there is such a file, or will be.

    Raises UnreadableError if a directory that has to be searched for it cannot be.
    """
    try:
        path = _resolve(name, directory, names)
        return path, path == STDIN or names.is_copy(path) or _exists(path)
    except OSError as error:
        place = Path(error.filename or directory)
        if isinstance(error, PermissionError) and not os.path.isdir(place):
            place = place.parent  # which may not be searched; any other error is one of the path itself
        raise UnreadableError(
            f"cannot read {place} ({error.strerror}); name the file of a run, or another directory with --runs DIR"
        ) from None


def _exists(path: Path) -> bool:
    """Return whether there is something at a path. Raises OSError if its directory may not be searched."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _resolve(name: str, directory: Path, names: DisplayNames) -> Path:
    if not name:
        raise UnreadableError("the name of the run is empty (is a variable not set?)")
    path = Path(name)
    if name == str(STDIN) or names.is_copy(path):
        return path
    if os.path.isdir(name) and os.path.isfile(run := f"{path}{SUFFIX}") and not _runs_by_id(path):
        return Path(run)  # the directory beside a run file of the same name contains the attachments of the run
    if name == LATEST_ID and not os.path.lexists(name):
        return latest_run(directory)
    if "/" in name or is_run_name(name) or os.path.lexists(name):
        return resolve_latest(path)
    return _match(name, directory)


def _match(prefix: str, directory: Path) -> Path:
    """Return the run whose ID begins with `prefix`. Raises UnreadableError unless there is exactly one."""
    try:
        files = run_files(directory)
    except OSError as error:
        raise UnreadableError(
            f'cannot resolve "{prefix}": cannot read {directory} ({error.strerror}); '
            f"set the directory with --runs DIR, or {FIRST_RUN}"
        ) from None
    matches = [file for file in files if run_id(file).startswith(prefix)]
    exact = [file for file in matches if run_id(file) == prefix]
    if not exact and len({run_id(file) for file in matches}) == 1:
        exact = matches
    if exact:
        return exact[0]  # compressed ones come last
    if not matches:
        raise UnreadableError(f'no run in {directory} matches "{prefix}"{_advice(directory / prefix, directory)}')
    listed = ", ".join(run_id(file) for file in matches[:_MAX_CANDIDATES])
    more = f" and {len(matches) - _MAX_CANDIDATES} more" if len(matches) > _MAX_CANDIDATES else ""
    raise UnreadableError(f'{len(matches)} runs in {directory} match "{prefix}": {listed}{more}; use a longer prefix')


def _missing(name: str, path: Path, directory: Path) -> UnreadableError:
    """Return the error for a path that does not exist; `name`, which stands for it, ends in / for a directory."""
    if not name.endswith("/"):
        return UnreadableError(f"{path} does not exist{_advice(path, directory)}")
    advice = _advice_on_directories(path, directory).removeprefix(f": the directory {path} does not exist")
    return UnreadableError(f"{path} does not exist{advice}")


def _advice(path: Path, directory: Path) -> str:
    """Say what else there is, for a path that does not exist: similar names, or how to record a first run."""
    parent = path.parent
    if not os.path.isdir(parent):
        return _advice_on_directories(parent, directory)
    runs = _runs_by_id(parent) or _runs_by_id(directory)
    if not runs:
        return f"; {FIRST_RUN}"
    similar = _similar(path, runs)
    return f"; similar: {similar}" if similar else " (try: observe list)"


def _similar(path: Path, runs: dict[str, Path]) -> str:
    names = get_close_matches(run_id(path), sorted(runs)[-_MAX_COMPARED:], _MAX_SIMILAR)
    return ", ".join(str(runs[name]) for name in names)


def _advice_on_directories(missing: Path, directory: Path) -> str:
    exists = next((parent for parent in missing.parents if os.path.isdir(parent)), Path())
    name = missing.relative_to(exists).parts[0]
    try:
        with os.scandir(exists) as entries:
            names = [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        names = []
    similar = [str(exists / match) for match in get_close_matches(name, names, _MAX_SIMILAR)]
    advice = f"; similar: {', '.join(similar)}" if similar else "" if _runs_by_id(directory) else f"; {FIRST_RUN}"
    return f": the directory {exists / name} does not exist{advice}"


def _runs_by_id(directory: Path) -> dict[str, Path]:
    """Return the files of a directory's runs by ID, the uncompressed one of each; none if it cannot be read."""
    try:
        return _readable_runs(directory)
    except OSError:
        return {}


def _readable_runs(directory: Path) -> dict[str, Path]:
    """Return the files of a directory's runs by ID. Raises OSError if the directory exists and cannot be read."""
    try:
        return {run_id(path): path for path in reversed(run_files(directory))}
    except (FileNotFoundError, NotADirectoryError):
        return {}


def _began(file: Path) -> float:
    """Return when a run began, in seconds since 1970: the time of its first line, else that of its file; 0 without."""
    try:
        event = decode(Line(_head(file).partition(b"\n")[0], 0))
        began = parse_timestamp(event.timestamp) if isinstance(event, Event) else None
        return file.stat().st_mtime if began is None else began
    except OSError:
        return 0.0


def _link_target(path: Path) -> Path | None:
    """Return where a link points, or the text in place of one; None if `path` is neither."""
    try:
        return path.parent / path.readlink()
    except OSError:
        return stub_target(path)


def _copied_run(copy: Path, runs: dict[str, Path]) -> Path | None:
    """Return the file of which `copy` is one: it holds the run that it is named after, or the same bytes."""
    try:
        size = copy.stat().st_size
        head = _head(copy)
        event = decode(Line(head.partition(b"\n")[0], 0))
        if isinstance(event, Event) and event.run in runs:
            return runs[event.run]
        return next((path for path in runs.values() if path.stat().st_size == size and _head(path) == head), None)
    except OSError:
        return None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)
