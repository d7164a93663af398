"""Reads a stream of another program as a run: `claude -p --output-format stream-json --verbose | observe tail -`."""

import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from socket import gethostname
from typing import IO

from observer.dialects.prices import Prices
from observer.dialects.recognize import HEAD_BYTES
from observer.dialects.translation import Translation, dialect_of, is_decided
from observer.format.line import Line, Oversize
from observer.platform.files import read_at
from observer.source.dialect_plugins import recognize_any
from observer.source.items import Idle, Item, Lines, PartialLine, Source, Tagged
from observer.source.line_reader import read_lines
from observer.source.price_files import default_prices


class TranslatedSource:
    """The items of a source that reads to an end, translated if its lines are another program's.

    `name` is what the run says it was read from; `prices` are by default those of the package; `clock` returns seconds
    since 1970. What `is_saved` was written before it is read, by nobody knows whom.
    """

    def __init__(
        self, source: Source, name: str, *, prices: Prices | None = None, clock: Callable[[], float] = time.time,
        is_saved: bool = False,
    ) -> None:  # fmt: skip
        self._source = source
        self._is_saved = is_saved
        self._idle = Idle()
        self._name = name
        self._prices = prices
        self._clock = clock
        self._held: list[Line | Oversize] = []
        self._decided = False
        self._translation: Translation | None = None

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far; nothing if they are another program's."""
        return None if self._translation is not None else self._source.rest(origin)

    async def items(self) -> AsyncGenerator[Item | Tagged, None]:
        """Yield lines as they arrive; see `Source`. Raises what the source raises."""
        async with aclosing(self._source.items()) as items:
            async for item in items:
                for translated in self.take(item):
                    yield translated
        for item in self.finish():
            yield item

    def finish(self) -> list[Item | Tagged]:
        """Return the items that follow the last one of the source."""
        items: list[Item | Tagged] = []
        if self._held:
            items += [*self._decide(at_end=True), self._idle if self._is_saved else Idle()]
        if self._translation is not None:
            items.append(Lines(self._translation.end(self._clock())))
            items.append(self._idle if self._is_saved else Idle(locked=False, modified=self._clock()))
        return items

    def take(self, item: Item | Tagged) -> list[Item | Tagged]:
        """Return what an item of the source becomes, nothing yet while it is not known whose lines they are."""
        if isinstance(item, Lines) and not self._decided:
            self._held += item.lines
            return self._decide(at_end=False)
        if isinstance(item, Lines | PartialLine) and self._translation is not None:
            lines = item.lines if isinstance(item, Lines) else [item.line]
            return [Lines(self._translation.feed(lines, self._clock()))]
        if isinstance(item, Idle):
            self._idle = item
            if self._is_saved and self._translation is not None:
                return []  # what the end of the file adds follows
        if isinstance(item, PartialLine) and not self._decided:
            return [*self._decide(at_end=True), *self.take(item)]
        return [item]

    def _decide(self, *, at_end: bool) -> list[Item | Tagged]:
        """Return what was held back as soon as it is known whose lines they are."""
        head = b"".join(line.data + b"\n" for line in self._held if isinstance(line, Line)).lstrip()
        if not at_end and head and not is_decided(head, recognize_any):
            return []
        self._decided = bool(head) or at_end
        lines, self._held = self._held, []
        if (dialect := dialect_of(head, recognize_any)) is None:
            return [Lines(lines)]
        host = None if self._is_saved else gethostname()
        prices = self._prices or default_prices()
        self._translation = Translation(dialect, self._name, host, prices, is_old=self._is_saved)
        return [Lines(self._translation.feed(lines, self._clock()))]


def translated_file(
    descriptor: int, name: str, prices: Prices | None = None, *, is_saved: bool = False, modified: float | None = None
) -> int | None:
    """Return a descriptor of a temporary file with the run that an open file of another program stands for.

    `prices` are by default those of the package; of what `is_saved` nobody knows who wrote it. `modified` is when it
    was written, in seconds since 1970, by default when the open file was. None if it is to be read as a run file.
    Blocking. Raises OSError.
    """
    dialect = dialect_of(read_at(descriptor, HEAD_BYTES, 0).lstrip(), recognize_any)
    if dialect is None:
        return None
    status = os.fstat(descriptor)
    host, written = None if is_saved else gethostname(), status.st_mtime if modified is None else modified
    translation = Translation(dialect, name, host, prices or default_prices(), is_old=True)
    with tempfile.TemporaryFile() as file:
        read = partial(read_at, descriptor)
        for lines in read_lines(read, 0, status.st_size, partial=True):
            _write(file, translation.feed(lines, written))
        _write(file, translation.end(written))
        file.flush()
        return os.dup(file.fileno())


def _write(file: IO[bytes], lines: list[Line | Oversize]) -> None:
    file.writelines(line.data + b"\n" for line in lines if isinstance(line, Line))
