"""Local copies of runs: files that are read while they grow, and are continued later."""

from pathlib import Path

import pytest

from observer.nats import local_copy as module
from observer.nats.local_copy import LocalCopies, file_name
from observer.nats.messages import Piece
from observer.source.lock import is_locked


def pieces_of(*lines: bytes, offset: int = 0) -> list[Piece]:
    found: list[Piece] = []
    for line in lines:
        found.append(Piece(line, found[-1].end if found else offset))
    return found


def test_the_name_of_a_run_never_leads_out_of_the_directory(tmp_path: Path) -> None:
    for run in ("../up", "/etc/passwd", ".", "..", "", "a\x00b", "a\nb", "\udcff", "é" * 300, ".latest"):
        name = file_name(run)
        assert "/" not in name
        assert not name.startswith(".")
        assert name.isprintable()
        assert len(name.encode()) < 255
    assert len({file_name("é" * 300), file_name("é" * 301), file_name("../up"), file_name("..%2Fup")}) == 4


def test_a_copy_takes_each_piece_once_and_may_have_gaps(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path)
    first, second, third = Piece(b"one", 0), Piece(b"two", 4), Piece(b"long", 1000, more=True)
    for pieces in ([first], [first, second], [second, third], [Piece(b"er", 1004)]):
        copies.write("r", pieces)
    assert (tmp_path / "r.ndjson").read_bytes() == b"one\ntwo\nlonger\n"
    sparse = LocalCopies(tmp_path, sparse=True)
    for piece in (first, Piece(b"last", 1000), Piece(b"before", 993)):
        sparse.write("s", [piece])
    assert (tmp_path / "s.ndjson").read_bytes() == b"one\n" + b"\0" * 988 + b"\nbefore\nlast\n"
    copies.close()
    sparse.close()


def test_a_copy_says_what_is_missing_where_it_followed(tmp_path: Path) -> None:
    stamp = "2026-11-23T01:12:30.123456Z"
    copies = LocalCopies(tmp_path)
    copies.write("r", [Piece(b"first", 0), Piece(b"later", 500)])  # it begins late, as it was asked to
    copies.write("r", [Piece(b"next", 506)], follows=True)
    copies.write("r", [Piece(b'{"timestamp":"%s"}' % stamp.encode(), 520), Piece(b"on", 564)], follows=True)
    copies.write("r", [Piece(b"end", 567), Piece(b"much later", 9000), Piece(b"and", 9011)], follows=True)
    copies.close()
    lines = (tmp_path / "r.ndjson").read_text().splitlines()
    words = "{} of the run are missing here: the stream discarded them before they were copied"
    missing = [
        f'{at}"run":"r","type":"info","data":{{"message":"{words.format(size)}","kind":"missing"}}}}'
        for at, size in ((f'{{"timestamp":"{stamp}",', "9 B"), ("{", "8.4 kB"))
    ]
    assert lines == ["first", "later", "next", missing[0], f'{{"timestamp":"{stamp}"}}', "on", "end", missing[1],
                     "much later", "and"]  # fmt: skip


def test_a_part_of_a_line_whose_rest_is_missing_is_not_joined_to_another_line(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path)
    parts = [Piece(b"begins", 500, more=True), Piece(b"one", 1000), Piece(b"cut", 1004, more=True), Piece(b"two", 1009)]
    copies.write("r", parts[:1])
    copies.write("r", parts[1:])
    copies.write("r", [Piece(b"three", 1013)])
    assert (tmp_path / "r.ndjson").read_bytes() == b"begins\none\ncut\ntwo\nthree\n"
    copies.close()


def test_an_earlier_copy_is_continued_without_duplicates(tmp_path: Path) -> None:
    whole = pieces_of(b"one", b"two", b"three", b"four")
    for known in (whole[:2], whole[:3], whole, whole[2:]):
        copies = LocalCopies(tmp_path)
        copies.write("r", known)
        copies.close()
    assert (tmp_path / "r.ndjson").read_bytes() == b"one\ntwo\nthree\nfour\n"


def test_an_earlier_copy_without_its_start_or_of_another_run_is_started_over(tmp_path: Path) -> None:
    late = pieces_of(b"three", b"four", b"five", offset=8)
    for known, there in ((late[:2], b"three\nfour\n"), (late, b"three\nfour\nfive\n"), (late[1:], b"four\nfive\n")):
        copies = LocalCopies(tmp_path)
        copies.write("r", known)
        copies.close()
        assert (tmp_path / "r.ndjson").read_bytes() == there


def test_lines_without_an_offset_are_copied_from_the_first_again(tmp_path: Path) -> None:
    for _ in range(2):
        copies = LocalCopies(tmp_path)
        for line in (b"one", b"two"):
            copies.write("r", [Piece(line, copies.copy_of("r").end)])
        copies.close()
    assert (tmp_path / "r.ndjson").read_bytes() == b"one\ntwo\n"


def test_a_copy_is_locked_until_the_run_ends_whatever_its_tool_inputs_contain(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path)
    locked = []
    lines = (
        b'{"type":"run_start"}',
        b'{"type":"tool_use","data":{"input":{"type":"complete"}}}',
        b'{"type":"complete"}',
    )
    for piece in pieces_of(*lines):
        copies.write("r", [piece])
        with (tmp_path / "r.ndjson").open("rb") as file:
            locked.append(is_locked(file.fileno()))
    assert locked == [True, True, False]


def test_the_number_of_open_copies_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OPEN", 3)
    copies = LocalCopies(tmp_path)
    runs = [f"r{number}" for number in range(9)]
    for line in pieces_of(b"one", b"two"):
        for run in runs:
            copies.write(run, [line])
            assert sum(copies.copy_of(run).is_open for run in runs) <= 3
    assert {(tmp_path / f"{run}.ndjson").read_bytes() for run in runs} == {b"one\ntwo\n"}
    copies.close()


def test_a_copy_has_the_time_at_which_the_stream_got_its_last_line(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path)
    one, two, three = pieces_of(b"one", b"two", b"three")
    for piece, stored, modified in ((one, 1000.0, 1000.0), (three, 3000.0, 3000.0), (two, 2000.0, 3000.0)):
        copies.write("r", [piece], stored)
        assert (tmp_path / "r.ndjson").stat().st_mtime == modified
    copies.close()
