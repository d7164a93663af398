"""Static files of the page: read once and looked up in a table, so that a URL never becomes a path."""

import gzip
from functools import cache
from hashlib import blake2b
from pathlib import PurePath

from msgspec import Struct

from observer.web.assets.content_policy import POLICY, source_of
from observer.web.assets.page_script import PAGE_DIRECTORY, inline, join_modules, read_page_file

INDEX = "index.html"
ENTRY_POINTS = ("live.js", "run_feed_worker.js")
"""The modules of the page and of its worker; each is served with all that it imports, the others by themselves."""
_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class StaticFile(Struct, frozen=True):
    """A file of the page, ready to be sent, as it is and compressed by gzip; `etag` is the same for both.

    `policy` is the Content-Security-Policy of a file that has a script and a style in it.
    """

    content: bytes
    compressed: bytes
    content_type: str
    etag: str
    policy: str = ""


@cache
def load_static_files() -> dict[str, StaticFile]:
    """Return the files of the page by name; files of other types are not served.

    A process with several servers, like the tests, reads and compresses them once: that takes 90 ms.
    """
    index, style, script = inline(read_page_file(INDEX))
    contents = {file.name: file.read_bytes() for file in PAGE_DIRECTORY.iterdir() if _content_type(file.name)}
    contents |= {name: join_modules(name).encode() for name in ENTRY_POINTS} | {INDEX: index.encode()}
    policies = {INDEX: POLICY.format(script=f" {source_of(script)}", style=f" {source_of(style)}")}
    return {name: _static_file(name, content, policies.get(name, "")) for name, content in contents.items()}


def _static_file(name: str, content: bytes, policy: str) -> StaticFile:
    etag = f'W/"{blake2b(content, digest_size=12).hexdigest()}"'
    return StaticFile(content, gzip.compress(content, mtime=0), _content_type(name), etag, policy)


def _content_type(name: str) -> str:
    return _CONTENT_TYPES.get(PurePath(name).suffix, "")
