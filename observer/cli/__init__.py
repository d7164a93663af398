"""The command line: parse, call, turn what comes back into an exit code."""

from observer.cli import people, pipelines, relays
from observer.cli.app import app, run

__all__ = ["app", "people", "pipelines", "relays", "run"]
