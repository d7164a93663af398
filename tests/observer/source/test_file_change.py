"""Tests that changes of a file are detected by its identity and some remembered bytes."""

from observer.source.file_change import REMEMBERED_BYTES, FileChange, Identity, ReadPosition, detect_change

HERE = Identity(1, 2)
OTHER = Identity(1, 3)
PLACE = ReadPosition(HERE, 10, b"0123456789")


def test_the_same_bytes_under_the_same_name_are_the_same_file() -> None:
    assert detect_change(PLACE, before_now=b"0123456789", at_path=HERE) is FileChange.SAME


def test_a_file_shorter_than_the_offset_was_truncated() -> None:
    assert detect_change(PLACE, before_now=b"0123", at_path=HERE) is FileChange.TRUNCATED


def test_a_file_truncated_and_grown_past_the_offset_is_recognised_by_its_bytes() -> None:
    assert detect_change(PLACE, before_now=b"01234XY789", at_path=HERE) is FileChange.TRUNCATED


def test_another_file_under_the_name_replaces_this_one() -> None:
    assert detect_change(PLACE, before_now=b"0123456789", at_path=OTHER) is FileChange.REPLACED


def test_no_file_under_the_name_is_gone() -> None:
    assert detect_change(PLACE, before_now=b"0123456789", at_path=None) is FileChange.GONE


def test_the_last_bytes_are_remembered_across_small_reads() -> None:
    place = ReadPosition(HERE, 0)
    for number in range(3 * REMEMBERED_BYTES):
        place = place.advanced(bytes([number % 256]))

    assert place.offset == 3 * REMEMBERED_BYTES
    assert place.before == bytes(number % 256 for number in range(2 * REMEMBERED_BYTES, 3 * REMEMBERED_BYTES))
