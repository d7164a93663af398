"""Shell scripts of the project: which files are some, for which shell, and what they say."""

import re
from pathlib import Path

from agent.safety.commands.denial import Refused

_LONGEST = 256 * 1024
_ACTIVATE = ("bin", "activate")
"""What `python -m venv` writes, often a moment before it is sourced."""
_SHEBANG = re.compile(rb"#!\s*\S*?/?(env\s+(-S\s+)?)?(\S*/)?(ba|da|z|k)?sh\b")


def shell_of(path: Path) -> str:
    """The shell that runs a file: `sh`, `bash`, or empty when it is no shell script.

    A text without a first line that says so is run by the shell that was asked to run it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(128)
    except OSError:
        return "bash" if path.suffix in {".sh", ".bash"} else ""
    if shebang := _SHEBANG.match(head):
        return "bash" if shebang[4] in {b"ba", b"z", b"k"} else "sh"
    return "" if head.startswith(b"#!") or b"\0" in head else "bash"


def text_of(path: Path, source: str) -> str:
    """What a script says; `source` is how the command names it. Raises Refused when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST + 1).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError as error:
        said = f"the script {source} cannot be checked ({error.strerror}); write it first, then run it"
        raise Refused("script", said) from None


def is_still_to_be_made(path: Path) -> bool:
    """Whether it is the `activate` of a virtual environment that the same command may be making."""
    return path.parts[-2:] == _ACTIVATE and not path.exists()
