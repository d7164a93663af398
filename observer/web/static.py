"""The files of the page: read once, looked up in a table, so that a URL never becomes a path."""

from hashlib import blake2b
from importlib.resources import files
from pathlib import PurePath

from msgspec import Struct

from observer.assets import SHARED

FOLDERS = (files("observer.web").joinpath("page"), SHARED)
"""The page's own files, and those that it shares with the HTML report. Their names are those of one folder."""
INDEX = "index.html"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class Asset(Struct, frozen=True):
    """A file of the page."""

    content: bytes
    type: str
    etag: str


def assets() -> dict[str, Asset]:
    """Return the files of the page by their names."""
    found: dict[str, Asset] = {}
    for file in (file for folder in FOLDERS for file in folder.iterdir()):
        if (kind := _TYPES.get(PurePath(file.name).suffix)) is None:
            continue
        if file.name in found:
            raise ValueError(f"the page has two files {file.name}")
        content = file.read_bytes()
        found[file.name] = Asset(content, kind, f'"{blake2b(content, digest_size=12).hexdigest()}"')
    return found
