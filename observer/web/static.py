"""Static files of the page: read once and looked up in a table, so that a URL never becomes a path."""

from hashlib import blake2b
from importlib.resources import files
from pathlib import PurePath

from msgspec import Struct

PAGE_DIRECTORY = files("observer.web").joinpath("page")
"""All scripts, styles and markup: of the page of `observe serve` and of the HTML report."""
INDEX = "index.html"
_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class StaticFile(Struct, frozen=True):
    """A file of the page, ready to be sent."""

    content: bytes
    content_type: str
    etag: str


def load_static_files() -> dict[str, StaticFile]:
    """Return the files of the page by name; files of other types are not served."""
    loaded: dict[str, StaticFile] = {}
    for file in PAGE_DIRECTORY.iterdir():
        if (content_type := _CONTENT_TYPES.get(PurePath(file.name).suffix)) is not None:
            content = file.read_bytes()
            etag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
            loaded[file.name] = StaticFile(content, content_type, etag)
    return loaded
