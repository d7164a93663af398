"""The file itself: made or reopened without touching what is already there, locked, sealed, and found as latest."""

import fcntl
import os
import secrets
import stat
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from agent.errors import RunLogBusy, RunLogUnusable
from agent.runlog.encoder import timestamp_ns

SUFFIX = ".ndjson"
LATEST = "latest" + SUFFIX

_OPENING = b'{"seq":'
"""How every line begins, so also a first one that was torn."""
_TRIES = 5
_WINDOW = 64 * 1024


class Resumed(NamedTuple):
    """What a run file says about itself: where to go on."""

    run: str
    seq: int
    last_ns: int
    started: bool
    finished: bool


class _Known(msgspec.Struct):
    seq: int
    timestamp: str
    type: str
    run: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Writer(msgspec.Struct):
    pid: int
    host: str


_known = msgspec.json.Decoder(_Known)


def new_run_id(now_ns: int) -> str:
    """A run's name: its start in UTC and a random tail, `20261123T011230Z-7f3a9c`. Sorts by time; safe in a URL."""
    started = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def make_folder(runs_dir: Path) -> None:
    """The runs folder, readable by its owner alone. Raises RunLogUnusable, before anything has been spent."""
    try:
        runs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RunLogUnusable(
            f"cannot make the runs folder {runs_dir}: {error.strerror}; choose another with --runs"
        ) from None
    latest = runs_dir / LATEST
    if os.path.lexists(latest) and not latest.is_symlink():
        raise RunLogUnusable(f"{latest} is not a symlink; move it away, runtail keeps a symlink of that name there")


def create(runs_dir: Path, now_ns: int, run: str | None) -> tuple[int, Path]:
    """A new, locked run file in `runs_dir`: its descriptor and path. Never opens what exists already."""
    make_folder(runs_dir)
    for _ in range(_TRIES):
        path = runs_dir / ((run or new_run_id(now_ns)) + SUFFIX)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(path, flags, 0o600)
        except FileExistsError:
            if run is None:
                continue
            raise RunLogUnusable(f"{path} exists already; name another run, or resume this one") from None
        except OSError as error:
            raise RunLogUnusable(
                f"cannot make a run file in {runs_dir}: {error.strerror}; choose another folder with --runs"
            ) from None
        try:
            lock(fd, path)
        except BaseException:
            os.close(fd)
            raise
        return fd, path
    raise RunLogUnusable(
        f"no free name for a run in {runs_dir} after {_TRIES} tries; choose another folder with --runs"
    )


def reopen(path: Path) -> tuple[int, Resumed]:
    """An existing run file, locked, with a torn last line sealed: its descriptor and where to go on."""
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(path, flags)
    except OSError as error:
        raise RunLogUnusable(f"cannot reopen {path}: {error.strerror}; name a run file that exists") from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise RunLogUnusable(f"{path} is not a regular file; name a run file")
        lock(fd, path)
        at = _resume_point(fd, path)
        _seal(fd)
    except OSError as error:
        os.close(fd)
        raise RunLogUnusable(f"cannot go on in {path}: {error.strerror}; start a new run") from None
    except BaseException:
        os.close(fd)
        raise
    return fd, at


def is_complete(path: Path) -> bool:
    """Whether the run came to its end. Raises OSError when the file cannot be read."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        last = _last_event(fd, os.fstat(fd).st_size)
    finally:
        os.close(fd)
    return last is not None and last.type == "complete"


def lock(fd: int, path: Path) -> None:
    """Take the writer's lock, which viewers can query but not take. The kernel gives it back when the writer dies.

    An open-file-description lock (fcntl(2), `F_OFD_SETLK`), so that neither another thread nor a second open of
    the same file in this process gives it up. Raises RunLogBusy when another writer has it, and RunLogUnusable where
    files cannot be locked.
    """
    whole_file = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, whole_file)
    except (BlockingIOError, PermissionError):
        raise RunLogBusy(
            f"{path} is being written by {_writer_of(path)}; wait for it to end, or start a new run"
        ) from None
    except OSError as error:
        raise RunLogUnusable(f"cannot lock {path}: {error.strerror}; choose another folder with --runs") from None


def point_latest(path: Path) -> None:
    """Switch `latest.ndjson` beside `path` to it in one step: a reader finds the old run or the new, never nothing."""
    aside = path.with_name(f".{path.name}.latest")
    aside.unlink(missing_ok=True)
    aside.symlink_to(path.name)
    aside.replace(path.with_name(LATEST))


def _writer_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            first = _known.decode(file.readline(_WINDOW))
        writer = msgspec.json.decode(first.data, type=_Writer)
    except (OSError, msgspec.MsgspecError):
        return "another process"
    return f"process {writer.pid} on {writer.host}"


def _seal(fd: int) -> None:
    size = os.fstat(fd).st_size
    if size and os.pread(fd, 1, size - 1) != b"\n":
        os.write(fd, b"\n")


def _resume_point(fd: int, path: Path) -> Resumed:
    size = os.fstat(fd).st_size
    first = _parse(os.pread(fd, _WINDOW, 0).partition(b"\n")[0])
    last = _last_event(fd, size)
    run = path.name.removesuffix(SUFFIX)
    if last is None:
        if not _OPENING.startswith(os.pread(fd, len(_OPENING), 0)):
            raise RunLogUnusable(f"{path} holds no event; name a run file")
        return Resumed(run, 0, 0, started=False, finished=False)
    return Resumed(
        last.run or run,
        last.seq,
        timestamp_ns(last.timestamp),
        started=first is not None and first.type == "run_start",
        finished=last.type == "complete",
    )


def _last_event(fd: int, size: int) -> _Known | None:
    window = _WINDOW
    while True:
        start = max(0, size - window)
        lines = os.pread(fd, size - start, start).split(b"\n")
        for line in reversed(lines[1:] if start else lines):
            event = _parse(line)
            if event is not None:
                return event
        if start == 0:
            return None
        window *= 4


def _parse(line: bytes) -> _Known | None:
    try:
        event = _known.decode(line)
        timestamp_ns(event.timestamp)
    except (ValueError, RecursionError):
        return None
    return event
