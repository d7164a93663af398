"""Names the fields of a row and of its blocks, and their types: the single source for their schema. Pure.

A span is a text; or `[text, looks]`, with the names of how it looks separated by spaces; or `[text, looks, value]`,
where the value is the target of a `link`, or of a `time` the milliseconds since 1970.
"""

from enum import StrEnum

from msgspec import Struct

Span = str | tuple[str, ...]


def text_of(span: Span) -> str:
    """Return the text of a span."""
    return span if isinstance(span, str) else span[0]


class Tone(StrEnum):
    """How something is to be taken."""

    PLAIN = ""
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"
    BLOCKED = "blocked"
    DIM = "dim"
    RUNNING = "running"


class _Block(Struct, tag_field="block", tag=str.lower, omit_defaults=True, gc=False):
    """A part of a row, below its title."""


class Paragraph(_Block):
    """Text of a document."""

    spans: list[Span]


class Heading(_Block):
    """A heading; 1 is the highest level."""

    level: int
    spans: list[Span]


class Code(_Block):
    """Code, which looks as its language has it if that is known."""

    language: str
    spans: list[Span]


class Quote(_Block):
    """Blocks that are quoted."""

    blocks: "list[Block]"


class Item(Struct, omit_defaults=True, gc=False):
    """An item of a list; `checked` is whether a task is done, null if it is not a task."""

    blocks: "list[Block]"
    checked: bool | None = None


class List(_Block):
    """A list; `start` is the first number, null if it is not numbered."""

    items: list[Item]
    start: int | None = None


class Table(_Block):
    """A table; a column is aligned to the `left`, the `right`, the `center`, or not."""

    align: list[str]
    head: list[list[Span]]
    rows: list[list[list[Span]]]


class Rule(_Block):
    """A line between two parts of a document."""


class Output(_Block):
    """What a program printed; if `note` is not empty, it says what is left out between the spans and the `tail`."""

    spans: list[Span]
    note: str = ""
    tail: list[Span] = []


class Diff(_Block):
    """Changed lines, in parts: `+` added, `-` removed, a space unchanged, `@` left out. `note` says how many more."""

    parts: list[tuple[str, list[str]]]
    note: str = ""


class Node(Struct, omit_defaults=True, gc=False):
    """A JSON value: one without children as its text, else in a few words; `key` is empty for items of an array."""

    text: str
    look: str = ""
    key: str = ""
    children: "list[Node]" = []


class Json(_Block):
    """A JSON value as a tree; `note` says what is left out."""

    node: Node
    note: str = ""


class Image(_Block):
    """An image, in words; `file` is relative to the runs directory, empty if it was not kept."""

    words: str
    media_type: str
    file: str = ""


class Todo(_Block):
    """Things to do, each `[state, sign, text]`."""

    items: list[tuple[str, str, str]]


class Field(_Block):
    """A field of the event by its name, with its value."""

    name: str
    blocks: "list[Block]"


class Note(_Block):
    """A remark on the event."""

    spans: list[Span]
    tone: Tone = Tone.PLAIN


Block = (
    Paragraph | Heading | Code | Quote | List | Table | Rule | Output | Diff | Json | Image | Todo | Field | Note
)  # fmt: skip
"""A part of a row."""


class Row(Struct, omit_defaults=True, gc=False):
    """What a view shows of one event. Fields that are empty, null or false are left out."""

    kind: str
    """The type of the event; `malformed` for a line without one, `long` for one that is too long to be read unasked."""
    seq: int | None = None
    time: int | None = None
    """Milliseconds since 1970."""
    agent: str | None = None
    """The call that started the subagent whose event it is; null for the main agent."""
    iteration: int | None = None
    label: str = ""
    """The name of the tool, who speaks, or the type in words."""
    title: list[Span] = []
    facts: list[list[Span]] = []
    """Figures and names, each a few characters."""
    tone: Tone = Tone.PLAIN
    trouble: bool = False
    """Whether it counts as trouble, as for `--errors`."""
    quiet: bool = False
    """Whether it is shown as a single line until it is opened."""
    status: list[Span] = []
    """How a call, a subagent or a session stands after this event."""
    took: str = ""
    """How long a call took."""
    blocks: "list[Block]" = []
    folded: bool = False
    """Whether there is more of the event than the blocks have."""
    text: str | None = None
    """A piece of a text, to be joined with the others of its message and block."""
    message: str | None = None
    """The message that it is a piece of, or the end of."""
    block: float | None = None
    """The number of its text within the message."""
    replaces: str | None = None
    """The message whose text is void, and repeated by this piece."""
    call: str | None = None
    """The ID of the call that it is, or is about, or which started the subagent that it is about."""
    tool: str | None = None
    """The tool's name as the event has it."""
    about: str | None = None
    """The model of a run or a session, the name of a subagent, the first line of a prompt, what of a list is done."""
    unended: list[Span] = []
    """How a call stands that ended without a result."""
    ends_calls: bool = False
    """Whether calls without a result ended with this event."""
