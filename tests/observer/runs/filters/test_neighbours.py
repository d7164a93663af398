"""Events before and after matches, as with `grep -B -A`."""

import random

import pytest

from observer.format.event import Record
from observer.format.line import Line
from observer.runs.filters import neighbours as module
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.neighbours import Group, Neighbours
from observer.runs.filters.pattern import Pattern
from tests.helpers import event


def note(number: int) -> Record:
    return Record(Line(event("info", message=str(number)).rstrip(b"\n"), number))


NOTES = [note(number) for number in range(20)]


def shown(groups: list[Group]) -> list[object]:
    """Return the offsets of records, with "--" before a gap."""
    return [
        item for gap, records in groups for item in (["--"] if gap else []) + [each.line.offset for each in records]
    ]


def around(before: int, after: int, *matches: int, sizes: tuple[int, ...] = (20,)) -> list[object]:
    """Return what is shown around the records with some numbers, which arrive in batches."""
    neighbours, result, start = Neighbours(before, after, Filter()), list[object](), 0
    for size in sizes:
        batch = NOTES[start : start + size]
        result += shown(neighbours.take(batch, [each for each in batch if each.line.offset in matches]))
        start += size
    return result


def test_neighbours_are_shown_once_and_gaps_are_marked_between_groups() -> None:
    assert around(2, 1, 5) == [3, 4, 5, 6]
    assert around(0, 2, 0) == [0, 1, 2]
    assert around(2, 0, 5, 8) == [3, 4, 5, 6, 7, 8]
    assert around(1, 1, 5, 7, 12) == [4, 5, 6, 7, 8, "--", 11, 12, 13]
    assert around(0, 0, 5, 7) == [5, "--", 7]


def test_the_batches_in_which_records_arrive_make_no_difference() -> None:
    for sizes in ((1,) * 20, (3, 3, 3, 3, 3, 5), (6, 14)):
        assert around(2, 3, 5, 6, 14, sizes=sizes) == around(2, 3, 5, 6, 14)


def test_a_paragraph_counts_once_and_signs_of_life_and_excluded_types_not_at_all() -> None:
    def text(number: int, message: str) -> Record:
        return Record(Line(event("thought", text="x", message=message, block=0).rstrip(b"\n"), number))

    beat = Record(Line(event("heartbeat", idle_s=1).rstrip(b"\n"), 3))
    hidden = Record(Line(event("todo", items=[]).rstrip(b"\n"), 4))
    end = Record(Line(event("message", id="m1", text="xx").rstrip(b"\n"), 5))
    records = [note(0), text(1, "m1"), text(2, "m1"), beat, hidden, end, note(6)]
    neighbours = Neighbours(2, 0, Filter(exclude=frozenset({"todo"})))
    assert shown(neighbours.take(records, [records[-1]])) == [0, 1, 2, 6]


def test_pieces_that_match_later_are_shown_with_what_came_before_them() -> None:
    pieces = [Record(Line(event("thought", text="x", message="m", block=0).rstrip(b"\n"), number)) for number in (5, 6)]
    neighbours = Neighbours(1, 1, Filter())
    assert shown(neighbours.take([NOTES[4], pieces[0]], [], pieces[0])) == []
    assert shown(neighbours.take([pieces[1], NOTES[7]], pieces)) == [4, 5, 6, 7]


def test_a_match_whose_place_is_forgotten_is_shown_alone() -> None:
    neighbours = Neighbours(1, 0, Filter())
    neighbours.take(NOTES, [])
    assert shown(neighbours.take([], [NOTES[2]])) == [2]


def piece(number: int, message: str, parent: str | None = None) -> Record:
    line = event("thought", text="x", message=message, block=0, parent=parent).rstrip(b"\n")
    return Record(Line(line, number))


