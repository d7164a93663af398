"""Keeps beside the run what is too large for a line: the full text of large tool outputs, and images."""

import base64
import binascii
import os
import re
from pathlib import Path

import msgspec

from agent.events import Event, Image, Prompt, ToolResult

INLINE_BYTES = 64 * 1024
"""An output up to this size stays in its event."""

_EXCERPT_CHARS = 8 * 1024
"""Characters at the beginning, and at the end, of a larger output that stay in its event."""
_MAX_SAME_NAME = 100
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}
"""The images that a model can read. The type of any other may be an invention of the tool that returned it."""


class UnsavedImage(Image, kw_only=True):
    """An image of an event that a log has not received yet; `data` is base64. The log keeps it in a file of its own."""

    data: str


def has_images(event: Event) -> bool:
    """Return whether images of an event have not been kept yet."""
    return isinstance(event, ToolResult | Prompt) and any(isinstance(image, UnsavedImage) for image in event.images)


def attach_images(event: Event, directory: Path) -> Event:
    """Write the images of `event` to files in `directory`. Returns the event with the names of the files.

    One that cannot be written or decoded has none, and nothing is raised: the run matters more than an image.
    """
    if not isinstance(event, ToolResult | Prompt):
        return event
    name = event.tool_use_id if isinstance(event, ToolResult) else event.type
    return msgspec.structs.replace(event, images=[_keep(image, directory, f"{name}-image") for image in event.images])


def _keep(image: Image, directory: Path, name: str) -> Image:
    if not isinstance(image, UnsavedImage):
        return image
    kept = Image(media_type=image.media_type, bytes=image.bytes)
    try:
        data = base64.b64decode(image.data, validate=True)
        kept.bytes = len(data)
        kept.file = attach_bytes(data, directory, name, _SUFFIXES.get(image.media_type, ".bin"))
    except (binascii.Error, ValueError, OSError):
        pass  # `file` stays null
    return kept


def attach_output(result: ToolResult, directory: Path) -> ToolResult:
    """Write the output of `result` to `directory/<tool_use_id>.txt`. Returns the result with a shortened output.

    When that file cannot be written (disk full, too many open files) the shortened text says so, and nothing is
    raised: the run matters more than one output.
    """
    output = result.output
    encoded = output.encode("utf-8", "replace")
    try:
        name = attach_bytes(encoded, directory, result.tool_use_id, ".txt")
        location = f"full output in {name}"
    except OSError as error:
        name, location = None, f"which could not be saved: {error.strerror}"
    beginning, end = output[:_EXCERPT_CHARS], output[-_EXCERPT_CHARS:]
    omitted = len(encoded) - len((beginning + end).encode("utf-8", "replace"))
    return msgspec.structs.replace(
        result, output=f"{beginning}\n[... {omitted} bytes omitted, {location} ...]\n{end}", output_file=name
    )


def attach_bytes(data: bytes, directory: Path, name: str, suffix: str) -> str:
    """Write `data` to a new file `directory/<name><suffix>` and return its path relative to the parent of `directory`.

    `name` may be any text: characters that a file name should not have are replaced, and a number is added to a name
    that is taken. Raises OSError, also when `directory` is a symlink: it may lead anywhere.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = re.sub(r"[^\w-]", "_", name, flags=re.ASCII)[:100] or "output"
    inside = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for number in ("", *(f"-{number}" for number in range(2, _MAX_SAME_NAME))):
            file_name = f"{stem}{number}{suffix}"
            try:
                _write_new(data, file_name, inside)
            except FileExistsError:
                continue
            return f"{directory.name}/{file_name}"
    finally:
        os.close(inside)
    raise OSError(0, f"{_MAX_SAME_NAME} outputs are named {stem}")


def _write_new(data: bytes, name: str, directory: int) -> None:
    """Write a new file in the open `directory`; leave nothing behind if that fails. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o600, dir_fd=directory), "wb", buffering=0) as file:
        remaining = memoryview(data)
        try:
            while remaining:
                remaining = remaining[file.write(remaining) :]
        except OSError:
            os.unlink(name, dir_fd=directory)  # a partial output would only take the space that the run needs
            raise
