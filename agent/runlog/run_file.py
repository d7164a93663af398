"""Creates or reopens the file of a run: nothing is overwritten, the file is locked, `latest.ndjson` links to it."""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from agent.errors import RunLogBusy, RunLogUnusable
from agent.runlog.encoder import CopiedLine, parse_timestamp_ns
from agent.runlog.lock import require_locks, take_lock

SUFFIX = ".ndjson"
LATEST = "latest" + SUFFIX

_LINE_START = b'{"seq":'
"""The beginning of every line, even of a first line that was only partly written."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAX_ATTEMPTS = 5
_BLOCK_BYTES = 64 * 1024
_FIRST_LINE_BYTES = 1024 * 1024
"""At most as much of the first line is read: it has a command line in it."""


class ResumePoint(NamedTuple):
    """The point from which an existing run file is continued: after `seq` and `last_ns`.

    `started` is true if the file begins with `run_start`, `finished` if it ends with `complete`.
    """

    run: str
    seq: int
    last_ns: int
    started: bool = False
    finished: bool = False

    @classmethod
    def of_new(cls, path: Path) -> "ResumePoint":
        """Return the point from which an empty file is written."""
        return cls(path.name.removesuffix(SUFFIX), 0, 0)


class _Envelope(msgspec.Struct):
    seq: int
    timestamp: str
    type: str
    run: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _WholeLine(msgspec.Struct):
    timestamp: str
    type: str
    data: dict[str, Any]
    phase: str = ""
    iteration: int = 0
    parent: str | None = None


class _Writer(msgspec.Struct):
    pid: int
    host: str


_decoder = msgspec.json.Decoder(_Envelope)
_whole_decoder = msgspec.json.Decoder(_WholeLine)


def new_run_id(now_ns: int) -> str:
    """Return an id for a run: its start in UTC and a random part, as `20261123T011230Z-7f3a9c`.

    Ids sort by time and need no escaping in a URL.
    """
    started = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def check_run_name(run: str) -> None:
    """Raise RunLogUnusable unless the format allows `run` as the name of a run, which becomes a path and a URL."""
    if not _NAME.fullmatch(run) or run.lower() == LATEST.removesuffix(SUFFIX):
        raise RunLogUnusable(
            f"{run!r} cannot be the name of a run: use up to 100 letters, digits, '.', '_' and '-' of ASCII, beginning "
            "with a letter or digit, and not 'latest'"
        )


def create_directory(runs_dir: Path) -> None:
    """Create the runs directory, readable only by its owner, if it is missing.

    Raises RunLogUnusable, so that a run fails before it has cost anything.
    """
    require_locks()
    try:
        runs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RunLogUnusable(
            f"cannot create the runs directory {runs_dir}: {error.strerror}; choose another one with --runs"
        ) from None
    latest = runs_dir / LATEST
    if os.path.lexists(latest) and not latest.is_symlink():
        raise RunLogUnusable(f"{latest} is not a symlink; move it away, runtail needs that name for a symlink")


def create(runs_dir: Path, now_ns: int, run: str | None) -> tuple[int, Path]:
    """Create a locked run file in `runs_dir` and return its descriptor and path. Never opens an existing file.

    `run` is the run's id; None chooses a new one. Raises RunLogUnusable.
    """
    if run is not None:
        check_run_name(run)
    create_directory(runs_dir)
    for _ in range(_MAX_ATTEMPTS):
        path = runs_dir / ((new_run_id(now_ns) if run is None else run) + SUFFIX)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(path, flags, 0o600)
        except FileExistsError:
            if run is None:
                continue
            raise RunLogUnusable(f"{path} already exists; choose another run id, or resume this run") from None
        except OSError as error:
            raise RunLogUnusable(
                f"cannot create a run file in {runs_dir}: {error.strerror}; choose another directory with --runs"
            ) from None
        try:
            _lock(fd, path)
        except BaseException:
            os.close(fd)
            discard(path)
            raise
        return fd, path
    raise RunLogUnusable(
        f"no unused run id in {runs_dir} after {_MAX_ATTEMPTS} attempts; choose another directory with --runs"
    )


def reopen(path: Path) -> tuple[int, ResumePoint]:
    """Open and lock an existing run file; end an incomplete last line. Returns its descriptor and where to continue.

    Raises RunLogBusy while another process writes it, RunLogUnusable if it is not a run file or cannot be opened.
    """
    if path.suffix != SUFFIX:
        raise RunLogUnusable(f"{path} does not end in {SUFFIX}; name a run file")
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(path, flags)
    except OSError as error:
        raise RunLogUnusable(f"cannot open {path}: {error.strerror}; name an existing run file") from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise RunLogUnusable(f"{path} is not a regular file; name a run file")
        _lock(fd, path)
        point = _resume_point(fd, path)
        _end_last_line(fd)
    except OSError as error:
        os.close(fd)
        raise RunLogUnusable(f"cannot resume {path}: {error.strerror}; start a new run") from None
    except BaseException:
        os.close(fd)
        raise
    return fd, point


def read_lines(fd: int) -> Iterator[CopiedLine]:
    """Yield the valid lines of an open run file, from its beginning. Raises OSError."""
    with open(fd, "rb", closefd=False) as file:
        file.seek(0)
        for data in file:
            with suppress(ValueError, RecursionError):
                line = _whole_decoder.decode(data)
                time_ns = parse_timestamp_ns(line.timestamp)
                yield CopiedLine(line.type, time_ns, line.phase, line.iteration, line.parent, line.data)


def is_complete(path: Path) -> bool:
    """Return whether the last event of the run is `complete`. Raises OSError when the file cannot be read."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        last = _last_event(fd, os.fstat(fd).st_size)
    finally:
        os.close(fd)
    return last is not None and last.type == "complete"


