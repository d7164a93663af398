r"""Recognizes content that is no run file for a reason that a sentence can tell, such as another encoding. Pure.

Only the first bytes are looked at. Whatever is not recognized is read line by line, as usual.
"""

import re
from collections.abc import Iterator

HEAD_BYTES = 64 * 1024
"""The first bytes of a file that are worth passing."""

_BYTE_ORDER_MARKS = (  # the longer ones first, as that of UTF-32 begins with that of UTF-16
    (b"\xff\xfe\0\0", "UTF-32", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32", "UTF-32"),
    (b"\xff\xfe", "UTF-16", "UTF-16"),
    (b"\xfe\xff", "UTF-16", "UTF-16"),
)
"""How a file begins, its encoding, and the name by which `iconv` removes the mark too."""
_UNMARKED = (
    (re.compile(rb"(?:[\t-~]\0\0\0){4}"), "UTF-32", "UTF-32LE"),
    (re.compile(rb"(?:\0\0\0[\t-~]){4}"), "UTF-32", "UTF-32BE"),
    (re.compile(rb"(?:[\t-~]\0){8}"), "UTF-16", "UTF-16LE"),
    (re.compile(rb"(?:\0[\t-~]){8}"), "UTF-16", "UTF-16BE"),
)
"""How ASCII, as in the first keys of an event, looks in encodings without a mark."""
_COMPRESSED = ((b"\x1f\x8b", "gzip", ".gz"), (b"\x28\xb5\x2f\xfd", "zstd", ".zst"))
_CR_BETWEEN_EVENTS = re.compile(rb"\}[ \t\r]*\r[ \t\r]*\{")


def describe_encoding(head: bytes) -> str | None:
    r"""Return in a sentence why content that begins with `head` holds no event, and what to do; None if it may.

    `head` must be all of the content or at least its first few kilobytes.

    >>> describe_encoding('{"seq":1,"type":"info"}\n'.encode("utf-16"))
    'the file looks like UTF-16; convert it with: iconv -f UTF-16 -t UTF-8'
    >>> describe_encoding(b'{"seq":1}\r{"seq":2}\r')
    "its lines end in CR, not LF; convert it with: tr '\\r' '\\n'"
    >>> describe_encoding(b""), describe_encoding(b'{"seq":1}\r\n')
    ('the file is empty', None)
    """
    return next(_reasons(head), None)


def _reasons(head: bytes) -> Iterator[str]:
    if not head:
        yield "the file is empty"
    for mark, encoding, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            yield _other_encoding(encoding, name)
    for pattern, encoding, name in _UNMARKED:
        if pattern.match(head):
            yield _other_encoding(encoding, name)
    for magic, format_, suffix in _COMPRESSED:
        if head.startswith(magic):
            yield f"the file is compressed with {format_}; add {suffix} to its name"
    if head.strip(b"\0") == b"":
        yield "the file begins with NUL bytes: what was there is lost"
    if b"\n" not in head and _CR_BETWEEN_EVENTS.search(head):
        yield r"its lines end in CR, not LF; convert it with: tr '\r' '\n'"


def _other_encoding(encoding: str, name: str) -> str:
    return f"the file looks like {encoding}; convert it with: iconv -f {name} -t UTF-8"
