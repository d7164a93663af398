"""The feature list: what a session may do to it, and what is undone."""

import json
from typing import Any

import pytest

from agent.harness.features import FeatureList, FeatureListError, held


def row(name: str, passes: bool = False, **more: Any) -> dict[str, Any]:
    return {"category": "functional", "name": name, "description": f"It does {name}.", "steps": ["Look"]} | more | {
        "passes": passes
    }  # fmt: skip


def features(*rows: dict[str, Any]) -> FeatureList:
    return FeatureList.parse(json.dumps(rows).encode())


def test_a_list_is_counted() -> None:
    found = features(row("a", True), row("b"))
    assert (found.passing, len(found.features), found.all_pass) == (1, 2, False)
    assert features(row("a", True)).all_pass


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not a JSON list"),
        (b'[{"name": "a", "pas', "not a JSON list"),
        (b"\xff\xfe", "not a JSON list"),
        (b"{}", "not a JSON list"),
        (b'["a"]', "not a JSON list"),
        (b"[" * 100_000, "not a JSON list"),
        (b"[]", "lists no feature"),
        (b'[{"passes": false}]', "feature 1 has no `name`"),
        (b'[{"name": " ", "passes": false}]', "feature 1 has no `name`"),
        (b'[{"name": 7, "passes": false}]', "feature 1 has no `name`"),
        (b'[{"name": "a"}]', "feature 'a' has no `passes`"),
        (b'[{"name": "a", "passes": "yes"}]', "feature 'a' has no `passes`"),
        (b'[{"name": "a", "passes": true}, {"name": "a", "passes": false}]', "two features are named 'a'"),
    ],
)
def test_what_is_no_feature_list_is_refused_with_the_reason(text: bytes, said: str) -> None:
    with pytest.raises(FeatureListError) as caught:
        FeatureList.parse(text)
    assert said in str(caught.value)


def test_flips_are_told_in_both_directions() -> None:
    before, after = features(row("a", True), row("b"), row("c")), features(row("a"), row("b", True), row("c"))
    assert [(flip.name, flip.passes) for flip in after.flips_since(before)] == [("a", False), ("b", True)]
    assert after.flips_since(after) == []
    assert [flip.name for flip in after.flips_since(features(row("x")))] == ["b"]


def test_flipping_passes_is_allowed() -> None:
    found = features(row("a", True), row("b"))
    kept = held(features(row("a"), row("b", True)), found)
    assert kept.tampered == ()
    assert kept.features == found


@pytest.mark.parametrize(
    ("found", "tampered", "passing"),
    [
        ([row("a", True)], ["b (removed)"], {"a"}),
        ([row("a", True), row("b"), row("c", True)], ["c (added)"], {"a"}),
        ([row("a", True, description="Easier."), row("b", True)], ["a (reworded)"], {"b"}),
        ([row("a", True, steps=[]), row("b")], ["a (reworded)"], set()),
        ([row("a", True, done_by="me"), row("b")], ["a (reworded)"], set()),
        ([row("A", True), row("b", True)], ["A (added)", "a (removed)"], {"b"}),
        ([row("b", True), row("a")], ["the order of the features"], {"b"}),
    ],
)
def test_anything_else_is_undone_and_named(found: list[dict[str, Any]], tampered: list[str], passing: set[str]) -> None:
    accepted = features(row("a"), row("b"))
    kept = held(accepted, features(*found))
    assert list(kept.tampered) == tampered
    assert [feature.said for feature in kept.features.features] == [feature.said for feature in accepted.features]
    assert {feature.name for feature in kept.features.features if feature.passes} == passing


def test_keys_of_ones_own_are_kept() -> None:
    found = features(row("a", priority=1, tags=["x"]))
    assert json.loads(found.text) == [row("a", priority=1, tags=["x"])]
    assert FeatureList.parse(found.text) == found


def test_a_list_as_long_as_it_may_be_is_checked_at_once() -> None:
    rows = [{"name": f"feature {n}", "passes": False} for n in range(60_000)]
    accepted = FeatureList.parse(json.dumps(rows).encode())
    found = FeatureList.parse(json.dumps(rows[1:]).encode())
    assert held(accepted, found).tampered == ("feature 0 (removed)",)


def test_one_is_not_true() -> None:
    accepted = FeatureList.parse(b'[{"name":"a","steps":[1],"passes":false}]')
    found = FeatureList.parse(b'[{"name":"a","steps":[true],"passes":true}]')
    assert held(accepted, found).tampered == ("a (reworded)",)
    reordered = FeatureList.parse(b'[{"passes":true,"steps":[1],"name":"a"}]')
    assert held(accepted, reordered).tampered == ()
