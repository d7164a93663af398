"""Recognizes the dialects of installed packages, besides our own.

A package names its dialects as entry points of the group `runtail.dialects`, each a class or a function without
arguments that makes a `Dialect`. They are looked for, and imported, only when a file is in none of our own dialects.
What is wrong with one is said once, on standard error, and it is ignored from then on.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import asdict

from observer.dialects.dialect import Converter, Dialect, ForeignEvent
from observer.dialects.recognize import recognize
from observer.format.json import encode
from observer.format.sanitize import clean_line

GROUP = "runtail.dialects"
_PARTS = ("name", "program", "vote", "converter")
Report = Callable[[str], None]


class InstalledDialects:
    """The dialects of installed packages; `report` is called with a sentence about each one that does not work."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._dialects: list[Dialect] | None = None

    def recognize(self, head: bytes) -> Dialect | None:
        """Return the dialect of a file that begins with `head`: one of our own, or else one of these."""
        known = recognize(head)
        if known is not None or not head.lstrip().startswith(b"{"):
            return known
        if self._dialects is None:
            self._dialects = self._load()
        return recognize(head, self._dialects) if self._dialects else None

    def _load(self) -> list[Dialect]:
        from importlib.metadata import entry_points  # noqa: PLC0415 - takes longer than to show a screen

        dialects: list[Dialect] = []
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            try:
                dialect = entry.load()()
                if lacking := [part for part in _PARTS if not hasattr(dialect, part)]:
                    raise TypeError(f"it has no {' and no '.join(lacking)}")
            except Exception as error:  # noqa: BLE001 - whatever the code of others does must not end the command
                self._report(_ignored(entry.name, entry.value, error))
                continue
            dialects.append(_Guarded(dialect, entry.name, entry.value, self._report))
        return dialects


class _Guarded:
    """A dialect of another package, which does nothing any more once it has raised an exception."""

    def __init__(self, dialect: Dialect, entry: str, value: str, report: Report) -> None:
        self.name, self.program = str(dialect.name), str(dialect.program)
        self._dialect = dialect
        self._is_broken = False
        self._say: Callable[[Exception], None] = lambda error: report(_ignored(entry, value, error))

    def vote(self, record: Mapping[str, object]) -> int:
        """Return what the dialect says, -1 if it is broken."""
        if self._is_broken:
            return -1
        try:
            return int(self._dialect.vote(record))
        except Exception as error:  # noqa: BLE001 - see `InstalledDialects`
            self._is_broken = True
            self._say(error)
            return -1

    def converter(self) -> Converter:
        """Return a converter that yields nothing more once it has raised an exception."""
        return _GuardedConverter(self._dialect, self._say)


class _GuardedConverter:
    def __init__(self, dialect: Dialect, say: Callable[[Exception], None]) -> None:
        self.unknown: Counter[str] = Counter()
        self._say = say
        self._converter: Converter | None = None
        self._call(lambda: self._begin(dialect))

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        return self._call(lambda: [] if self._converter is None else list(self._converter.feed(line, origin)))

    def skip(self) -> None:
        self._call(self._skip)

    def flush(self) -> list[ForeignEvent]:
        return self._call(lambda: [] if self._converter is None else list(self._converter.flush()))

    def end(self) -> list[ForeignEvent]:
        return self._call(lambda: [] if self._converter is None else list(self._converter.end()))

    def _begin(self, dialect: Dialect) -> list[ForeignEvent]:
        self._converter = dialect.converter()
        self.unknown = self._converter.unknown
        return []

    def _skip(self) -> list[ForeignEvent]:
        if self._converter is not None:
            self._converter.skip()
        return []

    def _call(self, step: Callable[[], list[ForeignEvent]]) -> list[ForeignEvent]:
        try:
            events = step()
            for event in events:
                _check(event)
        except Exception as error:  # noqa: BLE001 - see `InstalledDialects`
            self._converter = None
            self._say(error)
            return []
        return events


def _check(event: object) -> None:
    """Raise an exception unless an event can be written to a run file."""
    if not isinstance(event, ForeignEvent):
        raise TypeError(f"it returned {type(event).__name__} instead of ForeignEvent")
    msgspec.convert(asdict(event), ForeignEvent)
    encode(event.data)


def _ignored(entry: str, value: str, error: Exception) -> str:
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"the dialect {entry} ({value}) is ignored: {reason}"


def _print(sentence: str) -> None:
    sys.stderr.write(f"observe: {clean_line(sentence)}\n")


recognize_any = InstalledDialects(_print).recognize
"""Returns the dialect of a file that begins with these bytes, also if it is one of an installed package."""
