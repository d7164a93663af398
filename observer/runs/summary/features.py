"""Follows which features of a build pass, by name, from its `progress` events. Pure."""

import re
from collections.abc import Iterator
from itertools import count, takewhile

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp

_STRIPPED = re.compile(r"\[\d+\]")
"""What is left of a list whose texts were removed: its length."""


class Flip(Struct, frozen=True):
    """A feature that passed or failed since the last count: the time in seconds since 1970, and the event's place."""

    name: str
    passes: bool
    at: float | None
    iteration: int | None
    offset: int


class Features:
    """Takes `progress` events. A file whose beginning is gone may never name some of the features.

    Of features that have the same name, the second is known as `NAME (2)`, in the order of the list.
    """

    def __init__(self) -> None:
        self.passes: dict[str, bool] = {}
        """The features that are known by name, and whether each passes, in the order of the list."""
        self.flips: list[Flip] = []
        """What changed in this run, in order."""
        self.names_removed = False
        """Whether the file names features, but their names were removed from the events."""
        self._failing: int | None = None
        """The number of features that fail, as the last count has it."""

    def take(self, event: Event) -> None:
        """Add a count: `features` names all features, `changed` those that passed or failed since the last one."""
        if is_complete := event.has_list("features"):
            self.passes = {}
            for name, passes in _states(event, "features"):
                self.passes[self._new_name(name)] = passes
        at, offset = parse_timestamp(event.timestamp), event.line.offset
        for changed, passes in _states(event, "changed"):
            name = changed if is_complete else self._changed_name(changed, passes=passes)
            if not is_complete:
                self.passes[name] = passes
            if self.passes.get(name) is passes:
                self.flips.append(Flip(name, passes, at, event.iteration, offset))
        self.names_removed |= any(_STRIPPED.fullmatch(event.text(key)) for key in ("features", "changed"))
        self.count(event)

    def count(self, event: Event) -> None:
        """Take the numbers of passing features and of all from an event that states them."""
        passing, total = event.count("passing"), event.count("total")
        if passing is not None and total is not None:
            self._failing = max(0, total - passing)

    def _new_name(self, name: str) -> str:
        return next(one for one in _numbered(name) if one not in self.passes)

    def _changed_name(self, name: str, *, passes: bool) -> str:
        """Return which one of the features with this name changed: the first one that was in the other state."""
        same = takewhile(self.passes.__contains__, _numbered(name))
        return next((one for one in same if self.passes[one] is not passes), name)

    @property
    def last_flips(self) -> dict[str, Flip]:
        """The last change of each feature that changed in this run, by its name."""
        return {flip.name: flip for flip in self.flips}

    @property
    def passing(self) -> list[str]:
        """The names of the features that pass, in the order of the list."""
        return [name for name, passes in self.passes.items() if passes]

    @property
    def failing(self) -> list[str]:
        """The names of the features that fail, in the order of the list."""
        return [name for name, passes in self.passes.items() if not passes]

    @property
    def unnamed_failing(self) -> int:
        """The number of features that fail, but whose names the file does not hold."""
        return max(0, (self._failing or 0) - len(self.failing))


def _states(event: Event, key: str) -> Iterator[tuple[str, bool]]:
    """Yield the name of each feature that a list holds, and whether it passes."""
    for feature in event.items(key):
        if name := feature.text("name"):
            yield name, feature.flag("passes")


def _numbered(name: str) -> Iterator[str]:
    """Yield `name`, `name (2)`, `name (3)` and so on."""
    yield name
    yield from (f"{name} ({number})" for number in count(2))
