"""`observe show` as a function: read a run whole, print what it amounts to."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from observer.format.event import Record
from observer.format.strip_content import without_content
from observer.runs.listing import glance
from observer.runs.summary import Summary
from observer.source.locate import find
from observer.source.mirror import LocalRun
from observer.source.snapshot import Snapshot
from observer.terminal.output import OutputStream
from observer.terminal.screen import detect_screen
from observer.terminal.summary_view import screenful
from observer.terminal.theme import load_theme


def show(
    run: LocalRun, folder: Path, *, full: bool, stall_after_s: float, content: bool = True,
    theme: str | Mapping[str, str] = "default",
) -> int:  # fmt: skip
    """Print a summary of a run; `folder` is where ids are looked up. Returns the exit code.

    Without `content` it holds no text of the run. Raises UnreadableError, and UsageError when there is no such theme.
    """
    screen = detect_screen(sys.stdout, load_theme(theme))
    snapshot = Snapshot(find(run.name, folder), run.display_names)
    summary = Summary()
    for lines in snapshot.lines():
        summary.take(lines if content else [without_content(Record(line)).line for line in lines])
    listed = glance(snapshot, stall_after_s=stall_after_s, content=content)
    shown = screenful(listed, summary, time.time(), screen, full=full)
    snapshot.close()
    OutputStream(sys.stdout.fileno()).write(("\n".join(shown) + "\n").encode("utf-8", "backslashreplace"))
    return 0
