"""Features that a coding session has let pass, and that a session of another model is still to verify. Pure."""

from collections.abc import Iterable

from agent.harness.features import Feature, FeatureList


class Claims:
    """The features to verify, in the order in which they were claimed to pass."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = list(names)

    def add(self, before: FeatureList, after: FeatureList) -> None:
        """Add the features that pass now and did not before."""
        passed = [flip.name for flip in after.flips_since(before) if flip.passes]
        self._names += [name for name in passed if name not in self._names]

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
        """Remove a feature that has been verified."""
        self._names = [other for other in self._names if other != name]
