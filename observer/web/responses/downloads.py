"""What a client can save: a run file as it is, and reports of a run, which the caller of the server provides."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import quote

from aiofiles.os import wrap

from observer.runs.window.shared_file import IsCancelled
from observer.web.errors import HTTPError
from observer.web.run_directory import RunDirectory
from observer.web.search_pool import until_cancelled

_PIECE_BYTES = 128 * 1024
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
) -> IO[bytes]:
    """Return a temporary file with a report of a run, which may be large. Blocking.

    Raises HTTPError 404 if there is no such run, 503 if it cannot be read or the report cannot be written.
    """
    with directory.open(run).in_use() as file, ExitStack() as stack:
        try:
            report = stack.enter_context(TemporaryFile())
            for piece in until_cancelled(make(file.path), is_cancelled):
                report.write(piece)
            report.seek(0)
        except OSError as error:
            raise HTTPError(503, f"cannot write the report ({error.strerror})") from None
        if not file.is_in_place():  # perhaps there is a link, which is not followed
            raise HTTPError(503, "the run file was replaced while its report was made; try again")
        stack.pop_all()
    return report


async def pieces_of(file: IO[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield what is in a file, piece by piece, and close it."""
    with file:
        while piece := await wrap(file.read)(_PIECE_BYTES):
            yield piece
