"""Tells what people wrote among the texts that Codex sends to the model in their name. Pure."""

import re

from observer.format.fields import Fields

_METADATA = "internal_chat_message_metadata_passthrough"
_BY_PERSON, _UNKNOWN = "user.", "unknown"
_OF_PROGRAM = ("<", "# AGENTS.md")
"""How the texts of the program begin, in versions that do not say which ones are its own."""

_IMAGE_FRAME = re.compile(r"</?image\b[^>]*>")
"""A text that Codex puts before or after an image."""


def read_prompt(payload: Fields) -> str:
    """Return what a person wrote in a message of the role `user`, empty if all of it is the program's.

    Newer versions name the kind of each block of its content, such as `user.text`.
    """
    content = payload.value("content")
    if isinstance(content, str):
        return "" if content.startswith(_OF_PROGRAM) else content
    metadata = payload.fields(_METADATA)
    kinds = metadata.values("content_item_kinds") if metadata else []
    texts = []
    for number, block in enumerate(payload.values("content")):
        text = Fields(block).text("text") if isinstance(block, dict) else ""
        kind = kinds[number] if number < len(kinds) else _UNKNOWN
        just_written = isinstance(kind, str) and kind != _UNKNOWN
        is_by_person = kind.startswith(_BY_PERSON) if just_written else not text.startswith(_OF_PROGRAM)
        if text and is_by_person and not _IMAGE_FRAME.fullmatch(text):
            texts.append(text)
    return "\n".join(texts)


def read_item(item: Fields) -> str:
    """Return what a person wrote, from an item of the program."""
    return "\n".join(text for block in item.items("content") if (text := block.text("text")))
