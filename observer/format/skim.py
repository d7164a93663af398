"""Decodes a few fields of all lines of a block at once, at several times the pace of decoding each line. Pure.

There is no answer for a block with a line that only a tolerant decoder reads: then the caller decodes each line alone.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TypeVar

from msgspec import Raw, Struct
from msgspec.json import Decoder

from observer.format.fields import ExactInteger
from observer.format.tolerant_json import REFUSED, SHORT, has_many_brackets, is_utf8

_FIRST, _LAST = itemgetter(0), itemgetter(-2)  # the last one before the newline
_OPENING, _CLOSING = {ord("{")}, {ord("}")}


class SkimmedData(Struct, gc=False):
    """Some fields of `data`; None for one that a line lacks, and no bytes for `output`, which is as it is written."""

    id: str | None = None
    tool_use_id: str | None = None
    name: str | None = None
    status: str | None = None
    outcome: str | None = None
    replaces: str | None = None
    stop_reason: str | None = None
    state: str | None = None
    idle_s: float | None = None
    output: Raw = Raw()


class Skimmed(Struct, gc=False):
    """Some fields of an event; None for one that a line lacks, but an empty type."""

    data: SkimmedData
    type: str = ""
    timestamp: str | None = None
    seq: ExactInteger | None = None
    iteration: ExactInteger | None = None
    parent: str | None = None


class _AnyData(Struct, gc=False):
    """Any object."""


class Typed(Struct, gc=False):
    """The type of an event; empty if a line lacks it."""

    data: _AnyData
    type: str = ""


_LINES, _TYPED_LINES = Decoder(Skimmed), Decoder(Typed)
_Fields = TypeVar("_Fields", Skimmed, Typed)


def skim(data: bytes | memoryview, lines: Sequence[bytes]) -> list[Skimmed] | None:
    r"""Return the fields of the events on lines; None if one of them is no event, or has a field of another type.

    `data` is the lines together, each with its `\n`. Whether they are nested too deeply is not looked at.

    >>> [skimmed.type for skimmed in skim(b'{"type":"a","data":{}}\n', [b'{"type":"a","data":{}}\n'])]
    ['a']
    """
    return _skim(data, lines, _LINES)


def skim_types(data: bytes | memoryview, lines: Sequence[bytes]) -> list[Typed] | None:
    """Return only the types of the events on lines; None if one of them is no event, as far as that tells."""
    return _skim(data, lines, _TYPED_LINES)


def _skim(data: bytes | memoryview, lines: Sequence[bytes], decoder: Decoder[_Fields]) -> list[_Fields] | None:
    # The decoder takes values, not lines: it skips blank lines, reads on behind a torn line, and finds two values on
    # one line. If each line begins and ends as an object does, only two values remain, and then the count is wrong.
    if not lines:
        return []
    if set(map(_FIRST, lines)) != _OPENING or set(map(_LAST, lines)) != _CLOSING:
        return None
    try:
        events = decoder.decode_lines(data)
    except REFUSED:
        return None
    return events if len(events) == len(lines) and _is_utf8(data) else None  # skipped bytes are not checked


def may_have_nested_deeply(lines: Sequence[bytes], events: Iterable[Skimmed]) -> bool:
    """Return whether one of some lines, with these events, may be nested too deeply."""
    return any(
        has_many_brackets(line)
        for line, event in zip(lines, events, strict=True)
        if len(line) > SHORT
        and (len(line) - len(event.data.output) > SHORT or not _is_text(event.data.output))  # its brackets do not count
    )


def _is_utf8(data: bytes | memoryview) -> bool:
    """Return whether bytes are UTF-8; to copy them takes longer than to look at all that they are a part of."""
    whole = data.obj if isinstance(data, memoryview) else data
    return (isinstance(whole, bytes) and whole.isascii()) or is_utf8(bytes(data))


def _is_text(value: Raw) -> bool:
    return memoryview(value)[:1].tobytes() == b'"'
