"""Reads the content of a message, of a prompt or of a tool's result: its text, and its images. Pure."""

from typing import Any, NamedTuple

from observer.dialects import event_data
from observer.format.fields import compact


class Content(NamedTuple):
    """The text of a content, in which an image is its type and size, and the images, which are not kept."""

    text: str
    images: list[dict[str, object]]


NOTHING = Content("", [])


def read_content(content: Any) -> Content:
    """Return what is in `content`: a string, a list of blocks of the Messages API, or None."""
    if content is None:
        return NOTHING
    if isinstance(content, str):
        return Content(content, [])
    if isinstance(content, list):
        images = [image for block in content if (image := image_of(block))]
        return Content("\n".join(_block_text(block) for block in content), images)
    return Content(compact(content), [])


def image_of(block: Any) -> dict[str, object] | None:
    """Return the image in a block, if it is one and is in the block itself."""
    match block:
        case {"type": "image", "source": {"data": str(data), **source}}:
            media_type = str(source.get("media_type") or "unknown")
            return event_data.image(media_type, _decoded_size(data))
    return None


def _block_text(block: Any) -> str:
    match block:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": str(kind), "source": {"data": str(data), **source}}:
            return f"[{kind} {source.get('media_type', '')}, {_decoded_size(data)} bytes]"
        case {"type": "tool_reference", "tool_name": str(name)}:
            return f"[tool {name}]"
    return compact(block)


def _decoded_size(data: str) -> int:
    return len(data.rstrip("=")) * 3 // 4
