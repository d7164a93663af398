"""Images beside a run: those that its writer kept of prompts and results. Blocking.

The path of an image is stated by the run, which is not trusted: only a file in the directory that bears the run's name
is opened, no link is followed, and what is sent begins as an image does.
"""

import os
import stat
from pathlib import Path

from observer.platform.files import READ_FLAGS, read_at
from observer.web.errors import HTTPError

MAX_BYTES = 20 * 1024 * 1024
_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_WEBP = b"RIFF", b"WEBP"


def read_image(runs: Path, run: str, file: str) -> tuple[bytes, str]:
    """Return an image of a run and its media type; `file` is its path as the run has it. Raises HTTPError 404."""
    directory, _, name = file.partition("/")
    if directory != run or not name or name.startswith(".") or not name.isprintable() or {"/", "\\"} & set(name):
        raise _no_such_image()
    data = _read(runs / run / name)
    media_type = _media_type(data)
    if not media_type:
        raise _no_such_image()
    return data, media_type


def _read(path: Path) -> bytes:
    try:
        if not stat.S_ISDIR(os.lstat(path.parent).st_mode):
            raise _no_such_image()
        descriptor = os.open(path, READ_FLAGS | getattr(os, "O_NOFOLLOW", 0))
    except (OSError, ValueError):
        raise _no_such_image() from None
    try:
        status = os.fstat(descriptor)
        is_image_sized = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
        return read_at(descriptor, status.st_size, 0) if is_image_sized else b""
    finally:
        os.close(descriptor)


def _media_type(data: bytes) -> str:
    if data.startswith(_WEBP[0]) and data[8:12] == _WEBP[1]:
        return "image/webp"
    return next((media_type for beginning, media_type in _BEGINNINGS.items() if data.startswith(beginning)), "")


def _no_such_image() -> HTTPError:
    return HTTPError(404, "no such image")
