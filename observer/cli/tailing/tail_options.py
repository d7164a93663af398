"""What `observe tail` is to do: its options, resolved, and the files and directories that they name."""

import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from observer.cli.addresses.missing_runs import expected_run
from observer.format.zone import UTC, Zone
from observer.runs.filters.filter import Filter
from observer.source.find import find, latest_link
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition
from observer.terminal.event_times import TimeFormat
from observer.terminal.preferences import NO_PAGER, Color, PagerChoice

if TYPE_CHECKING:
    from observer.dialects.prices import Prices


class OutputFormat(StrEnum):
    """The output format of events."""

    PRETTY = "pretty"
    TEXT = "text"
    JSON = "json"


class TailOptions(Struct, frozen=True, kw_only=True):
    """The options of `observe tail`, resolved.

    `runs` are names as `find.find` takes them, resolved in `directory`; `prices` are as `open_source` takes them.
    `speed` replays with the original timing, that many times faster; None shows everything at once. `neighbours` are
    the numbers of events that are shown before and after each event that matches. A pager is only used for what is not
    followed. What is `raw` is not translated if it comes from standard input.
    """

    runs: Sequence[str]
    display_names: DisplayNames = PATH_NAMES
    prices: "Prices | None" = None
    directory: Path
    start: StartPosition
    filter: Filter
    neighbours: tuple[int, int] = (0, 0)
    output: OutputFormat
    raw: bool = False
    follow: Follow = Follow.FILE
    speed: float | None = None
    full_gaps: bool = False
    content: bool = True
    full: bool = False
    stall_after_s: float
    status_line: bool = True
    color: Color = Color.AUTO
    pager: PagerChoice = NO_PAGER
    theme: str | Mapping[str, str] = "default"
    zone: Zone = UTC
    times: TimeFormat = TimeFormat.CLOCK


class ResolvedRuns(Struct, frozen=True):
    """The files and directories that the names of runs refer to."""

    files: list[Path]
    directories: list[Path]

    @property
    def several(self) -> bool:
        """Whether there can be more than one run."""
        return bool(self.directories) or len(self.files) > 1


def resolve(options: TailOptions) -> ResolvedRuns:
    """Return the files and directories that the options name; a name that ends with a slash means a directory.

    Raises UnreadableError for a name that matches no run.
    """
    paths = [(_find(name, options), name) for name in options.runs]
    directories = [
        path for path, name in paths if os.path.isdir(path) or (name.endswith("/") and not os.path.exists(path))
    ]
    return ResolvedRuns([path for path, _ in paths if path not in directories], directories)


def _find(name: str, options: TailOptions) -> Path:
    find_run = find if options.follow is Follow.NOT else expected_run
    path = find_run(name, options.directory, options.display_names)
    if options.follow is not Follow.NAME or options.display_names.is_copy(path):
        return path
    return latest_link(name, options.directory) or path
