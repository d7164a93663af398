"""The feature list: which changes a session may make, and which are undone."""

import json
from typing import Any

import pytest

from agent.harness.features import FeatureList, FeatureListError, edits_between, enforce_rules


def row(name: str, passes: bool = False, **more: Any) -> dict[str, Any]:
    return {"category": "functional", "name": name, "description": f"It does {name}.", "steps": ["Look"]} | more | {
        "passes": passes
    }  # fmt: skip


def features(*rows: dict[str, Any]) -> FeatureList:
    return FeatureList.parse(json.dumps(rows).encode())


def test_the_passing_features_are_counted() -> None:
    written = features(row("a", True), row("b"))
    assert (written.passing, len(written.features), written.all_pass) == (1, 2, False)
    assert features(row("a", True)).all_pass


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "not a JSON list"),
        (b'[{"name": "a", "pas', "not a JSON list"),
        (b"\xff\xfe", "not a JSON list"),
        (b"{}", "not a JSON list"),
        (b'["a"]', "not a JSON list"),
        (b"[" * 100_000, "not a JSON list"),
        (b"[]", "contains no feature"),
        (b'[{"passes": false}]', "feature 1 has no `name`"),
        (b'[{"name": " ", "passes": false}]', "feature 1 has no `name`"),
        (b'[{"name": 7, "passes": false}]', "feature 1 has no `name`"),
        (b'[{"name": "a"}]', 'feature "a" has no `passes`'),
        (b'[{"name": "a", "passes": "yes"}]', 'feature "a" has no `passes`'),
        (b'[{"name": "a", "passes": true}, {"name": "a", "passes": false}]', 'two features are named "a"'),
    ],
)
def test_an_invalid_list_is_rejected_with_the_reason(text: bytes, message: str) -> None:
    with pytest.raises(FeatureListError) as caught:
        FeatureList.parse(text)
    assert message in str(caught.value)


def test_flips_in_both_directions_are_reported() -> None:
    before, after = features(row("a", True), row("b"), row("c")), features(row("a"), row("b", True), row("c"))
    assert [(flip.name, flip.passes) for flip in after.flips_since(before)] == [("a", False), ("b", True)]
    assert after.flips_since(after) == []
    assert [flip.name for flip in after.flips_since(features(row("x")))] == ["b"]


def test_flipping_passes_is_allowed() -> None:
    written = features(row("a", True), row("b"))
    enforced = enforce_rules(features(row("a"), row("b", True)), written)
    assert enforced.undone == ()
    assert enforced.features == written


@pytest.mark.parametrize(
    ("written", "undone", "passing"),
    [
        ([row("a", True)], ["b (removed)"], {"a"}),
        ([row("a", True), row("b"), row("c", True)], ["c (added as passing)"], {"a"}),
        ([row("a", True, description="Easier."), row("b", True)], ["a (reworded)"], {"b"}),
        ([row("a", True, steps=[]), row("b")], ["a (reworded)"], set()),
        ([row("a", True, done_by="me"), row("b")], ["a (reworded)"], set()),
        ([row("A", True), row("b", True)], ["A (added as passing)", "a (removed)"], {"b"}),
        ([row("b", True), row("a")], ["the order of the features"], {"b"}),
    ],
)
def test_any_other_change_is_undone_and_named(
    written: list[dict[str, Any]], undone: list[str], passing: set[str]
) -> None:
    accepted = features(row("a"), row("b"))
    enforced = enforce_rules(accepted, features(*written))
    assert list(enforced.undone) == undone
    kept = enforced.features.features
    assert [feature.fields for feature in kept] == [feature.fields for feature in accepted.features]
    assert {feature.name for feature in kept if feature.passes} == passing


def test_a_new_feature_that_does_not_pass_is_kept_in_its_place() -> None:
    accepted, written = features(row("a"), row("b")), features(row("x"), row("a", True), row("y"), row("z"), row("b"))
    enforced = enforce_rules(accepted, written, may_pass=True)
    assert (enforced.features, enforced.undone) == (written, ())
    assert enforced.added == ("x (added)", "y (added)", "z (added)")
    without = enforce_rules(accepted, features(row("b", description="Less."), row("x"), row("y", True)))
    assert without.features == features(row("a"), row("b"), row("x"))
    assert without.undone == ("y (added as passing)", "a (removed)", "b (reworded)")
    moved = enforce_rules(accepted, features(row("b"), row("a"), row("x")))
    assert moved.undone == ("the order of the features",)


def test_additional_fields_are_kept() -> None:
    written = features(row("a", priority=1, tags=["x"]))
    assert json.loads(written.text) == [row("a", priority=1, tags=["x"])]
    assert FeatureList.parse(written.text) == written


def test_a_very_long_list_is_checked_quickly() -> None:
    rows = [{"name": f"feature {n}", "passes": False} for n in range(60_000)]
    accepted = FeatureList.parse(json.dumps(rows).encode())
    written = FeatureList.parse(json.dumps(rows[1:]).encode())
    assert enforce_rules(accepted, written).undone == ("feature 0 (removed)",)


def test_1_and_true_are_different_values() -> None:
    accepted = FeatureList.parse(b'[{"name":"a","steps":[1],"passes":false}]')
    written = FeatureList.parse(b'[{"name":"a","steps":[true],"passes":true}]')
    assert enforce_rules(accepted, written).undone == ("a (reworded)",)
    reordered = FeatureList.parse(b'[{"passes":true,"steps":[1],"name":"a"}]')
    assert enforce_rules(accepted, reordered).undone == ()


def test_a_session_that_verifies_lets_features_only_fail() -> None:
    accepted = features(row("a", True), row("b"), row("c", True))
    enforced = enforce_rules(accepted, features(row("a"), row("b", True), row("c", True)), may_pass=False)
    assert enforced.features == features(row("a"), row("b"), row("c", True))
    assert enforced.undone == ("b (set to pass)",)


def test_edits_are_what_differs_besides_passes() -> None:
    before = features(row("a"), row("b"), row("c"))
    after = features(row("a", True), row("b", description="Else."), row("d"))
    assert edits_between(before, after) == ("d (added)", "b (reworded)", "c (removed)")
    assert edits_between(before, features(row("b"), row("a", True), row("c"))) == ("the order of the features",)
    assert edits_between(before, features(row("a", True), row("b"), row("c"))) == ()


def test_a_feature_is_written_as_it_stands_in_the_list() -> None:
    (feature,) = features(row("a", True)).features
    assert json.loads(feature.text) == row("a", True)
