"""Records that a dialect does not know are reported at the end of a copy, and again only if there is something new."""

from collections import Counter

from observer.dialects.dialect import ForeignEvent
from observer.dialects.drift import Drift, describe

COMPLETE = ForeignEvent("complete", {"outcome": "success"})


def reported(drift: Drift, unknown: dict[str, int], *end: ForeignEvent) -> list[object]:
    return [event.data.get("message", event.type) for event in drift.report(Counter(unknown), list(end))]


def test_nothing_is_reported_if_all_records_are_known() -> None:
    assert reported(Drift(), {}, COMPLETE) == ["complete"]
    assert reported(Drift(), {}) == []


def test_the_report_stands_before_the_end_of_the_run() -> None:
    (report, end) = Drift().report(Counter(new=2), [COMPLETE])
    assert report.data == {"message": "2 records of types that are not known: new (2)", "kind": "unknown_records"}
    assert end is COMPLETE


def test_while_a_session_may_go_on_only_new_types_are_reported() -> None:
    drift = Drift()
    assert len(reported(drift, {"new": 1})) == 1
    assert reported(drift, {"new": 2}) == []
    assert len(reported(drift, {"new": 2, "newer": 1})) == 1
    assert len(reported(drift, {"new": 3, "newer": 1}, COMPLETE)) == 2
    assert reported(drift, {"new": 3, "newer": 1}, COMPLETE) == ["complete"]


def test_of_many_types_the_most_frequent_ones_are_named() -> None:
    assert describe({f"t{number:02}": number for number in range(1, 13)}).endswith("t03 (3), 2 more")
