"""Speakers: which call spawned which subagent."""

import json

from observer.terminal.speakers import MAX_CALLS, MAX_DEPTH, Speakers
from observer.terminal.theme import GUTTERS
from tests.observer.terminal.rendering import records


def add_call(speakers: Speakers, id_: str, parent: str | None = None, about: str = "make") -> None:
    (record,) = records(json.dumps({"type": "tool_use", "parent": parent, "data": {"id": id_, "name": "Task"}}))
    assert record.event is not None
    speakers.add_call(record.event, about)


def test_calls_without_a_result_do_not_accumulate() -> None:
    speakers = Speakers()
    for number in range(MAX_CALLS + 2):
        add_call(speakers, str(number))
    assert speakers.call("1") is None
    assert all(speakers.call(str(number)) is not None for number in range(2, MAX_CALLS + 2))


def test_a_call_is_forgotten_at_its_end_unless_it_spawned_a_subagent() -> None:
    speakers = Speakers()
    add_call(speakers, "plain")
    add_call(speakers, "spawning", about="Find tests")
    speakers.mark_active("spawning")
    speakers.end_call("plain")
    speakers.end_call("spawning")

    assert speakers.call("plain") is None
    assert speakers.label("spawning") == "Find tests"


def test_labels_are_needed_while_more_than_one_subagent_is_active() -> None:
    speakers = Speakers()
    speakers.mark_active(None)
    speakers.mark_active("a")
    assert not speakers.need_labels
    speakers.mark_active("b")
    assert speakers.need_labels
    speakers.end_call("a")
    assert not speakers.need_labels


def test_a_subagent_is_named_by_what_its_call_is_about() -> None:
    speakers = Speakers()
    add_call(speakers, "a", about="Find tests")
    add_call(speakers, "b", about="")
    assert [speakers.label(speaker) for speaker in ("a", "b", "c")] == ["Find tests", "Task", "subagent"]


def test_each_subagent_has_a_gutter_of_its_own_inside_those_of_its_parents() -> None:
    speakers = Speakers()
    add_call(speakers, "a")
    add_call(speakers, "b", parent="a")
    for speaker in ("a", "b", "a"):
        speakers.mark_active(speaker)
    assert speakers.gutters(None) == []
    assert speakers.gutters("b") == [GUTTERS[0], GUTTERS[1]]


def test_a_call_that_is_its_own_ancestor_has_a_limited_number_of_gutters() -> None:
    speakers = Speakers()
    add_call(speakers, "a", parent="a")
    assert len(speakers.gutters("a")) == MAX_DEPTH
