"""Says on standard error what there is instead of a run file that is waited for, in case its name was mistyped."""

import sys
from pathlib import Path

from observer.format.sanitize import clean_line
from observer.source.find import find_or_expect, hint_for_missing
from observer.source.locate import DisplayNames


def expected_run(name: str, directory: Path, names: DisplayNames) -> Path:
    """Return the path of a run as `find_or_expect` does; if there is nothing yet, say what may have been meant."""
    path = find_or_expect(name, directory, names)
    if not names.is_copy(path) and (hint := hint_for_missing(path, directory)):
        sys.stderr.write(f"observe: {clean_line(hint)}\n")
        sys.stderr.flush()
    return path
