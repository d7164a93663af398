"""Static files of the page: read once and looked up in a table, so that a URL never becomes a path."""

import gzip
from hashlib import blake2b
from pathlib import PurePath

from msgspec import Struct

from observer.web.page_script import PAGE_DIRECTORY, join_modules

INDEX = "index.html"
ENTRY_POINTS = ("live.js", "run_feed_worker.js")
"""The modules that the page and its worker load; each is served with all that it imports, the others by themselves."""
_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class StaticFile(Struct, frozen=True):
    """A file of the page, ready to be sent, as it is and compressed by gzip; `etag` is the same for both."""

    content: bytes
    compressed: bytes
    content_type: str
    etag: str


def load_static_files() -> dict[str, StaticFile]:
    """Return the files of the page by name; files of other types are not served."""
    loaded: dict[str, StaticFile] = {}
    for file in PAGE_DIRECTORY.iterdir():
        if (content_type := _CONTENT_TYPES.get(PurePath(file.name).suffix)) is not None:
            content = join_modules(file.name).encode() if file.name in ENTRY_POINTS else file.read_bytes()
            etag = f'W/"{blake2b(content, digest_size=12).hexdigest()}"'
            loaded[file.name] = StaticFile(content, gzip.compress(content, mtime=0), content_type, etag)
    return loaded
