"""Rows of what is said: prompts, pieces of the model's text and thinking, and the ends of messages. Pure.

Pieces hold their text as it is, since only all of them together are Markdown: a view joins them by message and block,
and draws the tree of the whole text when that is complete. It is in the row of the `message` that ends it, or of
`text_row`, which is made of all pieces.
"""

from observer.format.event import Event
from observer.runs.rows.markdown_tree import markdown_blocks
from observer.runs.rows.row_blocks import Limits, image_block
from observer.runs.rows.row_types import Note, Row, Tone
from observer.runs.state.conversation import Prompt, describe_stop
from observer.runs.words.describe import describe
from observer.runs.words.describe_conversation import count_images
from observer.runs.words.words import present

MAX_QUIET = 240
"""Characters of a prompt that is a single line."""
_PROMPT_LINES: Limits = (8, 2)


def prompt_row(prompt: Prompt, row: Row, *, is_open: bool) -> Row:
    """Return the row of a prompt; one that comes from inside of a turn is a single line until it is opened."""
    text = prompt.text.strip("\n")
    row.kind, row.label, row.quiet = "prompt", prompt.source, not prompt.begins_turn
    row.facts = [[fact] for fact in present(count_images(prompt.images))]
    row.about = text.strip().partition("\n")[0][:MAX_QUIET] or None
    images = [image_block(image) for image in prompt.images]
    if row.quiet and not is_open:
        start = " ".join(text[: 2 * MAX_QUIET].split())
        is_cut = len(start) > MAX_QUIET or len(text) > 2 * MAX_QUIET
        row.title = [f"{start[:MAX_QUIET]}…" if is_cut else start]
        row.folded = bool(images) or is_cut or start != text
        return row
    lines = text.split("\n")
    first, last = _PROMPT_LINES
    left_out = len(lines) - first - last
    if is_open or left_out <= 1:
        row.blocks = [*markdown_blocks(text), *images]
        return row
    row.folded = True
    note = Note([f"… {left_out:,} more lines"], Tone.DIM)
    row.blocks = [*markdown_blocks("\n".join(lines[:first])), note, *markdown_blocks("\n".join(lines[-last:])), *images]
    return row


def piece_row(event: Event, row: Row) -> Row:
    """Return the row of a `thought` or a `thinking`."""
    row.message, row.block = event.text("message") or None, event.number("block")
    row.replaces = event.text("replaces") or None
    row.text = event.words("text")
    row.label = "thinking" if event.type == "thinking" else ""
    row.quiet = event.type == "thinking"
    if not row.text and (words := describe(event).title):
        row.title = [(words, "faint")]
    return row


def message_row(event: Event, row: Row) -> Row:
    """Return the row of a `message`: its text as a tree, its figures, and why it ended if that is unusual."""
    words = describe(event)
    row.message = event.text("id") or None
    row.facts = [[fact] for fact in words.facts]
    row.blocks = list(markdown_blocks(event.words("text")))
    if stop := describe_stop(event):
        row.title = [(stop, "strong")]
    return row
