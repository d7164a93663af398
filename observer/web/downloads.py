"""What a client can save: a run file as it is, and reports of a run, which the caller of the server provides."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from observer.runs.window.shared_file import IsCancelled
from observer.web.errors import HTTPError
from observer.web.run_directory import RunDirectory
from observer.web.search_pool import until_cancelled

Reports = Mapping[str, Callable[[Path], Iterator[bytes]]]
"""By the suffix of its file, what makes a report of the run in a file, piece by piece. Blocking."""


def saved_as(name: str) -> tuple[bytes, bytes]:
    """Return the header by which a browser saves a response as a file of this name.

    >>> saved_as("a b.md")
    (b'content-disposition', b"attachment; filename*=UTF-8''a%20b.md")
    """
    return b"content-disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}".encode()


def make_report(
    directory: RunDirectory, run: str, make: Callable[[Path], Iterator[bytes]], is_cancelled: IsCancelled
) -> bytes:
    """Return a report of a run. Blocking. Raises HTTPError 404 if there is no such run, 503 if it cannot be read."""
    with directory.open(run).in_use() as file:
        report = b"".join(until_cancelled(make(directory.path_of(run)), is_cancelled))
        if not file.is_in_place():  # perhaps there is a link, which is not followed
            raise HTTPError(503, "the run file was replaced while its report was made; try again")
    return report
