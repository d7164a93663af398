"""JSON as a tree that a view can fold. Numbers keep their digits, and keys that occur twice are both there. Pure."""

import json

from observer.format.units import pluralize
from observer.runs.rows.row_types import Json, Node

MAX_CHARS = 400_000
"""Characters of a text that is parsed."""
MAX_NODES = 4000
_MAX_DEPTH = 40


def json_block(text: str, max_nodes: int = MAX_NODES) -> Json | None:
    """Return the tree of a text that is a JSON object or array; None for any other text.

    >>> json_block('{"a": [1.50, null]}').node.children[0].children[0].text
    '1.50'
    """
    stripped = text.strip()
    if not stripped or stripped[0] + stripped[-1] not in {"{}", "[]"} or len(stripped) > MAX_CHARS:
        return None
    try:
        value = json.loads(
            stripped, object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number, parse_constant=_Number
        )
    except (ValueError, RecursionError):
        return None
    return tree_of(value, max_nodes)


def tree_of(value: object, max_nodes: int = MAX_NODES) -> Json:
    """Return the tree of a decoded value."""
    tree = _Tree(max_nodes)
    node = tree.node("", value, 0)
    return Json(node, f"{pluralize(tree.left_out, 'more value')}" if tree.left_out else "")


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _Object(list[tuple[str, object]]):
    """The fields of an object, in order."""


class _Tree:
    def __init__(self, max_nodes: int) -> None:
        self._remaining = max_nodes
        self.left_out = 0

    def node(self, key: str, value: object, depth: int) -> Node:
        if isinstance(value, dict):
            value = _Object(value.items())
        if not isinstance(value, list):
            return Node(*_scalar(value), key)
        fields = value if isinstance(value, _Object) else [("", item) for item in value]
        is_object = isinstance(value, _Object)
        words = f"{{{pluralize(len(fields), 'field')}}}" if is_object else f"[{pluralize(len(fields), 'item')}]"
        children = []
        for index, (name, item) in enumerate(fields):
            if self._remaining <= 0 or depth >= _MAX_DEPTH:
                self.left_out += len(fields) - index
                break
            self._remaining -= 1
            children.append(self.node(name, item, depth + 1))
        return Node(words if fields else words[0] + words[-1], "", key, children)


def _scalar(value: object) -> tuple[str, str]:
    """Return a value without parts as text, and its look."""
    if isinstance(value, _Number):
        return str(value), "number"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False), "string"
    return json.dumps(value), "number" if isinstance(value, int | float) and not isinstance(value, bool) else "keyword"
