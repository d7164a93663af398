"""Finds the types of the events in a block of lines, several times faster than line by line. Pure."""

from io import BytesIO

from observer.format.event import read_type
from observer.format.lines import Block
from observer.format.tolerant_json import REFUSED, SHORT, has_many_brackets, is_utf8


def typed_lines(block: Block) -> tuple[list[bytes], list[str]] | None:
    r"""Return the lines of a block, each with its `\n`, and the type of the event on each, as `type_of` does.

    Return None if a line has no event, or one without a type, or if that takes a tolerant decoder to say.

    >>> typed_lines(Block(b'{"type":"info"}\n{"type":"error"}\n', 0))
    ([b'{"type":"info"}\n', b'{"type":"error"}\n'], ['info', 'error'])
    """
    if not is_utf8(block.data):  # msgspec does not check the bytes that it skips
        return None
    lines = list(BytesIO(block.data))  # by far the fastest way: it looks for newlines with memchr
    try:
        types = [read_type(line).type for line in lines]
    except REFUSED:
        return None
    if "" in types or any(map(has_many_brackets, [line for line in lines if len(line) > SHORT])):
        return None
    return lines, types
