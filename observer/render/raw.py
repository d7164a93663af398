"""`-o json`: every line as it stands in the file, byte for byte. What else there is to say goes beside it."""

from observer.event import Event, decode
from observer.framing import Line, Oversize
from observer.render.base import Sink
from observer.render.units import size
from observer.sanitize import clean_line
from observer.source.base import Notice, Rest


class RawView:
    """Passes lines on to `out` and says the rest on `beside`, so that what reads `out` gets the file's bytes only."""

    def __init__(self, out: Sink, beside: Sink) -> None:
        self._out = out
        self._beside = beside

    def lines(self, lines: list[Line | Oversize]) -> None:
        """Pass lines on; one that was too long to keep is left out, and said to be."""
        kept = [line.data for line in lines if isinstance(line, Line)]
        if kept:
            kept.append(b"")
            self._out.write(b"\n".join(kept))
        if len(kept) <= len(lines):
            for line in lines:
                if isinstance(line, Oversize):
                    self._say(f"line at byte {line.offset} left out: {size(line.length)} is too long")

    def rest(self, rest: Rest) -> None:
        """Pass on bytes without a newline as they are; say so if that is not a whole event."""
        whole = isinstance(rest.line, Line) and isinstance(decode(rest.line), Event)
        if isinstance(rest.line, Line):
            self._out.write(rest.line.data)
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

    def _say(self, message: str) -> None:
        self._beside.write(f"observe: {clean_line(message)}\n".encode("utf-8", "backslashreplace"))
