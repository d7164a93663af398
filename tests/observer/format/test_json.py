"""Any value that was read from a run file can be encoded as JSON again."""

import json

import msgspec
import pytest

from observer.format.json import encode


@pytest.mark.parametrize("value", [None, True, 1.5, "text", [1, {"a": []}], "cut \ud83d", 2**70, {"\ud800": -(2**70)}])
def test_a_value_survives_encoding_on_one_line(value: object) -> None:
    line = encode(value)
    assert json.loads(line) == value
    assert b"\n" not in line


class Place(msgspec.Struct):
    """A struct, such as a row of a panel."""

    words: str


def test_a_struct_with_half_a_character_is_encoded_like_any_other() -> None:
    assert json.loads(encode({"places": [Place("cut \ud83d")]})) == {"places": [{"words": "cut \ud83d"}]}
