"""The files of the page: read once, looked up in a table, so that a URL never becomes a path."""

from hashlib import blake2b
from pathlib import Path

from msgspec import Struct

PAGE = Path(__file__).parent / "page"
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


def assets(folder: Path = PAGE) -> dict[str, Asset]:
    """Return the files of the page by their names."""
    return {
        path.name: Asset(content, _TYPES[path.suffix], f'"{blake2b(content, digest_size=12).hexdigest()}"')
        for path in sorted(folder.iterdir())
        if path.suffix in _TYPES and (content := path.read_bytes())
    }
