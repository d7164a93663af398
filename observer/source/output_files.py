"""Reads the whole output of a tool from the file beside the run in which its writer has put it. Blocking.

A run file can name any file, and a command of its agent can put links where its outputs are. So only a regular file
below the directory of the run's outputs counts, to which no link leads.
"""

import os
import stat
from contextlib import closing
from pathlib import Path

from observer.errors import UnreadableError
from observer.platform.files import READ_FLAGS
from observer.source.compressed import open_compressed

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of an output that are read."""
_PACKED = ".gz"


def read_output(directory: Path, named: str) -> str:
    """Return the output that a result names as its `output_file`, or the beginning of a very long one.

    `directory` is the one below which the outputs of the run are.

    Raises UnreadableError if the file is not there, or not one of the run's own.
    """
    place = Path(os.path.realpath(directory))
    try:
        file = place / named
        if not file.is_relative_to(place) or os.path.realpath(file) != str(file):
            raise UnreadableError(f"{named} is not a file of this run")
        if not os.path.exists(file) and os.path.exists(packed := file.with_name(file.name + _PACKED)):
            _require_own(packed, named)
            with closing(open_compressed(packed)) as expanded:
                data = b""
                while len(data) < MAX_BYTES and (piece := expanded.read(MAX_BYTES - len(data))):
                    data += piece
        else:
            data = _read(file, named)
    except (OSError, ValueError) as error:  # ValueError: a null byte
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise UnreadableError(f"cannot read {named} ({reason})") from None
    return data.decode("utf-8", "replace")


def _require_own(file: Path, named: str) -> None:
    """Raise UnreadableError for anything but a regular file with one name, OSError if there is none."""
    status = os.lstat(file)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise UnreadableError(f"{named} is not a file of this run")


def _read(file: Path, named: str) -> bytes:
    _require_own(file, named)
    with open(os.open(file, READ_FLAGS), "rb") as opened:
        return opened.read(MAX_BYTES)
