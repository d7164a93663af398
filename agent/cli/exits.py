"""Exit codes, errors as one sentence on standard error, and output whose reader may be gone."""

import importlib.util
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

import typer

from agent.errors import INSTALL_AGENT, RunLogUnusable
from agent.events import Outcome
from agent.runlog.lock import require_locks
from agent.session.credentials import MISSING, has_credentials

FAILED = 1
UNUSABLE = 2
PROJECT_LOCKED = 3
NOT_RECORDED = 5

RUN_CODES: Mapping[str, str] = MappingProxyType({
    "0": "the outcome is success",
    "1": "any other outcome",
    "2": "usage error, or the run could not start",
    "3": "another agent is working in the project",
    "5": "the run could not be recorded to its end (disk full)",
    "129": "terminal closed (SIGHUP)",
    "130": "Ctrl-C (SIGINT)",
    "143": "SIGTERM",
})  # fmt: skip
"""The exit codes of the commands that run an agent."""


PACKAGES = (
    "claude_agent_sdk", "filelock", "psutil", "starlette", "tree_sitter", "tree_sitter_bash", "uvicorn",
)  # fmt: skip
"""The packages of the extra `agent`, by the names that they are imported by."""


def epilog(*examples: str, codes: Mapping[str, str] = RUN_CODES) -> str:
    """Return the text below the options of a command: examples, then the exit codes."""
    lines = "\n".join(f"  {example}" for example in examples)
    meanings = "\n".join(f"  {code:<4} {meaning}" for code, meaning in codes.items())
    return f"\b\nExamples:\n{lines}\n\n\b\nExit codes:\n{meanings}"


def fail(sentence: str, code: int = UNUSABLE) -> NoReturn:
    """Print an error and exit."""
    complain(sentence)
    raise typer.Exit(code)


def complain(sentence: str) -> None:
    """Print a warning or an error to standard error. If nobody can read it any more, the command continues."""
    with suppress(OSError):
        print(f"agent: {sentence}", file=sys.stderr, flush=True)


def say(text: str) -> None:
    """Print to standard output. If that fails, as its reader is gone (`| head`), discard it: the command continues."""
    try:
        print(text, flush=True)
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def exit_with(outcome: Outcome) -> NoReturn:
    """Exit with the code for the outcome of a run."""
    raise typer.Exit(0 if outcome is Outcome.SUCCESS else FAILED)


def require_packages(command: str) -> None:
    """Exit with an error on a system on which no run can be written, or when a package of `agent` is not installed."""
    try:
        require_locks()
    except RunLogUnusable as error:
        fail(str(error))
    if missing := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
        fail(f"{command} requires packages that are not installed ({', '.join(missing)}); {INSTALL_AGENT}")


def require_credentials(project: Path, rehearsal: Path | None) -> None:
    """Exit with an error when there are no credentials for a model, and no rehearsal in its place.

    To be called before the SDK is imported, which takes longer than everything else until then.
    """
    if rehearsal is None and not has_credentials(project):
        fail(MISSING)
