"""Decodes the lines of other programs, each a JSON object, and tells which of two identical IDs is which. Pure."""

import re
from typing import Any

from msgspec.json import Decoder

from observer.format.fields import Fields, number
from observer.format.timestamps import parse_timestamp
from observer.format.tolerant_json import REFUSED, is_utf8, may_be_nested_deeply, parse_object

NO_OBJECT = "(no JSON object)"
"""What lines are counted as, among the records of unknown types, that are torn or hold something else."""
TOO_LONG = "(longer than 32 MiB)"
"""What lines are counted as that are too long to be kept."""
_ANYTHING = Decoder()
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def is_blank(line: bytes) -> bool:
    """Return whether a line is empty, or what a file that lost its content has there."""
    return not line.strip(b"\0 \t\r\n")


def decode_record(line: bytes) -> Fields | None:
    """Return the object on a line, None if it holds none; that is a finding about the file, not an event of the run.

    Half a surrogate pair, which programs write that cut strings, becomes U+FFFD: run files have none.
    """
    try:
        record = _ANYTHING.decode(line)
    except REFUSED:
        record = None
    if not isinstance(record, dict) or may_be_nested_deeply(line) or not is_utf8(line):
        try:
            record = parse_object(line)
        except ValueError:
            return None
    if record is not None and _SURROGATE.search(line):
        record = {_repaired(key): _repaired(value) for key, value in record.items()}
    return None if record is None else Fields(record)


def parse_arguments(value: object) -> dict[str, object]:
    """Return the arguments of a call, which may be an object or the JSON of one; anything else is called `input`.

    >>> parse_arguments('{"cmd":"ls"}'), parse_arguments("ls"), parse_arguments(None)
    ({'cmd': 'ls'}, {'input': 'ls'}, {})
    """
    if isinstance(value, dict):
        return value
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        record = decode_record(value.encode("utf-8", "surrogatepass")) if value.lstrip().startswith("{") else None
        return {"input": value} if record is None else record.data
    return {"input": value}


def milliseconds(seconds: object) -> int | None:
    """Return a number of seconds in milliseconds, None if it is not a number or is negative."""
    value = number(seconds)
    return None if value is None or value < 0 else round(value * 1000)


def elapsed_ms(since: str | None, until: str | None) -> int | None:
    """Return the time between two timestamps in milliseconds, None if one of them is not known."""
    begun, ended = parse_timestamp(since), parse_timestamp(until)
    return None if begun is None or ended is None else max(0, round((ended - begun) * 1000))


class CallIds:
    """The IDs of tool calls, which are unique in a run file whatever the program writes.

    A call that comes again before it has ended is the same one; afterwards it is another one.

    >>> ids = CallIds()
    >>> ids.begin("c1"), ids.begin("c1"), ids.end("c1"), ids.end("c1"), ids.begin("c1")
    ('c1', None, 'c1', None, 'c1#2')
    """

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._uses: dict[str, int] = {}

    def begin(self, id_: str) -> str | None:
        """Return the ID of a new call, None if it is already running."""
        if id_ in self._open:
            return None
        count = self._uses[id_] = self._uses.get(id_, 0) + 1
        self._open[id_] = id_ if count == 1 else f"{id_}#{count}"
        return self._open[id_]

    def end(self, id_: str) -> str | None:
        """Return the ID of the call that ends, None if no such call is running."""
        return self._open.pop(id_, None)

    def is_new(self, id_: str) -> bool:
        """Return whether no call had this ID so far."""
        return id_ not in self._uses


def _repaired(value: Any) -> Any:
    """Return a JSON value whose texts are Unicode."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return [_repaired(item) for item in value] if isinstance(value, list) else value
