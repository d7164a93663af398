"""What happened to the file."""

from observer.source.file_change import MEMORY, Fate, Identity, Place, judge

HERE = Identity(1, 2)
OTHER = Identity(1, 3)
PLACE = Place(HERE, 10, b"0123456789")


def test_the_same_bytes_under_the_same_name_are_the_same_file() -> None:
    assert judge(PLACE, before_now=b"0123456789", at_path=HERE) is Fate.SAME


def test_a_file_shorter_than_the_offset_was_truncated() -> None:
    assert judge(PLACE, before_now=b"0123", at_path=HERE) is Fate.TRUNCATED


def test_a_file_truncated_and_grown_past_the_offset_is_told_by_its_bytes() -> None:
    assert judge(PLACE, before_now=b"01234XY789", at_path=HERE) is Fate.TRUNCATED


def test_another_file_under_the_name_replaces_this_one() -> None:
    assert judge(PLACE, before_now=b"0123456789", at_path=OTHER) is Fate.REPLACED


def test_no_file_under_the_name_is_gone() -> None:
    assert judge(PLACE, before_now=b"0123456789", at_path=None) is Fate.GONE


def test_the_last_bytes_are_remembered_across_small_reads() -> None:
    place = Place(HERE, 0)
    for number in range(3 * MEMORY):
        place = place.advanced(bytes([number % 256]))

    assert place.offset == 3 * MEMORY
    assert place.before == bytes(number % 256 for number in range(2 * MEMORY, 3 * MEMORY))
