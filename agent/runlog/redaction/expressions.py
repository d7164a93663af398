"""Expressions of RE2, whose time is linear in the text: those of a project, and those that search a whole text."""

from typing import Any

import re2

_MEMORY = 64 << 20
"""Bytes that RE2 may use for the states of an automaton; with fewer it would begin again and again."""


def compile_expression(source: str) -> Any:
    """Return an expression of RE2 for bytes. Raises re2.error if it is none."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # one character a byte
    options.never_capture = True
    options.log_errors = False  # they are raised
    options.max_mem = _MEMORY
    expression = re2.compile(source.encode(), options)
    re2.purge()  # its cache would keep the expression
    return expression
