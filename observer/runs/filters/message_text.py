"""Joins the pieces of streamed text, and finds the paragraphs whose text matches. Pure.

A paragraph is the text of one block of a message, as people read it, whatever the pieces in which it came. Memory is
bounded: of the paragraphs that are open, and of the text of each, the oldest part is forgotten.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from observer.format.event import Event, Record
from observer.runs.filters.filter import PIECE_TYPES

MAX_CHARS = 256 * 1024
"""Characters of a paragraph in which a match is looked for: the last ones."""
MAX_OPEN = 64
"""Paragraphs that may continue, of all agents together."""
_MAX_PIECES = 16 * 1024
"""Pieces of a paragraph that are kept until it matches: the last ones."""
_MAX_FOUND = 1024
"""Messages of which it is remembered that they have matched."""
_QUIET_TYPES = frozenset({"heartbeat", "tool_input", "subagent_progress", "api_retry", "rate_limit", "info"})
"""Types that do not end a paragraph without a name: they come at any time."""

_PIECE_KEYS = frozenset({"text", "message", "block", "replaces", "redacted"})
"""The fields of a piece, which but for the text are the same in all pieces of a paragraph."""

Key = tuple[str | None, str, str, float | None]
"""The speaker, the type, the message and the block of a paragraph."""


class Paragraph(Struct, gc=False):
    """The text of a paragraph so far, and those of its pieces that were not returned."""

    texts: list[str]
    pieces: list[Record]
    chars: int = 0
    is_found: bool = False
    has_news: bool = False

    def add(self, record: Record, text: str) -> None:
        """Add the next piece."""
        self.texts.append(text)
        self.pieces.append(record)
        self.chars += len(text)
        self.has_news = True
        if self.chars > 2 * MAX_CHARS:
            self.texts = [self.text()[-MAX_CHARS:]]
            self.chars = MAX_CHARS
        if len(self.pieces) > 2 * _MAX_PIECES:
            del self.pieces[:-_MAX_PIECES]

    def text(self) -> str:
        """Return the text so far."""
        if len(self.texts) > 1:
            self.texts = ["".join(self.texts)]
        return self.texts[0]


class MessageText:
    """Takes the pieces of a run in order, and returns those of each paragraph that matches, once it does.

    `search` returns whether a text matches. A paragraph is searched when it ends, or when `search` is called: not for
    each piece, as it would be searched again and again.
    """

    def __init__(self, search: Callable[[str], bool]) -> None:
        self._matches = search
        self._open: dict[Key, Paragraph] = {}
        self._last: tuple[Key, Paragraph] = ((None, "", "", None), Paragraph([], []))
        self._last_named: tuple[object, ...] | None = None
        """The paragraph of the last piece, and how that piece named it."""
        self._unnamed: set[Key] = set()
        """Those of the open paragraphs that have no message."""
        self._found: dict[tuple[str | None, str], None] = {}
        self.starts: list[Record] = []
        """The first piece of each paragraph that has matched; the caller clears it."""

    @property
    def is_undecided(self) -> bool:
        """Whether a paragraph may match that has not matched so far."""
        return any(not paragraph.is_found for paragraph in self._open.values())

    @property
    def first_undecided(self) -> Record | None:
        """The first piece of the oldest paragraph that has not matched so far."""
        return next((each.pieces[0] for each in self._open.values() if not each.is_found), None)

    @property
    def has_unnamed(self) -> bool:
        """Whether a paragraph is open that may end with any event, as it has no message."""
        return bool(self._unnamed)

    @property
    def open_messages(self) -> list[str]:
        """The messages of the paragraphs that may be continued."""
        return [key[2] for key in self._open if key[2]]

    def add(self, record: Record, event: Event) -> list[Record]:
        """Take a piece. Return it if its paragraph has matched, and the pieces of a paragraph that ended by it."""
        data, pieces = event.data, list[Record]()
        named = (event.parent, event.type, data.get("message"), data.get("block"))
        if named != self._last_named or event.text("replaces"):
            pieces = self._open_paragraph(event)
            self._last_named = named
        key, paragraph = self._last
        if paragraph.is_found:
            return [*pieces, record]
        is_first = not paragraph.pieces
        paragraph.add(record, event.words("text"))
        if is_first or not data.keys() <= _PIECE_KEYS:
            others = [value for name, value in data.items() if name != "text"]
            if any(self._matches(text) for text in texts(others)):
                pieces += self._mark(key, paragraph)
        return pieces

    def _open_paragraph(self, event: Event) -> list[Record]:
        """Find the paragraph of a piece, or begin it. Return the pieces of others that end by that and match."""
        pieces: list[Record] = []
        key = (event.parent, event.type, event.text("message"), event.number("block"))
        if event.text("replaces"):  # what the message said in this block before is void: it does not continue
            pieces = self._close([key])
        paragraph = self._open.get(key)
        if paragraph is None:
            if len(self._open) >= MAX_OPEN:
                pieces += self._close([next(iter(self._open))])
            paragraph = self._open[key] = Paragraph([], [])
            if not key[2]:
                self._unnamed.add(key)
        self._last = (key, paragraph)
        return pieces

    def end(self, event: Event) -> list[Record]:
        """Take an event that is no piece. Return the pieces of paragraphs that it ends and that match.

        A `message` ends its own paragraphs; those without the name of a message end with whatever their speaker does.
        """
        if event.type == "message":
            names = {"", event.text("id")}
            return self._close([key for key in self._open if key[0] == event.parent and key[2] in names])
        if not self._unnamed or not ends_unnamed(event):
            return []
        return self._close([key for key in self._unnamed if key[0] == event.parent])

    def search(self) -> list[Record]:
        """Return the pieces of the paragraphs that match by now and have not before."""
        pieces: list[Record] = []
        for key, paragraph in self._open.items():
            pieces += self._search(key, paragraph)
        return pieces

    def has_found(self, message: Event) -> bool:
        """Return whether a paragraph of the text of a `message` has matched."""
        return (message.parent, message.text("id")) in self._found

    def _close(self, keys: list[Key]) -> list[Record]:
        pieces: list[Record] = []
        for key in keys:
            self._unnamed.discard(key)
            self._last_named = None
            if (paragraph := self._open.pop(key, None)) is not None:
                pieces += self._search(key, paragraph)
        return pieces

    def _search(self, key: Key, paragraph: Paragraph) -> list[Record]:
        """Return the pieces of a paragraph if it matches for the first time."""
        if not paragraph.has_news or paragraph.is_found:
            return []
        paragraph.has_news = False
        return self._mark(key, paragraph) if self._matches(paragraph.text()) else []

    def _mark(self, key: Key, paragraph: Paragraph) -> list[Record]:
        """Count a paragraph as one that matches, and return its pieces so far."""
        paragraph.is_found = True
        if key[1] == "thought":
            self._found[key[0], key[2]] = None
            if len(self._found) > _MAX_FOUND:
                del self._found[next(iter(self._found))]
        pieces, paragraph.pieces, paragraph.texts = paragraph.pieces, [], []
        self.starts.append(pieces[0])
        return pieces


def ends_unnamed(event: Event) -> bool:
    """Return whether an event ends the text of its speaker whose pieces name no message."""
    return event.type not in PIECE_TYPES and event.type not in _QUIET_TYPES


def texts(value: Any) -> list[str]:
    """Return every string in a JSON value, without keys."""
    strings: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            strings.append(item)
        elif isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return strings
