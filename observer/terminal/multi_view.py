"""Several runs in one view: every line starts with the name of its run, in the colour of that run."""

from collections.abc import Callable, Set
from pathlib import Path

from observer.source.locate import is_run_id, run_id
from observer.terminal.screen import Screen
from observer.terminal.theme import GUTTERS
from observer.terminal.view import Sink, View

PREFIX_CHARS = 6
"""Characters of a run's ID shown before its lines: the random ones at its end."""
NAME_CHARS = 24
"""Characters of any other name shown there."""


def short_name(run: Path, taken: Set[str]) -> str:
    """Return a name for the lines of a run that is not `taken`: the end of its ID, or as much more as it needs.

    A file with another name keeps that, without its end if it is long.

    >>> short_name(Path("20261123T011230Z-7f3a9c"), set()), short_name(Path("my-backup"), set())
    ('7f3a9c', 'my-backup')
    >>> short_name(Path("/srv/b/20261123T011230Z-7f3a9c.ndjson"), {"7f3a9c"})
    'b/7f3a9c'
    """
    whole = run_id(run)
    if is_run_id(whole):
        short = whole[-PREFIX_CHARS:]
    else:
        short = whole if len(whole) <= NAME_CHARS else f"{whole[: NAME_CHARS - 1]}…"
    in_directory = [f"{run.parent.name}/{short}", str(run)] if run.is_absolute() or len(run.parts) > 1 else [whole]
    candidates = [short, *in_directory, *(f"{short}~{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in candidates if name not in taken)


class MultiView:
    """Creates a view for each run. Only one of them can have an unfinished line at a time.

    `typed_name` returns what `observe show` takes for a run.
    """

    def __init__(
        self, out: Sink, screen: Screen, create_view: Callable[[Sink, Screen], View], typed_name: Callable[[str], str]
    ) -> None:  # fmt: skip
        self._out = out
        self._screen = screen
        self._create_view = create_view
        self._typed_name = typed_name
        self._count = 0
        self._names: set[str] = set()
        self._unfinished: _PrefixSink | None = None

    def view_for(self, run: str | None) -> View:
        """Create the view of a run, named by its ID or, if the ID is ambiguous, by its path."""
        role = GUTTERS[self._count % len(GUTTERS)]
        self._count += 1
        name = self._screen.clean_line(short_name(Path(run or ""), self._names))
        self._names.add(name)
        sink = _PrefixSink(self, f"{self._screen.paint(role, name)} " if name else "")
        cells = len(name) + 1 if name else 0
        full_width = self._screen.width
        narrower = self._screen.with_width(lambda: None if (width := full_width()) is None else max(1, width - cells))
        view = self._create_view(sink, narrower.with_run(self._typed_name(run) if run else None))
        sink.end_line = view.close
        return view

    def write(self, sink: "_PrefixSink", data: bytes) -> None:
        """Write the output of one run's view, prefixed line by line; another run's unfinished line is ended first."""
        if self._unfinished is not None and self._unfinished is not sink:
            self._unfinished.end_line()
        start = b"" if sink.in_line else sink.prefix
        sink.in_line = not data.endswith(b"\n")
        body, end = (data, b"") if sink.in_line else (data[:-1], b"\n")
        self._out.write(start + body.replace(b"\n", b"\n" + sink.prefix) + end)
        self._unfinished = sink if sink.in_line else None

    def check(self) -> None:
        """Raise BrokenPipeError if the reader has closed the pipe."""
        self._out.check()


class _PrefixSink:
    """The sink of one run's view."""

    def __init__(self, multi_view: MultiView, prefix: str) -> None:
        self._multi_view = multi_view
        self.prefix = prefix.encode("utf-8", "backslashreplace")
        self.in_line = False
        self.end_line: Callable[[], None] = lambda: None

    def write(self, data: bytes) -> None:
        """Write `data` with the run's prefix on each line."""
        if data:
            self._multi_view.write(self, data)

    def check(self) -> None:
        """Raise BrokenPipeError if the reader has closed the pipe."""
        self._multi_view.check()
