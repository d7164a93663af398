"""An output, a text or a value as blocks: an excerpt, or all that a view can carry. Pure."""

from typing import NamedTuple

from observer.format.fields import compact
from observer.format.units import format_size, pluralize
from observer.runs.rows.ansi import MAX_CHARS as MAX_COLORED_CHARS
from observer.runs.rows.ansi import ansi_spans
from observer.runs.rows.json_tree import MAX_NODES, json_block, tree_of
from observer.runs.rows.row_types import Block, Code, Diff, Field, Image, Note, Output, Todo
from observer.runs.state.conversation import Image as SavedImage
from observer.runs.state.conversation import TodoItem
from observer.runs.words.describe_conversation import describe_image
from observer.runs.words.line_diff import Part

MAX_CHARS = 400_000
"""Characters of one text in a row that is open, as the page can carry it."""
MAX_LINE = 600
"""Characters of a line of an excerpt."""
MAX_TITLE = 600
"""Characters of what a row is about."""
MAX_FIELDS = 60
DIFF_LINES, OPEN_DIFF_LINES = 12, 5000
_FEW_NODES = 24
_ELLIPSIS = "…"
_SHORT = 160
"""Characters of a field that is not looked at as JSON."""
_CODE_FIELDS = {"command": "bash", "script": "bash", "code": "python", "query": "sql", "sql": "sql"}
"""Fields of a tool's input that are code, and its language."""

Limits = tuple[int, int]
"""How many lines of a text are shown first and last."""


class Room(NamedTuple):
    """How much of one text a view can carry in a row that is open: characters, and values and changed lines."""

    chars: int
    nodes: int
    lines: int


ON_PAGE = Room(MAX_CHARS, MAX_NODES, OPEN_DIFF_LINES)
"""In the page and the report, which hold what they show."""
UNLIMITED = Room(1 << 62, 1 << 62, 1 << 62)


def output_blocks(
    text: str, limits: Limits | None, total_bytes: float | None = None, room: Room = ON_PAGE
) -> tuple[list[Block], bool]:  # fmt: skip
    """Return an output as blocks, and whether they leave something out; without limits, all that there is `room` for.

    `total_bytes` is the size of the whole output, of which `text` may be a part.
    """
    text = text.strip("\n")
    if not text:
        return [], False
    if (tree := json_block(text, room.nodes if limits is None else _FEW_NODES)) is not None:
        return [tree], bool(tree.note)
    size = total_bytes or len(text)
    if limits is None:
        most = min(room.chars, MAX_COLORED_CHARS) if "\x1b" in text else room.chars
        left_out = len(text) - most
        note = f"{_ELLIPSIS} {left_out:,} more characters; see the run file" if left_out > 0 else ""
        return [Output(ansi_spans(text[:most]), note)], False
    lines = text.split("\n")
    first, last = limits
    left_out = len(lines) - first - last
    if left_out <= 1:  # a note that one line is missing would take the room of that line
        shown, is_cut = _cut(lines)
        return [Output(ansi_spans(shown), _ELLIPSIS if is_cut else "")], is_cut
    note = f"{_ELLIPSIS} {pluralize(left_out, 'more line')}, {format_size(size)} in total"
    tail = ansi_spans(_cut(lines[len(lines) - last :])[0]) if last else []
    return [Output(ansi_spans(_cut(lines[:first])[0]), note, tail)], True


def cut_title(text: str) -> str:
    """Return what a row is about, or the beginning of it and an ellipsis."""
    return text if len(text) <= MAX_TITLE else text[:MAX_TITLE] + _ELLIPSIS


def _cut(lines: list[str]) -> tuple[str, bool]:
    """Return lines as a text, long ones in part, and whether one was."""
    short = _cut_lines(lines)
    return "\n".join(short), short is not lines


def _cut_lines(lines: list[str]) -> list[str]:
    """Return lines, long ones in part; the same list if there is none."""
    if max(map(len, lines), default=0) <= MAX_LINE:
        return lines
    return [line if len(line) <= MAX_LINE else line[:MAX_LINE] + _ELLIPSIS for line in lines]


def diff_block(parts: list[Part], *, is_open: bool, room: Room = ON_PAGE) -> tuple[list[Block], bool]:
    """Return changed lines as a block, and whether it leaves something out."""
    limit = room.lines if is_open else DIFF_LINES
    count = sum(len(lines) for _, lines in parts)
    if not count:
        return [], False
    remaining = count if count <= limit + 1 else limit
    shown = list[tuple[str, list[str]]]()
    for sign, lines in parts:
        if remaining > 0:
            shown.append((sign, _cut_lines(lines[:remaining])))
            remaining -= len(lines)
    left_out = count - limit if count > limit + 1 else 0
    return [Diff(shown, f"{_ELLIPSIS} {pluralize(left_out, 'more line')}" if left_out else "")], left_out > 0


def field_blocks(
    fields: dict[str, object], *, without: frozenset[str] = frozenset(), room: Room = ON_PAGE
) -> list[Block]:  # fmt: skip
    """Return the fields of an object that say something, each with its value; those beyond the first are counted."""
    filled = [(key, value) for key, value in fields.items() if key not in without and value is not None and value != ""]
    blocks: list[Block] = [
        Field(key, value_blocks(value, _CODE_FIELDS.get(key, ""), room)) for key, value in filled[:MAX_FIELDS]
    ]
    if len(filled) > MAX_FIELDS:
        blocks.append(Note([f"{_ELLIPSIS} {pluralize(len(filled) - MAX_FIELDS, 'more field')}; see the run file"]))
    return blocks


def value_blocks(value: object, language: str = "", room: Room = ON_PAGE) -> list[Block]:
    """Return any value as blocks: an object or an array as a tree, code with the looks of its language."""
    if isinstance(value, dict | list):
        return [tree_of(value, room.nodes)] if value else [Output([compact(value)])]
    if not isinstance(value, str):
        return [Output([compact(value)])]
    if language:
        return [Code(language, [value[: room.chars]])]
    if len(value) < _SHORT and "\x1b" not in value:
        return [Output([value])]
    return output_blocks(value, None, room=room)[0]


def image_block(image: SavedImage) -> Image:
    """Return an image beside a prompt or a result."""
    return Image(describe_image(image), image.media_type, image.file)


def todo_block(items: list[TodoItem]) -> Todo:
    """Return a list of things to do."""
    signs = {"completed": "☑", "in_progress": "◐"}
    return Todo([(item.status if item.status in signs else "pending", signs.get(item.status, "☐"), item.text)
                 for item in items])  # fmt: skip
