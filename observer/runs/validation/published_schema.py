"""Reads the JSON Schema of run files that is shipped with the observer."""

from functools import cache
from importlib.resources import files

from observer.format.schema import Schema
from observer.format.valid_lines import ValidLines


def schema_text() -> str:
    """Return the published JSON Schema of the lines of a run file."""
    return (files("observer.format") / "run-file.schema.json").read_text("utf-8")


@cache
def schema() -> Schema:
    """Return what says how lines violate it. Raises UsageError without the extra `check`."""
    return Schema(schema_text())


@cache
def valid_lines() -> ValidLines:
    """Return a decoder of the lines that conform to it."""
    return ValidLines(schema_text())
