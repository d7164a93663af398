"""What users type for a run, so that any command, in the same directory, finds the run that they see."""

import os
import shlex
from pathlib import Path

from observer.cli.options.shared_options import RUNS
from observer.cli.tailing.tail_options import ResolvedRuns, TailOptions
from observer.source.locate import COMPRESSED_SUFFIXES, LATEST_ID, STDIN, SUFFIX, DisplayNames, run_id


def typed_name(options: TailOptions, runs: ResolvedRuns) -> str | None:
    """Return what is typed for the only run; empty for the most recent one, None if nothing can be."""
    (path,) = runs.files
    if path == STDIN:
        return None
    is_default = options.runs == [LATEST_ID] and options.directory == RUNS
    return "" if is_default else typed_path(path, options.display_names)


def typed_name_of(options: TailOptions, runs: ResolvedRuns, origin: str) -> str:
    """Return what is typed for one of several runs; `origin` is its ID, or its path if the ID is another one's, too."""
    named = [path for path in runs.files if origin in {run_id(path), str(path)}]
    suffixes = ["", *COMPRESSED_SUFFIXES]
    there = [directory / f"{origin}{SUFFIX}{suffix}" for directory in runs.directories for suffix in suffixes]
    path = next((path for path in (*named, *there) if path.exists()), Path(origin))
    return typed_path(path, options.display_names)


def typed_path(path: Path, names: DisplayNames) -> str:
    """Return what is typed for the run in a file: its ID, if that finds it, or else its path or its address."""
    is_found = os.path.realpath(path.parent) == os.path.realpath(RUNS) and run_id(path) != LATEST_ID
    return shlex.quote(run_id(path) if is_found else names(path))
