"""Stores large tool outputs: the full text in a file beside the run, its beginning and end in the event."""

import os
import re
from pathlib import Path

import aiofiles
import aiofiles.os
import msgspec

from agent.events import ToolResult

INLINE_BYTES = 64 * 1024
"""An output up to this size stays in its event."""

_EXCERPT_CHARS = 8 * 1024
"""Characters at the beginning, and at the end, of a larger output that stay in its event."""
_MAX_SAME_NAME = 100


async def attach_output(result: ToolResult, directory: Path) -> ToolResult:
    """Write the output of `result` to `directory/<tool_use_id>.txt`. Returns the result with a shortened output.

    When that file cannot be written (disk full, too many open files) the shortened text says so, and nothing is
    raised: the run matters more than one output.
    """
    output = result.output
    encoded = output.encode("utf-8", "replace")
    try:
        name = await _write_new(encoded, directory, result.tool_use_id)
        location = f"full output in {name}"
    except OSError as error:
        name, location = None, f"which could not be saved: {error.strerror}"
    beginning, end = output[:_EXCERPT_CHARS], output[-_EXCERPT_CHARS:]
    omitted = len(encoded) - len((beginning + end).encode("utf-8", "replace"))
    return msgspec.structs.replace(
        result, output=f"{beginning}\n[... {omitted} bytes omitted, {location} ...]\n{end}", output_file=name
    )


async def _write_new(data: bytes, directory: Path, tool_use_id: str) -> str:
    """Write `data` to a new file and return its path relative to the parent of `directory`. Raises OSError."""
    await aiofiles.os.makedirs(directory, mode=0o700, exist_ok=True)
    stem = re.sub(r"[^\w-]", "_", tool_use_id, flags=re.ASCII)[:100] or "output"
    for suffix in ("", *(f"-{number}" for number in range(2, _MAX_SAME_NAME))):
        path = directory / f"{stem}{suffix}.txt"
        try:
            async with aiofiles.open(path, "xb", opener=_open_private) as file:
                await file.write(data)
        except FileExistsError:
            continue
        except OSError:
            path.unlink(missing_ok=True)  # a partial output would only take the space that the run needs
            raise
        return f"{directory.name}/{path.name}"
    raise OSError(0, f"{_MAX_SAME_NAME} outputs are named {stem}")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
