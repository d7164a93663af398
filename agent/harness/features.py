"""The feature list: what is to be built, and which of it passes. Pure; `agent.harness.feature_watch` reads the file.

The file is a JSON list of objects with `category`, `name`, `description`, `steps` and `passes`. Sessions may change
`passes` and add features that do not pass; `enforce_rules` undoes any other change. A person may change anything.
"""

from collections.abc import Iterable
from typing import Any, Self

import msgspec
from msgspec import Struct

from agent.events import Flip

FEATURE_LIST = "feature_list.json"
_ORDER = "the order of the features"


class FeatureListError(Exception):
    """The text is not a feature list; the message says why."""


class FeatureListMissing(FeatureListError):
    """The file does not exist."""


class Feature(Struct, frozen=True):
    """One feature. `fields` are all its fields in the file but `passes`, in the file's order."""

    name: str
    passes: bool
    fields: dict[str, Any]

    @property
    def row(self) -> dict[str, Any]:
        """The feature as it is written to the file."""
        return self.fields | {"passes": self.passes}

    @property
    def text(self) -> str:
        """The same as JSON, indented."""
        return _indented(self.row).decode()


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
        return _indented([feature.row for feature in self.features]) + b"\n"

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
    """A list that a session wrote, after enforcing the rules: the valid `features`.

    In words, `undone` is what it changed and may not, and `added` are its new features.
    """

    features: FeatureList
    undone: tuple[str, ...]
    added: tuple[str, ...] = ()


def enforce_rules(accepted: FeatureList, written: FeatureList, *, may_pass: bool = True) -> EnforcedList:
    """Return `accepted` with the `passes` of `written` and its new features, and what else `written` changed.

    A feature that was reworded does not take over its `passes`: what was verified is another feature. Unless
    `may_pass`, features can only cease to pass. A new feature makes a build harder, unless it passes already.
    """
    new, old, added_after = written.by_name(), accepted.by_name(), _added_after(accepted, written)
    undone = [f"{name} (added as passing)" for name, feature in new.items() if feature.passes and name not in old]
    undone += _removed_or_reworded(accepted, written)
    features = list(added_after.get(None, []))
    for feature in accepted.features:
        match = new.get(feature.name)
        if match is None or match.passes == feature.passes or not _equal_fields(match, feature):
            features.append(feature)
        elif match.passes and not may_pass:
            features.append(feature)
            undone.append(f"{feature.name} (set to pass)")
        else:
            features.append(msgspec.structs.replace(feature, passes=match.passes))
        features += added_after.get(feature.name, [])
    if not undone and _names(features) != _names(written.features):
        undone.append(_ORDER)
    added = [f"{feature.name} (added)" for group in added_after.values() for feature in group]
    return EnforcedList(FeatureList(tuple(features)), tuple(undone), tuple(added))


def _added_after(accepted: FeatureList, written: FeatureList) -> dict[str | None, list[Feature]]:
    """Return the new features that do not pass, by the name of the accepted feature that they follow."""
    old, last = accepted.by_name(), None
    added: dict[str | None, list[Feature]] = {}
    for feature in written.features:
        if feature.name in old:
            last = feature.name
        elif not feature.passes:
            added.setdefault(last, []).append(feature)
    return added


def edits_between(before: FeatureList, after: FeatureList) -> tuple[str, ...]:
    """Return what differs between two lists besides `passes`, in words."""
    old = before.by_name()
    edits = [f"{name} (added)" for name in _names(after.features) if name not in old]
    edits += _removed_or_reworded(before, after)
    if not edits and _names(after.features) != _names(before.features):
        edits.append(_ORDER)
    return tuple(edits)


def _removed_or_reworded(before: FeatureList, after: FeatureList) -> list[str]:
    new, edits = after.by_name(), []
    for feature in before.features:
        match = new.get(feature.name)
        if match is None:
            edits.append(f"{feature.name} (removed)")
        elif not _equal_fields(match, feature):
            edits.append(f"{feature.name} (reworded)")
    return edits


def _equal_fields(one: Feature, other: Feature) -> bool:
    """Compare the fields as JSON: in Python, 1 equals True."""
    first, second = (msgspec.json.encode(feature.fields, order="deterministic") for feature in (one, other))
    return first == second


def _indented(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def _names(features: Iterable[Feature]) -> list[str]:
    return [feature.name for feature in features]


def _parse_feature(number: int, row: dict[str, Any]) -> Feature:
    name, passes = row.get("name"), row.get("passes")
    if not isinstance(name, str) or not name.strip():
        raise FeatureListError(f"feature {number} has no `name`")
    if not isinstance(passes, bool):
        raise FeatureListError(f'feature "{name}" has no `passes` that is true or false')
    return Feature(name, passes, {key: value for key, value in row.items() if key != "passes"})
