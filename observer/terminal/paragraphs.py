"""Which pieces of text belong together. Pure."""

from collections.abc import Sequence

from observer.format.event import Event, Record
from observer.runs.filters.filter import PIECE_TYPES
from observer.terminal.speakers import Speaker

CONTEXT_RECORDS = 64
"""Records before the first one shown in which the start of a paragraph is looked for."""

Paragraph = tuple[str, Speaker, str, int | None]
"""Pieces of text with the same type, speaker, message and block belong to one paragraph."""


def paragraph_of(event: Event) -> Paragraph:
    """Return the paragraph that a piece of text or thinking belongs to."""
    return (event.type, event.parent, event.text("message"), event.integer("block"))


def continued_paragraphs(records: Sequence[Record], ignored: frozenset[str]) -> list[Paragraph]:
    """Return the paragraphs that may continue after `records`: those of the last texts, but for types `ignored`."""
    paragraphs: list[Paragraph] = []
    for record in reversed(records[-CONTEXT_RECORDS:]):
        if record.type in PIECE_TYPES and record.event is not None:
            paragraphs.append(paragraph_of(record.event))
        elif record.type not in ignored:
            break
    return paragraphs
