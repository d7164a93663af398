"""`-o json`: the lines of the file, byte for byte; messages go to another sink.

Only on a terminal are control characters escaped, and even then the JSON values stay the same.
"""

from collections.abc import Callable

from observer.format.event import Event, Record, decode
from observer.format.line import Line, Oversize
from observer.format.sanitize import clean_line
from observer.format.units import format_size
from observer.source.items import Notice, PartialLine
from observer.terminal.view import Sink


class JsonView:
    """Copies lines to `out` and reports everything else on `messages`, so that `out` carries only bytes of the file.

    `escape`, if given, is applied to each line before it is written. `sorts` puts lines that are shown at once in the
    order of the file, for filters that find earlier lines by later ones.
    """

    needs_calls = False

    def __init__(
        self, out: Sink, messages: Sink, *, escape: Callable[[bytes], bytes] | None = None, sorts: bool = False
    ) -> None:
        self._out = out
        self._messages = messages
        self._escape = escape
        self._sorts = sorts
        self._in_line = False  # whether the last output had no newline

    @property
    def copy(self) -> Callable[[bytes], None] | None:
        """What shows complete lines that are passed as bytes, unless they have to be escaped."""
        return self._copy if self._escape is None else None

    def _copy(self, lines: bytes) -> None:
        if lines:
            self._write(lines)
            self._in_line = False
        else:
            self._out.check()

    def show(self, records: list[Record]) -> None:
        """Copy complete lines; report those that were too long to be read."""
        if self._sorts:
            records = sorted(records, key=lambda record: record.line.offset)
        lines = [line.data for record in records if isinstance(line := record.line, Line)]
        if lines:
            escaped = lines if self._escape is None else list(map(self._escape, lines))
            self._write(b"\n".join([*escaped, b""]))
            self._in_line = False
        if len(lines) < len(records):
            for record in records:
                if isinstance(line := record.line, Oversize):
                    self._report(f"skipped the line at byte {line.offset}: too long ({format_size(line.length)})")

    def add_context(self, records: list[Record]) -> None:
        """Do nothing: each line stands for itself."""

    def show_partial(self, partial: PartialLine) -> None:
        """Copy a last line without a newline as it is, and report it if it is not a complete event."""
        line = partial.line
        if isinstance(line, Line):
            self._write(line.data if self._escape is None else self._escape(line.data))
            self._in_line = True
        if not (isinstance(line, Line) and isinstance(decode(line), Event)):
            self._report(f"truncated line at byte {line.offset}: the end of the line is missing")

    def show_gap(self) -> None:
        """Do nothing: there are only lines of the file."""

    def show_notice(self, notice: Notice) -> None:
        """Report a message about the source."""
        self._report(notice.message)

    def idle(self) -> None:
        """Raise BrokenPipeError if the reader is gone, although there is nothing to write."""
        self._out.check()

    def close(self) -> None:
        """Do nothing: no line is left unfinished."""

    def _write(self, data: bytes) -> None:
        """Write the start of a line, after the missing newline of the previous one."""
        self._out.write(b"\n" + data if self._in_line else data)

    def _report(self, message: str) -> None:
        self._messages.write(f"observe: {clean_line(message)}\n".encode("utf-8", "backslashreplace"))
