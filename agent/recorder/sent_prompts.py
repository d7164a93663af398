"""The prompts that a program sends, as events."""

from typing import Any

from agent.events import Prompt, PromptSource
from agent.recorder.content import image_of


def sent_prompt(prompt: str | dict[str, Any], source: PromptSource) -> Prompt | None:
    """Return the event of a prompt, a text or a message in the format of the CLI; None if it has nothing to read."""
    content = prompt if isinstance(prompt, str) else prompt.get("message", {}).get("content")
    if isinstance(content, str):
        return Prompt(text=content, source=source)
    blocks = content if isinstance(content, list) else []
    texts = [block["text"] for block in blocks if block.get("type") == "text"]
    images = [image for block in blocks if (image := image_of(block))]
    return Prompt(text="\n".join(texts), source=source, images=images) if texts or images else None
