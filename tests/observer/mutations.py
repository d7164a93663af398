"""Damages run files as disks, editors and other programs do: always in the same way for the same seed."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.observer.written import every_type

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 1.5, 1e308, 10**30, 10**400, "", "text", "\ud83d", "a\nb\x1b[31m\u202e\r", [], [[]],
    {},    {"a": [1, {"b": None}]}, ["x", 1, None, {}],
)  # fmt: skip
"""Values of every type, for any field."""
WORDS = (
    b"\xff", b"\xed\xa0\x80", b"\xc3(", b"1e999", b"-1e999", b"NaN", b"Infinity", b"-Infinity", b"\\ud800", b"\\uZZZZ",
    b"\\", b'"', b"{", b"}", b"[", b",", b":", b"\0", b"\0" * 300, b"\r", b"\r\n", b"\n", b"\xef\xbb\xbf", b"9" * 400,
    b"9" * 5000, b"0", b"null", b"\t", b"[" * 300 + b"]" * 300, b'{"a":' * 5000, b"\x1b[31m",
    "\u2028".encode(), b"x" * 70_000,
)  # fmt: skip
"""Bytes to insert anywhere."""


def mutated_files(count: int, seed: int = 17) -> list[bytes]:
    """Return run files with every type of event, each of which is damaged in one to three places."""
    choose, lines = Random(seed), every_type().lines
    files = []
    for _ in range(count):
        file = list(lines)
        for _ in range(choose.randint(1, 3)):
            file = choose.choice(_OF_LINES)(choose, file) if file else file
        data = b"".join(line + b"\n" for line in file)
        for _ in range(choose.randint(0, 2)):
            data = choose.choice(_OF_BYTES)(choose, data) if data else data
        files.append(data)
    return files


def _in_one_line(change: Callable[[Random, bytes], bytes]) -> Callable[[Random, list[bytes]], list[bytes]]:
    def mutate(choose: Random, lines: list[bytes]) -> list[bytes]:
        index = choose.randrange(len(lines))
        return [*lines[:index], change(choose, lines[index]), *lines[index + 1 :]]

    return mutate


def _other_value(choose: Random, line: bytes) -> bytes:
    """Replace a field of the envelope, of `data`, or of an object inside of that."""
    try:
        event = json.loads(line)
    except ValueError:
        return line
    objects = [event] if isinstance(event, dict) else []
    for item in objects:
        objects += [value for value in item.values() if isinstance(value, dict)]
        lists = (value for value in item.values() if isinstance(value, list))
        objects += [value for values in lists for value in values if isinstance(value, dict)]
    target = choose.choice([item for item in objects if item] or [{"": 0}])
    key = choose.choice(list(target))
    if choose.random() < 0.2:
        del target[key]
    else:
        target[key] = choose.choice(VALUES)
    return json.dumps(event).encode()


def _deleted(choose: Random, lines: list[bytes]) -> list[bytes]:
    index = choose.randrange(len(lines))
    return lines[:index] + lines[index + choose.randint(1, 5) :]


def _repeated(choose: Random, lines: list[bytes]) -> list[bytes]:
    index = choose.randrange(len(lines))
    return lines[:index] + lines[index : index + choose.randint(1, 5)] + lines[index:]


def _flipped(choose: Random, data: bytes) -> bytes:
    index = choose.randrange(len(data))
    return data[:index] + bytes([data[index] ^ (1 << choose.randrange(8))]) + data[index + 1 :]


def _inserted(choose: Random, data: bytes) -> bytes:
    index = choose.randrange(len(data) + 1)
    return data[:index] + choose.choice(WORDS) + data[index:]


def _truncated(choose: Random, data: bytes) -> bytes:
    return data[: choose.randrange(len(data))]


def _zeroed(choose: Random, data: bytes) -> bytes:
    begin, length = choose.randrange(len(data)), choose.choice((1, 40, 4096))
    return data[:begin] + bytes(min(length, len(data) - begin)) + data[begin + length :]


_OF_LINES = [*[_in_one_line(_other_value)] * 5, _deleted, _repeated, _in_one_line(_inserted), _in_one_line(_flipped)]
_OF_BYTES = [_flipped, _inserted, _inserted, _truncated, _zeroed]
