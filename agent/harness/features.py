"""The feature list: what is to be built, and which of it passes. Pure; `agent.harness.feature_watch` reads the file.

The file is a JSON list of objects with `category`, `name`, `description`, `steps` and `passes`. Sessions may change
`passes` and nothing else; `enforce_rules` undoes any other change.
"""

from collections.abc import Iterable
from typing import Any, Self

import msgspec
from msgspec import Struct

from agent.events import Flip

FEATURE_LIST = "feature_list.json"


class FeatureListError(Exception):
    """The text is not a feature list; the message says why."""


class FeatureListMissing(FeatureListError):
    """The file does not exist."""


class Feature(Struct, frozen=True):
    """One feature. `fields` are all its fields in the file but `passes`, in the file's order."""

    name: str
    passes: bool
    fields: dict[str, Any]


class FeatureList(Struct, frozen=True):
    """The features in the order of the file: at least one, with unique names."""

    features: tuple[Feature, ...]

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Parse the text of a feature list. Raises FeatureListError."""
        try:
            rows = msgspec.json.decode(text, type=list[dict[str, Any]])
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise FeatureListError(f"it is not a JSON list of objects ({error})") from None
        if not rows:
            raise FeatureListError("it contains no feature")
        features = tuple(_parse_feature(number, row) for number, row in enumerate(rows, 1))
        names: set[str] = set()
        for feature in features:
            if feature.name in names:
                raise FeatureListError(f'two features are named "{feature.name}"')
            names.add(feature.name)
        return cls(features)

    @property
    def text(self) -> bytes:
        """The list as it is written to the file, indented."""
        rows = [feature.fields | {"passes": feature.passes} for feature in self.features]
        return msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n"

    @property
    def passing(self) -> int:
        """The number of features that pass."""
        return sum(feature.passes for feature in self.features)

    @property
    def all_pass(self) -> bool:
        """Whether nothing is left to build."""
        return self.passing == len(self.features)

    def flips_since(self, before: "FeatureList") -> list[Flip]:
        """Return the features whose `passes` differs from `before`; one that is new there counts as not passing."""
        old = before.by_name()
        return [
            Flip(name=feature.name, passes=feature.passes)
            for feature in self.features
            if feature.passes != (feature.name in old and old[feature.name].passes)
        ]

    def by_name(self) -> dict[str, Feature]:
        """Return the features by their names."""
        return {feature.name: feature for feature in self.features}

    def with_none_passing(self) -> "FeatureList":
        """Return the same list with `passes` false everywhere."""
        return FeatureList(tuple(msgspec.structs.replace(feature, passes=False) for feature in self.features))


class EnforcedList(Struct, frozen=True):
    """A list that a session wrote, after enforcing the rules: the valid `features`, and what was `undone`, in words."""

    features: FeatureList
    undone: tuple[str, ...]


def enforce_rules(accepted: FeatureList, written: FeatureList) -> EnforcedList:
    """Return `accepted` with the `passes` of `written`, and what else `written` changed.

    A feature that was reworded does not take over its `passes`: what was verified is another feature.
    """
    new, old = written.by_name(), accepted.by_name()
    undone = [f"{name} (added)" for name in new if name not in old]
    features = []
    for feature in accepted.features:
        passes, match = feature.passes, new.get(feature.name)
        if match is None:
            undone.append(f"{feature.name} (removed)")
        elif not _equal_fields(match, feature):
            undone.append(f"{feature.name} (reworded)")
        else:
            passes = match.passes
        features.append(msgspec.structs.replace(feature, passes=passes))
    if not undone and _names(written.features) != _names(accepted.features):
        undone.append("the order of the features")
    return EnforcedList(FeatureList(tuple(features)), tuple(undone))


def _equal_fields(one: Feature, other: Feature) -> bool:
    """Compare the fields as JSON: in Python, 1 equals True."""
    first, second = (msgspec.json.encode(feature.fields, order="deterministic") for feature in (one, other))
    return first == second


def _names(features: Iterable[Feature]) -> list[str]:
    return [feature.name for feature in features]


def _parse_feature(number: int, row: dict[str, Any]) -> Feature:
    name, passes = row.get("name"), row.get("passes")
    if not isinstance(name, str) or not name.strip():
        raise FeatureListError(f"feature {number} has no `name`")
    if not isinstance(passes, bool):
        raise FeatureListError(f'feature "{name}" has no `passes` that is true or false')
    return Feature(name, passes, {key: value for key, value in row.items() if key != "passes"})
