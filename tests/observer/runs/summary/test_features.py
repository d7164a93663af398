"""Which features of a build pass, by name."""

from observer.format.event import Event
from observer.format.line import Line
from observer.runs.summary.features import Features


def features(*counts: dict[str, object]) -> Features:
    found = Features()
    for data in counts:
        found.take(Event(Line(b"", 0), "progress", data))
    return found


def states(**passes: bool) -> list[dict[str, object]]:
    return [{"name": name, "passes": value} for name, value in passes.items()]


def test_features_that_never_passed_and_those_that_regressed_fail_in_the_order_of_the_list() -> None:
    found = features(
        {"passing": 1, "total": 3, "features": states(a=False, b=True, c=False)},
        {"passing": 1, "total": 3, "changed": states(b=False, c=True), "features": None},
    )

    assert (found.failing, found.unnamed_failing) == (["a", "b"], 0)


def test_a_list_replaces_the_one_before() -> None:
    found = features(
        {"passing": 0, "total": 2, "features": states(old=False, kept=False)},
        {"passing": 1, "total": 2, "changed": states(new=True), "features": states(kept=False, new=True)},
    )

    assert found.failing == ["kept"]


def test_features_without_a_name_in_the_file_are_counted() -> None:
    found = features({"passing": 2, "total": 6, "changed": states(a=False), "features": None})

    assert (found.failing, found.unnamed_failing) == (["a"], 3)


def test_values_of_other_types_name_no_feature() -> None:
    found = features({"passing": "2", "total": None, "changed": [1, {"name": 3}], "features": "[12]"})

    assert (found.failing, found.unnamed_failing) == ([], 0)


def test_features_of_the_same_name_are_told_apart_by_their_order() -> None:
    twice = [*states(a=True), *states(a=False), *states(b=False)]
    found = features({"passing": 1, "total": 3, "features": twice, "changed": states(a=True)})

    assert found.passes == {"a": True, "a (2)": False, "b": False}
    assert found.unnamed_failing == 0
    found.take(Event(Line(b"", 0), "progress", {"passing": 2, "total": 3, "changed": states(a=True)}))
    assert found.failing == ["b"]


def test_a_name_that_looks_like_that_of_a_second_feature_is_its_own() -> None:
    found = features({"passing": 1, "total": 3, "features": [*states(**{"a (2)": True, "a": False}), *states(a=False)]})

    assert found.passes == {"a (2)": True, "a": False, "a (3)": False}


def test_names_that_were_removed_are_told_from_names_that_the_file_never_had() -> None:
    removed = features({"passing": 1, "total": 3, "features": "[3]", "changed": "[0]"})

    assert (removed.names_removed, removed.unnamed_failing) == (True, 2)
    assert not features({"passing": 1, "total": 3, "features": None, "changed": []}).names_removed


def test_what_changed_in_this_run_is_known_with_the_last_change_of_each_feature() -> None:
    found = features(
        {"passing": 1, "total": 2, "features": states(a=True, b=False), "changed": []},
        {"passing": 2, "total": 2, "changed": states(b=True)},
        {"passing": 1, "total": 2, "changed": states(a=False)},
        {"passing": 2, "total": 2, "changed": states(a=True)},
    )

    assert [(flip.name, flip.passes) for flip in found.flips] == [("b", True), ("a", False), ("a", True)]
    assert {name: flip.passes for name, flip in found.last_flips.items()} == {"b": True, "a": True}
    assert found.passing == ["a", "b"]


def test_a_full_list_counts_more_than_what_is_said_to_have_changed() -> None:
    found = features({"passing": 0, "total": 1, "features": states(a=False), "changed": states(a=True, gone=True)})

    assert (found.failing, found.flips) == (["a"], [])
