"""The prompts that a program sends, as events."""

from typing import Any

from agent.events import Image, Prompt, PromptSource


def sent_prompt(prompt: str | dict[str, Any], source: PromptSource) -> Prompt | None:
    """Return the event of a prompt, a text or a message in the format of the CLI; None if it has nothing to read."""
    content = prompt if isinstance(prompt, str) else prompt.get("message", {}).get("content")
    if isinstance(content, str):
        return Prompt(text=content, source=source)
    blocks = content if isinstance(content, list) else []
    texts = [block["text"] for block in blocks if block.get("type") == "text"]
    images = [_image(block["source"]) for block in blocks if block.get("type") == "image"]
    return Prompt(text="\n".join(texts), source=source, images=images) if texts or images else None


def _image(source: dict[str, Any]) -> Image:
    data = source.get("data") or ""
    return Image(media_type=str(source.get("media_type") or "unknown"), bytes=len(data.rstrip("=")) * 3 // 4)