def test_a_message_that_matches_itself_has_its_place_and_its_neighbours() -> None:
    end = Record(Line(event("message", id="m", text="xx", stop_reason="refusal").rstrip(b"\n"), 4))
    records = [note(0), piece(1, "m"), piece(2, "m"), note(3), end, note(5), note(6)]
    assert shown(Neighbours(1, 1, Filter(errors=True)).take(records, [end])) == [3, 4, 5]
    assert shown(Neighbours(2, 2, Filter()).take(records, records)) == [0, 1, 2, 3, 4, 5, 6]


def test_without_a_search_pieces_are_in_the_order_of_the_file() -> None:
    records = [piece(0, "m"), piece(1, "n"), piece(2, "m"), piece(3, "n"), note(4)]
    assert shown(Neighbours(1, 0, Filter()).take(records, [records[-1]])) == [1, 3, 4]
    assert shown(Neighbours(2, 0, Filter()).take(records, [records[-1]])) == [0, 1, 2, 3, 4]


def test_a_paragraph_that_goes_on_after_a_later_event_leaves_no_gap() -> None:
    neighbours = Neighbours(0, 3, Filter())
    first = [piece(0, "m"), note(1), note(2)]
    assert shown(neighbours.take(first, first[:1])) == [0, 1, 2]
    assert shown(neighbours.take([piece(3, "m"), note(4)], [])) == [3, 4]


def test_a_match_among_the_neighbours_of_another_one_has_its_own() -> None:
    assert around(0, 2, 5, 6) == [5, 6, 7, 8]
    assert around(0, 2, 5, 6, sizes=(6, 1, 13)) == [5, 6, 7, 8]


def conversation(seed: int) -> list[Line]:
    """Return lines in which texts of several messages, some without a name, are mixed with other events."""
    chance, open_messages, lines, offset = random.Random(seed), ["m0"], list[Line](), 0
    for number in range(60):
        kind, message = chance.choice("tttttmhuii"), chance.choice(open_messages)
        if kind == "t" and chance.random() < 0.2:
            open_messages = [*open_messages[-2:], message := f"m{number}"]
        text, parent = chance.choice(["hay ", "nee", "dle ", "needle "]), "s1" if message[-1] in "13579" else None
        made = {
            "t": event("thought", parent, text=text, message=message, block=0),
            "m": event("message", parent, id=message, text="hay"),
            "h": event("heartbeat", idle_s=1),
            "u": event("thought", text=text, message=None, block=None),
            "i": event("info", message="hay" if number % 7 else "needle"),
        }[kind].rstrip(b"\n")
        lines.append(Line(made, offset))
        offset += len(made) + 1
    return lines


@pytest.mark.parametrize("event_filter", [Filter(grep=Pattern("needle")), Filter(types=frozenset({"info"}))])
@pytest.mark.parametrize("neighbours", [(1, 0), (0, 1), (2, 3)])
def test_what_is_shown_does_not_depend_on_how_much_is_read_at_once(
    event_filter: Filter, neighbours: tuple[int, int]
) -> None:
    for seed in range(30):
        lines, results = conversation(seed), []
        for size in (len(lines), 7, 1):
            matcher, around_matches, offsets = EventMatcher(event_filter), Neighbours(*neighbours, event_filter), []
            for start in range(0, len(lines), size):
                records = list(map(Record, lines[start : start + size]))
                groups = around_matches.take(records, matcher.take(records), matcher.first_undecided)
                offsets += [record.line.offset for _, group in groups for record in group]
            results.append(sorted(offsets))
        assert results[0] == results[1] == results[2] == sorted(set(results[0])) != []


def test_what_precedes_a_text_that_does_not_match_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_BYTES", 1000)
    neighbours, first = Neighbours(1, 0, Filter(grep=Pattern("needle"))), piece(1, "m")
    neighbours.take([NOTES[0], first], [], first)
    for number in range(2, 20):
        neighbours.take([NOTES[number]], [], first)
    last = piece(20, "m")
    assert shown(neighbours.take([last], [first, last], first)) == [1, 20]
