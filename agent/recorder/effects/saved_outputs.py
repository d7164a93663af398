"""Reads the outputs that the CLI has put into files, before it removes them."""

import os
import stat
from pathlib import Path

import msgspec

from agent.events import ToolResult
from agent.recorder.calls.shortened import SavedResult

MAX_BYTES = 64 * 1024 * 1024
"""The part of an output that is read: more would fill the memory."""
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def complete_output(result: SavedResult) -> ToolResult:
    """Return the result with its whole output; with what there is, and `truncated`, if that cannot be had."""
    fields = {name: getattr(result, name) for name in ToolResult.__struct_fields__}
    shown = ToolResult(**fields)
    try:
        data, is_whole = _read(Path(result.saved_in))
    except OSError:
        shown.truncated = True
        return shown
    output = data.decode("utf-8", "replace")
    return msgspec.structs.replace(
        shown,
        output=output,
        output_bytes=len(output.encode("utf-8", "replace")),
        truncated=not is_whole or len(data) < (result.saved_bytes or 0),
    )


def _read(file: Path) -> tuple[bytes, bool]:
    """Return the contents of `file`, and whether they are whole. Raises OSError unless it is a file of its own.

    Neither the file nor the two directories around it, which belong to the session, may be a link: a command of the
    agent could have put one there, to a file that is none of its outputs.
    """
    session = os.open(file.parent.parent, _OPEN_DIRECTORY)
    try:
        directory = os.open(file.parent.name, _OPEN_DIRECTORY, dir_fd=session)
        try:
            descriptor = os.open(file.name, _OPEN_FILE, dir_fd=directory)
        finally:
            os.close(directory)
    finally:
        os.close(session)
    with open(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_uid != os.geteuid():
            raise OSError(0, "not a file of the CLI")
        data = opened.read(MAX_BYTES)
        return data, not opened.read(1)
