"""Exit codes, and errors as one sentence on standard error."""

import importlib.util
import sys
from typing import NoReturn

import typer

from agent.errors import INSTALL_AGENT, RunLogUnusable
from agent.events import Outcome
from agent.runlog.lock import require_locks

FAILED = 1
UNUSABLE = 2
PROJECT_LOCKED = 3
NOT_RECORDED = 5

EXIT_CODES = """\b
Exit codes:
  0    the outcome is success
  1    any other outcome
  2    usage error, or the run could not start
  3    another agent is working in the project
  5    the run could not be recorded to its end (disk full)
  129  terminal closed (SIGHUP)
  130  Ctrl-C (SIGINT)
  143  SIGTERM"""


PACKAGES = (
    "claude_agent_sdk", "filelock", "psutil", "starlette", "tree_sitter", "tree_sitter_bash", "uvicorn",
)  # fmt: skip
"""The packages of the extra `agent`, by the names that they are imported by."""


def epilog(*examples: str) -> str:
    """Return the text below the options of a command: examples, then the exit codes."""
    lines = "\n".join(f"  {example}" for example in examples)
    return f"\b\nExamples:\n{lines}\n\n{EXIT_CODES}"


def fail(sentence: str, code: int = UNUSABLE) -> NoReturn:
    """Print an error and exit."""
    print(f"agent: {sentence}", file=sys.stderr)
    raise typer.Exit(code)


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
