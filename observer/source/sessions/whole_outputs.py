"""Reads long outputs that a program keeps in files beside a session, of which its records have an excerpt.

A session can name any file, and a command of its agent can put links where its outputs are. So of a path only the end
counts, `SESSION/DIRECTORY/FILE`, below the directory in which the session's own file is, and none of the three may be
a link.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields
from observer.platform.files import READ_FLAGS, read_at

INLINE_BYTES = 64 * 1024
"""An output up to this size is in its event, as in a run that runtail has recorded."""
_EXCERPT_CHARS = 8 * 1024
"""Characters at the beginning, and at the end, of a larger output that are in its event."""
_EXCERPT_BYTES = 4 * _EXCERPT_CHARS


def with_whole_output(event: ForeignEvent, session: Path) -> ForeignEvent:
    """Return an event of a session with its output: with all of a short one, of a long one with both ends and its file.

    `session` is the session's file. An output that cannot be had is `truncated`, and has no file.
    """
    if event.type != "tool_result" or not (named := Fields(event.data).text("output_file")):
        return event
    for file in _candidates(named, session):
        try:
            return ForeignEvent(event.type, event.data | _read(file), event.timestamp, event.parent)
        except (OSError, ValueError):  # not there, or not a file of the session's; ValueError: a null byte
            continue
    lost = {"output_file": None, "truncated": True}
    return ForeignEvent(event.type, event.data | lost, event.timestamp, event.parent)


def _candidates(named: str, session: Path) -> Iterator[Path]:
    """Yield the files that a path in a session may stand for here: it may have been moved or renamed since.

    What was forked from another session has its outputs beside that one.
    """
    *_, owner, directory, name = ["", "", "", *named.replace("\\", "/").split("/")]
    if not {owner, directory, name}.isdisjoint({"", ".", ".."}):
        return
    place = Path(os.path.realpath(session.parent))
    for folder in (session.with_suffix("").name, owner):
        yield place / folder / directory / name


def _read(file: Path) -> dict[str, object]:
    """Return the fields of a result whose output is in a file. Raises OSError unless that is the session's own."""
    if os.path.realpath(file) != str(file):
        raise OSError(0, "a link, or not below the session")
    descriptor = os.open(file, READ_FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise OSError(0, "not a file of the session's own")
        size = status.st_size
        if size <= INLINE_BYTES:
            output, path = read_at(descriptor, size, 0).decode("utf-8", "replace"), None
        else:
            path = str(file)
            begin = read_at(descriptor, _EXCERPT_BYTES, 0).decode("utf-8", "replace")[:_EXCERPT_CHARS]
            end = read_at(descriptor, _EXCERPT_BYTES, size - _EXCERPT_BYTES).decode("utf-8", "replace")[
                -_EXCERPT_CHARS:
            ]
            omitted = size - len((begin + end).encode())
            output = f"{begin}\n[... {omitted} bytes omitted, full output in {path} ...]\n{end}"
    finally:
        os.close(descriptor)
    return {"output": output, "output_bytes": size, "output_file": path, "truncated": False}
