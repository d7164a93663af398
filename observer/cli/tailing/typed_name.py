"""What users type for a run, so that `observe show`, in the same directory, finds the run that they see."""

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
    return "" if is_default else _typed(path, options.display_names)


def typed_name_of(options: TailOptions, runs: ResolvedRuns, origin: str) -> str:
    """Return what is typed for one of several runs; `origin` is its ID, or its path if the ID is another one's, too."""
    named = [path for path in runs.files if origin in {run_id(path), str(path)}]
    suffixes = ["", *COMPRESSED_SUFFIXES]
    there = [directory / f"{origin}{SUFFIX}{suffix}" for directory in runs.directories for suffix in suffixes]
    path = next((path for path in (*named, *there) if path.exists()), Path(origin))
    return _typed(path, options.display_names)


def _typed(path: Path, names: DisplayNames) -> str:
    return shlex.quote(run_id(path) if path.parent == RUNS and run_id(path) != LATEST_ID else names(path))
