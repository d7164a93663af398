"""Puts the files of a script into the project, such as an image that the agent is to read."""

from collections.abc import Iterable
from pathlib import Path

from agent.rehearsal.load import ScriptError
from agent.rehearsal.script import File


def put_files(files: Iterable[File], project: Path) -> None:
    """Create `files` in `project`, with their directories; a file that exists is left as it is. Raises ScriptError."""
    for file in files:
        path = project / file.path
        if path.exists():
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        except OSError as error:
            message = f"cannot create {path}, a file of the rehearsal ({error.strerror}); check that directory"
            raise ScriptError(message) from error
