"""Where somebody who follows a run begins, or goes on after having been away."""

from aiofiles.os import wrap
from msgspec import Struct

from observer.source.seek import StartPosition, find_offset
from observer.web.cursor import Cursor
from observer.web.search_pool import SearchPool
from observer.web.shared_file import SharedFile


class Place(Struct, frozen=True):
    """An offset of a file, and why it is not the one that was asked for, if so."""

    offset: int
    reason: str | None = None


async def place_in(file: SharedFile, asked: Cursor | StartPosition | None, work: SearchPool) -> Place:
    """Return the place that was asked for, None for an id that is no cursor; the file's start when it is no more."""
    if asked is None:
        return Place(0, "the id of the last event is no cursor")
    if isinstance(asked, Cursor):
        if await wrap(file.holds)(asked):
            return Place(asked.offset)
        other = asked.generation != await wrap(_generation)(file)
        return Place(0, "the file was replaced or truncated" if other else "the file was written anew")
    if asked.at_first_byte:
        return Place(0)
    if asked.last == 0:
        return Place(file.end)
    start, end = asked, file.end
    return Place(await work.do(lambda given_up: find_offset(start, file.reading(given_up), end)))


def _generation(file: SharedFile) -> str:
    return file.generation
