"""One line of a run, whole, however long: passed on piece by piece. Blocking."""

from observer.source.line_reader import offset_of_last
from observer.web.cursor import Cursor
from observer.web.errors import HTTPError
from observer.web.shared_file import SharedFile


def whole_line(file: SharedFile, place: Cursor) -> int:
    """Return where the line begins that ends at a cursor, as its event's id has it. Raises Refusal."""
    if not file.holds(place):
        raise HTTPError(409, "the file was replaced or truncated; ask again from its start or end")
    if place.offset == 0:
        raise HTTPError(404, "no line ends there")
    return offset_of_last(file.read, place.offset, 1)
