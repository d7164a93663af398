"""Says why a file in which no event was found holds none. Pure."""

from observer.format.event import Malformed, decode
from observer.format.foreign_encoding import describe_encoding
from observer.format.line import Line


def why_no_event(head: bytes) -> str:
    r"""Return why the beginning of a file, in which no event was found, holds none.

    >>> why_no_event(b"[1]\n"), why_no_event(b'{"seq":1')
    ('the first line is not an event (not a JSON object)', 'no line is complete')
    """
    line, newline, _ = head.lstrip().partition(b"\n")
    decoded = decode(Line(line, 0)) if newline else None
    if reason := describe_encoding(head):
        return reason
    if isinstance(decoded, Malformed):
        return f"the first line is not an event ({decoded.reason})"
    return "no line is complete" if line else "all lines are blank"
