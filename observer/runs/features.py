"""Follows which features of a build pass, by name, from its `progress` events. Pure."""

from observer.format.event import Event


class Features:
    """Takes `progress` events. A file whose beginning is gone may never name some of the features."""

    def __init__(self) -> None:
        self.passes: dict[str, bool] = {}
        """The features that are known by name, and whether each passes, in the order of the list."""
        self._failing: int | None = None
        """The number of features that fail, as the last count has it."""

    def take(self, event: Event) -> None:
        """Add a count: `features` names all features, `changed` those that passed or failed since the last one."""
        if event.has_list("features"):
            self.passes = dict(_states(event, "features"))
        self.passes.update(_states(event, "changed"))
        self.count(event)

    def count(self, event: Event) -> None:
        """Take the numbers of passing features and of all from an event that states them."""
        passing, total = event.integer("passing"), event.integer("total")
        if passing is not None and total is not None:
            self._failing = max(0, total - passing)

    @property
    def failing(self) -> list[str]:
        """The names of the features that fail, in the order of the list."""
        return [name for name, passes in self.passes.items() if not passes]

    @property
    def unnamed_failing(self) -> int:
        """The number of features that fail, but whose names the file does not hold."""
        return max(0, (self._failing or 0) - len(self.failing))


def _states(event: Event, key: str) -> list[tuple[str, bool]]:
    """Return the name of each feature that a list holds, and whether it passes."""
    return [(name, feature.flag("passes")) for feature in event.items(key) if (name := feature.text("name"))]
