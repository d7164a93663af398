"""The feature list: what is to be built, and what of it passes. Pure; `agent.harness.feature_watch` reads the file.

The file is a JSON list of objects with `category`, `name`, `description`, `steps` and `passes`. Sessions may flip
`passes` and nothing else; whatever else they did to the list, `held` undoes.
"""

from collections.abc import Iterable
from typing import Any, Self

import msgspec
from msgspec import Struct

from agent.events import Flip

FEATURE_LIST = "feature_list.json"


class FeatureListError(Exception):
    """The text is no feature list; the message says why."""


class FeatureListMissing(FeatureListError):
    """There is no file."""


class Feature(Struct, frozen=True):
    """One feature. `said` is everything the file says of it but `passes`, in the file's order."""

    name: str
    passes: bool
    said: dict[str, Any]


class FeatureList(Struct, frozen=True):
    """The features in the order of the file; no two have the same name, and there is at least one."""

    features: tuple[Feature, ...]

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Read the text of a feature list. Raises FeatureListError."""
        try:
            rows = msgspec.json.decode(text, type=list[dict[str, Any]])
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise FeatureListError(f"it is not a JSON list of objects ({error})") from None
        if not rows:
            raise FeatureListError("it lists no feature")
        features = tuple(_feature(number, row) for number, row in enumerate(rows, 1))
        seen: set[str] = set()
        for feature in features:
            if feature.name in seen:
                raise FeatureListError(f"two features are named {feature.name!r}")
            seen.add(feature.name)
        return cls(features)

    @property
    def text(self) -> bytes:
        """The list as it goes to the file, readable by people."""
        rows = [feature.said | {"passes": feature.passes} for feature in self.features]
        return msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n"

    @property
    def passing(self) -> int:
        """How many pass."""
        return sum(feature.passes for feature in self.features)

    @property
    def all_pass(self) -> bool:
        """Whether there is nothing left to build."""
        return self.passing == len(self.features)

    def flips_since(self, before: "FeatureList") -> list[Flip]:
        """The features of this list that `before` has on the other side; what `before` does not have did not pass."""
        passed = before.by_name()
        return [
            Flip(name=feature.name, passes=feature.passes)
            for feature in self.features
            if feature.passes != (feature.name in passed and passed[feature.name].passes)
        ]

    def by_name(self) -> dict[str, Feature]:
        """The features, each under its name."""
        return {feature.name: feature for feature in self.features}

    def unbuilt(self) -> "FeatureList":
        """The same list with nothing passing."""
        return FeatureList(tuple(msgspec.structs.replace(feature, passes=False) for feature in self.features))


class Held(Struct, frozen=True):
    """A list that a session wrote, put right: `features` is what counts, `tampered` names what was undone."""

    features: FeatureList
    tampered: tuple[str, ...]


def held(accepted: FeatureList, found: FeatureList) -> Held:
    """Keep of `found` which features pass, and everything else, words and order, as `accepted` has it.

    A feature that was reworded does not take its `passes` along: what was verified is something else.
    """
    new, old = found.by_name(), accepted.by_name()
    wrong = [f"{name} (added)" for name in new if name not in old]
    kept = []
    for feature in accepted.features:
        match = new.get(feature.name)
        if match is None:
            wrong.append(f"{feature.name} (removed)")
        elif not _same(match, feature):
            wrong.append(f"{feature.name} (reworded)")
        intact = match is not None and _same(match, feature)
        kept.append(msgspec.structs.replace(feature, passes=match.passes) if match and intact else feature)
    if not wrong and _names(found.features) != _names(accepted.features):
        wrong.append("the order of the features")
    return Held(FeatureList(tuple(kept)), tuple(wrong))


def _same(one: Feature, other: Feature) -> bool:
    """Whether both say the same; to Python 1 is True, to a reader it is not."""
    first, second = (msgspec.json.encode(feature.said, order="deterministic") for feature in (one, other))
    return first == second


def _names(features: Iterable[Feature]) -> list[str]:
    return [feature.name for feature in features]


def _feature(number: int, row: dict[str, Any]) -> Feature:
    name, passes = row.get("name"), row.get("passes")
    if not isinstance(name, str) or not name.strip():
        raise FeatureListError(f"feature {number} has no `name`")
    if not isinstance(passes, bool):
        raise FeatureListError(f"feature {name!r} has no `passes` that is true or false")
    return Feature(name, passes, {key: value for key, value in row.items() if key != "passes"})
