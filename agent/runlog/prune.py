"""Removes or packs the files of old runs that have ended, with the outputs beside them."""

import gzip
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.runlog.compress import compress
from agent.runlog.finished import COMPRESSED, InUse, claim, open_run, read_start, run_of
from agent.runlog.run_file import LATEST, SUFFIX, update_latest

_OWN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}", re.ASCII)
"""The form of ids that `new_run_id` chooses. A directory of such a name is the run's, with everything in it."""
_PACKED_OUTPUTS = ".txt"
"""The outputs that compression makes smaller; images are compressed already."""


class Pruned(Struct, frozen=True):
    """What became of an old run file: the bytes that it had with what lies beside it, and those that are left.

    `kept` says why it was left alone; `failed` if that is because of an error.
    """

    path: Path
    size: int = 0
    left: int = 0
    kept: str = ""
    failed: bool = False


class _Image(Struct):
    file: str | None = None


class _Data(Struct):
    output_file: str | None = None
    images: list[_Image] = []


class _Line(Struct):
    data: _Data


_decoder = msgspec.json.Decoder(_Line)


def prune(runs_dir: Path, older_s: float, now: float, *, pack: bool, dry_run: bool = False) -> Iterator[Pruned]:
    """Remove, or with `pack` compress, each run of `runs_dir` that ended and has not changed for `older_s` seconds.

    Yields what became of each file that is old enough; with `dry_run`, what would. Call `repair_latest` after it.
    Raises OSError when the directory cannot be read.
    """
    for path in _run_files(runs_dir, compressed=not pack):
        try:
            if now - path.lstat().st_mtime >= older_s:
                yield _prune_file(path, now, pack=pack, dry_run=dry_run)
        except FileNotFoundError:
            continue  # somebody else was quicker
        except InUse as error:
            yield Pruned(path, kept=str(error))
        except OSError as error:
            yield Pruned(path, kept=error.strerror or str(error), failed=True)


def repair_latest(runs_dir: Path) -> Path | None:
    """Let `latest.ndjson` point to the run that changed last, if the one that it points to is gone.

    Returns where it points now, if it was switched. Without any run it is removed. Raises OSError.
    """
    latest = runs_dir / LATEST
    if not latest.is_symlink() or latest.exists():
        return None
    target: Path | None = None
    while newest := _newest_run(runs_dir):
        if newest == target:
            return newest
        target = newest
        update_latest(newest)  # a run that has begun meanwhile may have switched it before: hence another look
    latest.unlink(missing_ok=True)
    if newest := _newest_run(runs_dir):  # it has begun meanwhile, and the link that is gone may have been its own
        update_latest(newest)
    return newest


def _prune_file(path: Path, now: float, *, pack: bool, dry_run: bool) -> Pruned:
    """Remove or pack a run file and its outputs; the run file last, so that an interrupted call can be repeated."""
    is_packed = path.name.endswith(COMPRESSED)
    with open_run(path, writable=not is_packed) as file:
        start = read_start(file, path)
        if not is_packed:
            claim(file, path, start, now)  # until the file is closed
        files = [*_outputs(path, packable=pack), path]
        size = sum(each.lstat().st_size for each in files)
        if dry_run:
            return Pruned(path, size)
        if pack:
            return Pruned(path, size, left=sum(map(compress, files)))
        for each in files:
            each.unlink()
        _remove_directory(path)
        return Pruned(path, size)


def _run_files(runs_dir: Path, *, compressed: bool) -> list[Path]:
    """Return the files in the directory that have the name of a run, sorted. Links are left out: `latest.ndjson`."""
    suffixes = (SUFFIX, SUFFIX + COMPRESSED) if compressed else (SUFFIX,)
    with os.scandir(runs_dir) as entries:
        names = [entry.name for entry in entries if entry.name.endswith(suffixes) and not entry.is_symlink()]
    return [runs_dir / name for name in sorted(names) if not name.startswith(".")]


def _newest_run(runs_dir: Path) -> Path | None:
    """Return the unpacked run that changed last. Other files may have the name of one."""
    files = _run_files(runs_dir, compressed=False)
    return next(filter(_is_run, sorted(files, key=_changed_at, reverse=True)), None)


def _is_run(path: Path) -> bool:
    try:
        with open_run(path) as file:
            read_start(file, path)
    except (OSError, InUse):
        return False
    return True


def _changed_at(path: Path) -> tuple[int, str]:
    """Return what sorts files by the time of change; one that is gone comes first."""
    try:
        return path.lstat().st_mtime_ns, path.name
    except FileNotFoundError:
        return 0, path.name


def _outputs(path: Path, *, packable: bool) -> list[Path]:
    """Return the outputs of a run, or those that can be packed; none while there is another file of the same run."""
    directory = _directory_of(path)
    if not stat.S_ISDIR(_mode(directory)) or os.path.lexists(_other_form(path)):
        return []
    if _OWN_ID.fullmatch(directory.name):
        files = [Path(place, name) for place, _, names in os.walk(directory) for name in names]
    else:  # it may be a directory of the user's, such as `src` beside a run that was called `src`
        files = [directory / name for name in sorted(set(_named_outputs(path)))]
    regular = [file for file in files if stat.S_ISREG(_mode(file))]
    return [file for file in regular if file.suffix == _PACKED_OUTPUTS] if packable else regular


def _named_outputs(path: Path) -> Iterator[str]:
    """Yield the names of the files in the directory of a run that its events name."""
    with gzip.open(path) if path.name.endswith(COMPRESSED) else path.open("rb") as lines:
        for line in lines:
            try:
                data = _decoder.decode(line).data
            except (msgspec.MsgspecError, RecursionError, UnicodeError):
                continue
            for name in (data.output_file, *(image.file for image in data.images)):
                directory, _, file = (name or "").partition("/")
                if directory == run_of(path) and file not in {"", ".", ".."} and "/" not in file:
                    yield from (file, file + COMPRESSED)


def _remove_directory(path: Path) -> None:
    """Remove the directory of a run, whose outputs are gone: of our own also links in it; any other if it is empty."""
    directory = _directory_of(path)
    if not stat.S_ISDIR(_mode(directory)) or os.path.lexists(_other_form(path)):
        return
    if _OWN_ID.fullmatch(directory.name):
        shutil.rmtree(directory)  # follows no links
        return
    with suppress(OSError):  # it contains files of the user's
        directory.rmdir()


def _directory_of(path: Path) -> Path:
    return path.with_name(run_of(path))


def _other_form(path: Path) -> Path:
    """Return the name of the same run, packed or unpacked."""
    name = path.name
    return path.with_name(name.removesuffix(COMPRESSED) if name.endswith(COMPRESSED) else name + COMPRESSED)


def _mode(path: Path) -> int:
    """Return the type and permissions of a file, 0 if there is none."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0
