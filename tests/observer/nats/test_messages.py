"""Tests how lines map to messages, and back."""

from hypothesis import given
from hypothesis import strategies as st

from observer.format.line import Line
from observer.format.lines import LineSplitter
from observer.nats.messages import (
    ID,
    MORE,
    OFFSET,
    Piece,
    headers_for,
    piece_from_message,
    run_from_subject,
    subject_for,
)

names = st.binary().map(lambda name: name.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
"""Of files, so without a NUL, and an empty one."""


@given(names)
def test_a_subject_has_one_token_for_the_run_and_can_be_decoded(name: str) -> None:
    subject = subject_for(name)
    first, token = subject.split(".")
    assert first == "runs"
    assert token
    assert token.isascii()
    assert not set(token) & set(" *>\r\n\t\0")
    assert run_from_subject(subject) == name


def test_a_usual_run_id_is_its_own_subject() -> None:
    assert subject_for("20261123T011230Z-7f3a9c") == "runs.20261123T011230Z-7f3a9c"


def test_a_message_id_has_run_and_seq_and_an_offset_that_makes_it_unique() -> None:
    line = Piece(b'{"seq":7,"type":"info"}', 90)
    assert headers_for("runs.r", line) == {ID: "r:7:90", OFFSET: "90"}


def test_lines_without_a_plausible_seq_are_identified_by_their_offset() -> None:
    for data in (b"", b"text", b'{"type":"x","seq":5}', b'{"seq":1.5}', b'{"seq":1e9}', b'{"seq":012}', b'{"seq":-1}'):
        assert headers_for("runs.r", Piece(data, 3))[ID] == "r::3"


def test_a_message_without_a_newline_in_the_file_is_marked() -> None:
    assert headers_for("runs.r", Piece(b"torn", 0, more=True))[MORE] == "1"


@given(st.lists(st.tuples(st.binary().filter(lambda data: b"\n" not in data), st.booleans())))
def test_pieces_are_joined_to_the_original_bytes(parts: list[tuple[bytes, bool]]) -> None:
    offset, published, whole = 0, [], b""
    for data, more in parts:
        piece = Piece(data, offset, more)
        published.append((piece.data, headers_for("runs.r", piece)))
        whole += data + (b"" if more else b"\n")
        offset = piece.end
    framer, lines, end = LineSplitter(), [], 0
    for payload, headers in published:
        piece = piece_from_message(payload, headers, end)
        assert piece.offset == end
        end = piece.end
        lines += framer.feed(piece.raw)
    assert lines == LineSplitter().feed(whole)
    assert end == len(whole)


def test_a_line_from_another_shipper_follows_the_previous_one() -> None:
    for headers in (None, {}, {OFFSET: "-5"}, {OFFSET: "x"}, {OFFSET: "9" * 40}, {OFFSET: "٣"}):
        assert piece_from_message(b"line", headers, 70) == Piece(b"line", 70)
    assert LineSplitter(70).feed(Piece(b"line", 70).raw) == [Line(b"line", 70)]
