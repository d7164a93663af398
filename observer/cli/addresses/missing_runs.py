"""Says on standard error what there is instead of a run that is waited for, in case its name was mistyped."""

import os
import sys
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.sanitize import clean_line
from observer.platform.files import READ_FLAGS
from observer.source.find import find_or_expect, hint_for_missing
from observer.source.locate import DisplayNames


def expected_run(name: str, directory: Path, names: DisplayNames) -> Path:
    """Return the path of a run as `find_or_expect` does; if there is nothing yet, say what may have been meant.

    Raises UnreadableError also for what exists, but may not be read.
    """
    path = find_or_expect(name, directory, names)
    try:
        os.close(os.open(path, READ_FLAGS))
    except PermissionError as error:
        raise UnreadableError(f"cannot read {names(path)} ({error.strerror}); change its permissions") from None
    except OSError:  # it does not exist yet, or its source says what it is
        pass
    if not names.is_copy(path) and (hint := hint_for_missing(path, directory)):
        sys.stderr.write(f"observe: {clean_line(hint)}\n")
        sys.stderr.flush()
    return path
