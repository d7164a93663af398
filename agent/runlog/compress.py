"""Packs a file with gzip, which the observer reads: the original is removed once the packed file has been read back."""

import gzip
import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO

from agent.runlog.finished import COMPRESSED, InUse, open_run

_BLOCK_BYTES = 1024 * 1024


def compress(path: Path) -> int:
    """Replace `path` by a file with the suffix `.gz` and the same time of change, mode 0600. Returns its size.

    At no time is there less than one whole copy, also after a power failure. Raises OSError, and InUse when another
    file has that name or the content changes meanwhile; the original stays then.
    """
    packed = path.with_name(path.name + COMPRESSED)
    temporary = path.with_name(f".{packed.name}.new")
    with open_run(path) as source:
        before = os.fstat(source.fileno())
        try:
            digest = _pack(source, temporary, before)
            if os.path.lexists(packed):  # left by a power failure between the two last steps, or somebody else's
                if _digest(packed) != digest:
                    raise InUse(f"there is another {packed.name}")
            else:
                if _digest(temporary) != digest:
                    raise OSError(0, f"{packed.name} was not written correctly")
                temporary.rename(packed)
                _sync_directory(packed.parent)
        finally:
            temporary.unlink(missing_ok=True)
        after = os.fstat(source.fileno())
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            packed.unlink()
            raise InUse("it is being written")
    path.unlink()
    return packed.stat().st_size


def _pack(source: IO[bytes], target: Path, status: os.stat_result) -> bytes:
    """Write `source` to `target`, compressed and synced to disk. Returns the digest of its content."""
    target.unlink(missing_ok=True)  # left by a power failure
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "wb") as file:
        with gzip.GzipFile("", "wb", fileobj=file, mtime=int(status.st_mtime)) as packed:
            while block := source.read(_BLOCK_BYTES):
                digest.update(block)
                packed.write(block)
        file.flush()
        os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fsync(descriptor)
    return digest.digest()


def _digest(packed: Path) -> bytes:
    """Return the digest of what a packed file contains; empty if it cannot be unpacked."""
    digest = hashlib.sha256()
    with open_run(packed) as file, suppress(EOFError, gzip.BadGzipFile, zlib.error):
        with gzip.GzipFile(fileobj=file, mode="rb") as content:
            while block := content.read(_BLOCK_BYTES):
                digest.update(block)
        return digest.digest()
    return b""


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
