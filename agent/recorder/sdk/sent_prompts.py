"""The prompts that a program sends, as events."""

from typing import Any

from agent.events import Prompt, PromptSource
from agent.recorder.sdk.content import image_of
from agent.recorder.sdk.field_values import dict_of


def sent_prompt(prompt: Any, source: PromptSource) -> Prompt | None:
    """Return the event of a prompt, a text or a message in the format of the CLI; None if it has nothing to read.

    The CLI decides what it accepts: nothing is raised for a message in another form.
    """
    content = prompt if isinstance(prompt, str) else dict_of(dict_of(prompt).get("message")).get("content")
    if isinstance(content, str):
        return Prompt(text=content, source=source)
    blocks = content if isinstance(content, list) else []
    texts = [text for block in blocks if (text := _text_of(block)) is not None]
    images = [image for block in blocks if (image := image_of(block))]
    return Prompt(text="\n".join(texts), source=source, images=images) if texts or images else None


def _text_of(block: Any) -> str | None:
    match block:
        case str(text) | {"type": "text", "text": str(text)}:
            return text
    return None
