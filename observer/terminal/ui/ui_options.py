"""What the full-screen view shows, and how."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from observer.format.zone import Zone
from observer.runs.filters.filter import Filter
from observer.runs.listing.listed_run import ListedRun
from observer.runs.state.state import STALL_AFTER_S
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition
from observer.terminal.screen import Screen


class UiOptions(Struct, frozen=True, kw_only=True):
    """What to show: `run`, or without it the runs of `directory`; events that pass `choice`.

    `start` is where the run is shown from; None for its end. `list_runs` returns the runs of the directory, newest
    first; blocking. `name_of` returns what the run in a file is called, `typed_name` what is typed for it on a command
    line; `complete` copies all of a run of which only the ends are there. `other_zone` is the one that `u` shows times
    in.
    """

    run: Path | None
    directory: Path
    screen: Screen
    other_zone: Zone
    list_runs: Callable[[], list[ListedRun]]
    name_of: Callable[[Path], str]
    typed_name: Callable[[Path], str]
    choice: Filter = Filter()
    start: StartPosition | None = None
    follow: Follow = Follow.FILE
    names: DisplayNames = PATH_NAMES
    complete: Callable[[Path], None] = lambda _: None
    content: bool = True
    stall_after_s: float = STALL_AFTER_S