def discard(path: Path) -> None:
    """Remove the file of a run that could not begin: it has nothing to tell, and viewers would list it."""
    with suppress(OSError):
        path.unlink()


def update_latest(path: Path) -> None:
    """Point `latest.ndjson` beside `path` to it atomically, so that readers always find a run. Raises OSError."""
    temporary = path.with_name(f".{path.name}.latest")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(path.name)
    try:
        temporary.replace(path.with_name(LATEST))
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _lock(fd: int, path: Path) -> None:
    """Take the writer's lock. Raises RunLogBusy when another writer holds it, RunLogUnusable if there are no locks."""
    try:
        take_lock(fd)
    except (BlockingIOError, PermissionError):
        raise RunLogBusy(
            f"{path} is being written by {_writer_of(path)}; wait until it ends, or start a new run"
        ) from None
    except OSError as error:
        raise RunLogUnusable(f"cannot lock {path}: {error.strerror}; choose another directory with --runs") from None


def _writer_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            first = _decoder.decode(file.readline(_BLOCK_BYTES))
        writer = msgspec.json.decode(first.data, type=_Writer)
    except (OSError, msgspec.MsgspecError):
        return "another process"
    return f"process {writer.pid} on {writer.host}"


def _end_last_line(fd: int) -> None:
    size = os.fstat(fd).st_size
    if size and os.pread(fd, 1, size - 1) != b"\n":
        os.write(fd, b"\n")


def _resume_point(fd: int, path: Path) -> ResumePoint:
    size = os.fstat(fd).st_size
    first = _parse(os.pread(fd, _FIRST_LINE_BYTES, 0).partition(b"\n")[0])
    last = _last_event(fd, size)
    if last is None:
        if not _LINE_START.startswith(os.pread(fd, len(_LINE_START), 0)):
            raise RunLogUnusable(f"{path} contains no event; name a run file")
        return ResumePoint.of_new(path)
    return ResumePoint(
        last.run or path.name.removesuffix(SUFFIX),
        last.seq,
        parse_timestamp_ns(last.timestamp),
        started=first is not None and first.type == "run_start",
        finished=last.type == "complete",
    )


def _last_event(fd: int, size: int) -> _Envelope | None:
    """Return the last valid event of the file, reading larger and larger blocks from its end."""
    block = _BLOCK_BYTES
    while True:
        start = max(0, size - block)
        lines = os.pread(fd, size - start, start).split(b"\n")
        for line in reversed(lines[1:] if start else lines):
            event = _parse(line)
            if event is not None:
                return event
        if start == 0:
            return None
        block *= 4


def _parse(line: bytes) -> _Envelope | None:
    try:
        event = _decoder.decode(line)
        parse_timestamp_ns(event.timestamp)
    except (ValueError, RecursionError):
        return None
    return event
