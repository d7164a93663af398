"""A line on a terminal's standard error that says how far a long file has been read; it is gone when that ends."""

import os
import time
from collections.abc import Callable
from typing import Self, TextIO

from observer.format.sanitize import clean_line
from observer.format.units import format_size

_AFTER_S = 1.0
"""Seconds after which a file takes long enough for a line."""
_EVERY_S = 0.1
_ERASE = "\r\x1b[K"


class ProgressLine:
    """Draws one line on `stream`, a terminal, and erases it at the end; on anything else it does nothing.

    `clock` returns seconds. Use it as a context manager, and `clear` it before other output goes to the terminal.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._next_at = clock() + _AFTER_S
        self._is_drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, name: str, done: int, total: int | None) -> None:
        """Say that `done` of `total` bytes of a file are read; of a compressed one, `total` is not known."""
        now = self._clock()
        if not self._is_terminal or now < self._next_at:
            return
        self._next_at = now + _EVERY_S
        share = f"{format_size(done)} so far" if total is None else f"{100 * done // total}% of {format_size(total)}"
        text = f"{share}: {clean_line(name)}"
        self._write(f"{_ERASE}observe: read {text}"[: len(_ERASE) + self._width() - 1])
        self._is_drawn = True

    def clear(self) -> None:
        """Erase the line."""
        if self._is_drawn:
            self._write(_ERASE)
            self._is_drawn = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except OSError:
            return 80
