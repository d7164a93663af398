"""`-o json`: every line as it stands in the file, byte for byte. What else there is to say goes beside it.

Only a terminal gets what it would obey as escapes; the lines are the same JSON then.
"""

from collections.abc import Callable

from observer.format.event import Event, Record, decode
from observer.format.lines import Line, Oversize
from observer.format.sanitize import clean_line
from observer.format.units import format_size
from observer.source.items import Notice, PartialLine
from observer.terminal.view import Sink


class JsonView:
    """Passes lines on to `out` and says the rest on `beside`, so that what reads `out` gets the file's bytes only.

    `shown` is what becomes of each line on its way, if anything.
    """

    def __init__(self, out: Sink, beside: Sink, *, shown: Callable[[bytes], bytes] | None = None) -> None:
        self._out = out
        self._beside = beside
        self._shown = shown
        self._open = False  # whether what was written last has no newline

    def show(self, records: list[Record]) -> None:
        """Pass lines on; one that was too long to keep is left out, and said to be."""
        kept = [line.data for record in records if isinstance(line := record.line, Line)]
        if kept:
            if self._shown is not None:
                kept = list(map(self._shown, kept))
            kept.append(b"")
            self._write(b"\n".join(kept))
            self._open = False
        if len(kept) <= len(records):
            for record in records:
                if isinstance(record.line, Oversize):
                    self._say(
                        f"line at byte {record.line.offset} left out: {format_size(record.line.length)} is too long"
                    )

    def context(self, records: list[Record]) -> None:
        """What came before needs no words here."""

    def rest(self, rest: PartialLine) -> None:
        """Pass on bytes without a newline as they are; say so if that is not a whole event."""
        whole = isinstance(rest.line, Line) and isinstance(decode(rest.line), Event)
        if isinstance(rest.line, Line):
            self._write(rest.line.data if self._shown is None else self._shown(rest.line.data))
            self._open = True
        if not whole:
            self._say(f"the line at byte {rest.line.offset} is torn: it has no end")

    def notice(self, notice: Notice) -> None:
        """Say it beside."""
        self._say(notice.message)

    def caught_up(self) -> None:
        """Notice that nobody reads any more, although there is nothing to write."""
        self._out.check()

    def close(self) -> None:
        """Nothing is ever left open."""

    def _write(self, data: bytes) -> None:
        """Write what begins a line: after one without a newline that has to come first."""
        self._out.write(b"\n" + data if self._open else data)

    def _say(self, message: str) -> None:
        self._beside.write(f"observe: {clean_line(message)}\n".encode("utf-8", "backslashreplace"))
