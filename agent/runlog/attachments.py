"""Big tool outputs: whole to a file beside the run, head and tail in the event."""

import os
import re
from pathlib import Path

import aiofiles
import aiofiles.os
import msgspec

from agent.events import ToolResult

INLINE_BYTES = 64 * 1024
"""An output up to this size stays in its event."""

_KEPT_CHARS = 8 * 1024
"""Characters of head, and of tail, that stay inline of a bigger one."""


async def spill(result: ToolResult, folder: Path) -> ToolResult:
    """`result` with its output shortened, and the whole of it in `folder/<tool_use_id>.txt`.

    When that file cannot be written (no room, no descriptors) the shortened text says so instead of failing:
    the run matters more than one output.
    """
    output = result.output
    whole = output.encode("utf-8", "replace")
    try:
        name = await _keep(whole, folder, result.tool_use_id)
        where = f"whole in {name}"
    except OSError as error:
        name, where = None, f"could not be kept: {error.strerror}"
    left_out = len(whole) - len((output[:_KEPT_CHARS] + output[-_KEPT_CHARS:]).encode("utf-8", "replace"))
    return msgspec.structs.replace(
        result,
        output=f"{output[:_KEPT_CHARS]}\n[... {left_out} bytes left out, {where} ...]\n{output[-_KEPT_CHARS:]}",
        output_file=name,
    )


async def _keep(whole: bytes, folder: Path, tool_use_id: str) -> str:
    await aiofiles.os.makedirs(folder, mode=0o700, exist_ok=True)
    stem = re.sub(r"[^\w-]", "_", tool_use_id, flags=re.ASCII)[:100] or "output"
    for suffix in ("", *(f"-{n}" for n in range(2, 100))):
        path = folder / f"{stem}{suffix}.txt"
        try:
            async with aiofiles.open(path, "xb", opener=_private) as file:
                await file.write(whole)
        except FileExistsError:
            continue
        except OSError:
            path.unlink(missing_ok=True)  # half an output would only take the room that the run needs
            raise
        return f"{folder.name}/{path.name}"
    raise OSError(0, f"100 outputs are named {stem}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
