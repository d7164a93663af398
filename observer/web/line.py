"""One line of a run, whole, however long: passed on piece by piece. Blocking."""

from observer.source.seek import last_lines
from observer.web.cursor import Cursor
from observer.web.errors import Refusal
from observer.web.shared_file import RunFile


def whole_line(file: RunFile, place: Cursor) -> int:
    """Return where the line begins that ends at a cursor, as its event's id has it. Raises Refusal."""
    if not file.holds(place):
        raise Refusal(409, "the file was replaced or truncated; ask again from its start or end")
    if place.offset == 0:
        raise Refusal(404, "no line ends there")
    return last_lines(file.read, place.offset, 1)
