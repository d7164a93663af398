r"""Recognizes content that is not a run file for a reason that a sentence can tell, such as another encoding. Pure.

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
    (rb"(?:[\t-~]\0\0\0){4}", "UTF-32", "UTF-32LE"),
    (rb"(?:\0\0\0[\t-~]){4}", "UTF-32", "UTF-32BE"),
    (rb"(?:[\t-~]\0){8}", "UTF-16", "UTF-16LE"),
    (rb"(?:\0[\t-~]){8}", "UTF-16", "UTF-16BE"),
)
"""How ASCII, as in the first keys of an event, looks in encodings without a mark."""
_COMPRESSED = ((b"\x1f\x8b", "gzip", ".gz"), (b"\x28\xb5\x2f\xfd", "zstd", ".zst"))
_REWRITTEN = 3
"""Carriage returns in a line that tell a progress bar from a line that ends in CR LF."""
_FIRST_LINES = 8
"""Lines of which the first two that are not blank tell a JSON document."""
_OBJECT_IN_ARRAY = rb"\[[ \t\r]*\{"
_CR_BETWEEN_EVENTS = rb"\}[ \t\r]*\r[ \t\r]*\{"


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
        if b"\0" in head[:2] and re.match(pattern, head):
            yield _other_encoding(encoding, name)
    for magic, format_, suffix in _COMPRESSED:
        if head.startswith(magic):
            yield f"the file is compressed with {format_}; add {suffix} to its name"
    if head.strip(b"\0") == b"":
        yield "the file begins with NUL bytes: what was there is lost"
    if b"\n" not in head and re.search(_CR_BETWEEN_EVENTS, head):
        yield r"its lines end in CR, not LF; convert it with: tr '\r' '\n'"
    elif b"\n" not in head and head.count(b"\r") >= _REWRITTEN and not head.lstrip().startswith(b"{"):
        yield "it is one line that is written again and again, as a progress bar is, and not a run file"
    if (expression := _expression_for_document(head)) is not None:
        yield f"it looks like one JSON document; a run file has one object a line: jq -c '{expression}'"


def _expression_for_document(head: bytes) -> str | None:
    """Return the jq expression that yields the objects of a JSON document over several lines, or of a JSON array."""
    first, *others = [stripped for line in head.split(b"\n")[:_FIRST_LINES] if (stripped := line.strip())] or [b""]
    second = others[0] if others else b""
    if first == b"{" and second.startswith((b'"', b"}")):
        return "."
    is_opened = first == b"[" and (second in {b"{", b"]"} or second.endswith((b",", b"]")))
    if is_opened or ((first.endswith(b",") or not second) and re.match(_OBJECT_IN_ARRAY, first)):
        return ".[]"
    return None


def _other_encoding(encoding: str, name: str) -> str:
    return f"the file looks like {encoding}; convert it with: iconv -f {name} -t UTF-8"
