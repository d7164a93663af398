r"""What holds no event is told for what it is, and what may hold some is not."""

import gzip

import pytest

from observer.format.foreign_encoding import describe_encoding
from tests.observer.written import every_type

RUN = every_type().bytes


@pytest.mark.parametrize(
    ("encoding", "converted_from"),
    [
        ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE"),
        ("utf-32", "UTF-32"), ("utf-32-le", "UTF-32LE"), ("utf-32-be", "UTF-32BE"),
    ],
)  # fmt: skip
def test_another_unicode_encoding_is_named_with_the_command_that_converts_it(
    encoding: str, converted_from: str
) -> None:
    sentence = describe_encoding(RUN.decode().encode(encoding)[:4096])

    assert sentence is not None
    assert sentence.endswith(f"iconv -f {converted_from} -t UTF-8")


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\0\0\xfe\xff"])
def test_a_big_endian_byte_order_mark_is_recognized(mark: bytes) -> None:
    assert "looks like UTF-" in str(describe_encoding(mark + b"\0{\0}"))


def test_lines_that_end_in_cr_alone_are_told_from_crlf_and_from_one_long_line() -> None:
    assert "end in CR" in str(describe_encoding(RUN.replace(b"\n", b"\r")))
    assert describe_encoding(RUN.replace(b"\n", b"\r\n")) is None
    assert describe_encoding(RUN.splitlines()[0]) is None
    assert describe_encoding(RUN.splitlines()[0] + b"\r") is None  # its LF may follow
    assert describe_encoding(b"50%\r60%\r") is None


@pytest.mark.parametrize(
    ("head", "expression"),
    [
        (b'{\n  "seq": 1\n}\n', "'.'"), (b"[\n{\n", "'.[]'"), (b'[\n{"seq":1},\n', "'.[]'"),
        (b'[{"seq":1},\n', "'.[]'"), (b'\n [ {"seq":1}]\n', "'.[]'"),
        (b'{\n{"seq":1}\n', None), (b'[\n{"seq":1}\n', None), (b'[{"seq":1}]\n{}\n', None),
    ],
)  # fmt: skip
def test_a_json_document_is_told_from_a_broken_line(head: bytes, expression: str | None) -> None:
    sentence = describe_encoding(head)
    assert (sentence or "").rpartition("jq -c ")[2] == (expression or "")


@pytest.mark.parametrize("size", [1, 3, 5000])
def test_a_file_of_nothing_but_nuls_has_lost_its_content(size: int) -> None:
    assert "begins with NUL bytes" in str(describe_encoding(bytes(size)))


def test_a_compressed_file_without_its_suffix_is_recognized() -> None:
    assert "add .gz" in str(describe_encoding(gzip.compress(RUN)))
    assert "add .zst" in str(describe_encoding(b"\x28\xb5\x2f\xfd\x04"))


@pytest.mark.parametrize(
    "head", [RUN, b"\xef\xbb\xbf" + RUN, bytes(800) + RUN, b"plain text\n", b"\n", b"{", b"\xff\n"]
)
def test_whatever_may_hold_events_is_left_to_the_decoder(head: bytes) -> None:
    assert describe_encoding(head) is None


def test_an_empty_file_is_called_empty() -> None:
    assert describe_encoding(b"") == "the file is empty"
