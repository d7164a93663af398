"""Opens a run file for reading, or says in a notice why that is impossible. Blocking."""

from collections.abc import Callable
from pathlib import Path

from observer.source.file_reader import CHUNK, FileReader
from observer.source.items import Notice, NoticeKind
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.regular_file import NotRegularError


def open_run_file(
    path: Path, *, chunk: int = CHUNK, names: DisplayNames = PATH_NAMES, resolve: Callable[[Path], Path] | None = None
) -> FileReader | Notice:
    """Return a reader of the file at a path; see `FileReader`.

    A notice is of kind `NOT_A_FILE` if there is something else at the path, `WAITING` if there is nothing, `UNREADABLE`
    if the file cannot be read.
    """
    try:
        if (error := names.unread(path)) is not None:
            raise error
        return FileReader(path, chunk=chunk, resolve=resolve)
    except NotRegularError as error:
        hint = {
            "a FIFO": "; give - in its place, and pass it as standard input",
            "a directory": f"; name a file in it, such as {names(path / 'latest.ndjson')}",
        }.get(error.args[0], "")
        return Notice(NoticeKind.NOT_A_FILE, f"{names(path)} is {error.args[0]}, not a run file{hint}")
    except (FileNotFoundError, NotADirectoryError):
        return Notice(NoticeKind.WAITING, f"{names(path)} does not exist")
    except OSError as error:
        return Notice(NoticeKind.UNREADABLE, f"cannot read {names(path)} ({error.strerror})")
