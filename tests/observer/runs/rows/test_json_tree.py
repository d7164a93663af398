"""JSON as a tree."""

import json

import msgspec
import pytest

from observer.runs.rows.json_tree import json_block


def test_numbers_keep_their_digits_and_keys_that_occur_twice_are_both_there() -> None:
    block = json_block('{"a": 12345678901234567890, "a": 1.50, "b": [true, null, "x\\ny"], "c": {}}')
    assert msgspec.to_builtins(block) == {
        "block": "json",
        "node": {
            "text": "{4 fields}",
            "children": [
                {"text": "12345678901234567890", "look": "number", "key": "a"},
                {"text": "1.50", "look": "number", "key": "a"},
                {
                    "text": "[3 items]",
                    "key": "b",
                    "children": [
                        {"text": "true", "look": "keyword"},
                        {"text": "null", "look": "keyword"},
                        {"text": '"x\\ny"', "look": "string"},
                    ],
                },
                {"text": "{}", "key": "c"},
            ],
        },
    }


@pytest.mark.parametrize("text", ["", "5", '"a"', "{", "[1,]", "{a}", "[1] [2]", "[" * 100_000 + "]" * 100_000])
def test_a_text_that_is_no_object_or_array_has_no_tree(text: str) -> None:
    assert json_block(text) is None


def test_values_beyond_the_limit_are_counted() -> None:
    block = json_block(json.dumps([1] * 50), max_nodes=10)
    assert block is not None
    assert len(block.node.children) == 10
    assert (block.node.text, block.note) == ("[50 items]", "40 more values")


def test_deep_nesting_ends() -> None:
    block = json_block("[" * 200 + "]" * 200)
    assert block is not None
    assert block.note == "1 more value"
