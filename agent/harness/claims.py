"""Features that a session has let pass, and that one of another model is still to verify. Pure."""

from collections.abc import Iterable
from typing import Literal

from agent.events import Flip
from agent.harness.features import Feature, FeatureList

Author = Literal["session", "person"]
"""Who let a feature pass, or fail."""


class Claims:
    """The features to verify, in the order in which they were claimed to pass."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = list(names)

    def note(self, flips: Iterable[Flip], author: Author) -> bool:
        """Add the features that a session has let pass. What a person has let pass need not be verified.

        Returns whether that changed anything.
        """
        before = self.names
        for name in (flip.name for flip in flips if flip.passes):
            self.settle(name)
            if author == "session":
                self._names.append(name)
        return self.names != before

    def pending(self, features: FeatureList) -> list[Feature]:
        """Return what is left to verify: a feature that no longer passes, or is no longer listed, is not."""
        by_name = features.by_name()
        self._names = [name for name in self._names if name in by_name and by_name[name].passes]
        return [by_name[name] for name in self._names]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features, for a later run."""
        return tuple(self._names)

    def settle(self, name: str) -> None:
        """Remove a feature that is verified."""
        self._names = [other for other in self._names if other != name]
