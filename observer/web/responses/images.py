"""Images beside a run: those that its writer kept of prompts and results. Blocking.

What is sent begins as an image does.
"""

from pathlib import Path

from observer.errors import UnreadableError
from observer.runs.window.attachments import read_attachment
from observer.web.errors import HTTPError

MAX_BYTES = 20 * 1024 * 1024
_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_WEBP = b"RIFF", b"WEBP"


def read_image(runs: Path, run: str, file: str) -> tuple[bytes, str]:
    """Return an image of a run and its media type; `file` is its path as the run has it. Raises HTTPError 404."""
    try:
        data = read_attachment(runs, run, file, MAX_BYTES)
    except UnreadableError:
        raise _no_such_image() from None
    media_type = _media_type(data)
    if not media_type:
        raise _no_such_image()
    return data, media_type


def _media_type(data: bytes) -> str:
    if data.startswith(_WEBP[0]) and data[8:12] == _WEBP[1]:
        return "image/webp"
    return next((media_type for beginning, media_type in _BEGINNINGS.items() if data.startswith(beginning)), "")


def _no_such_image() -> HTTPError:
    return HTTPError(404, "no such image")
