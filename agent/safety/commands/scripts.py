"""Shell scripts of the project: whether a file is one, which shell runs it, and its text."""

import os
import re
from pathlib import Path

from agent.safety.commands.denial import Denied

_MAX_BYTES = 256 * 1024
_ACTIVATE = ("bin", "activate")
"""Written by `python -m venv`, often by the same command line that sources it."""
_SHEBANG = re.compile(rb"#!\s*\S*?/?(env\s+(-S\s+)?)?(\S*/)?(ba|da|z|k)?sh\b")


def shell_for(path: Path) -> str:
    """Return the shell that runs a file: `sh`, `bash`, or "" when it is not a shell script.

    Text without a `#!` line counts as bash: the calling shell runs it itself.
    """
    try:
        with path.open("rb") as file:
            head = file.read(128)
    except (OSError, ValueError):
        return "bash" if path.suffix in {".sh", ".bash"} else ""
    if shebang := _SHEBANG.match(head):
        return "bash" if shebang[4] in {b"ba", b"z", b"k"} else "sh"
    return "" if head.startswith(b"#!") or b"\0" in head else "bash"


def read_script(path: Path, source: str) -> str:
    """Return the text of a script that the command calls `source`. Raises Denied when it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        reason = f"the script {source} cannot be checked ({problem}); write it first, then run it"
        raise Denied("script", reason) from None
    if len(data) > _MAX_BYTES:
        raise Denied("script", f"the script {source} is too long to check: at most {_MAX_BYTES // 1024} KiB")
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def is_pending_activate(path: Path) -> bool:
    """Return whether `path` is the `activate` of a virtual environment that does not exist yet."""
    return path.parts[-2:] == _ACTIVATE and not os.path.exists(path)
