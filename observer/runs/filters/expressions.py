"""Compiles regular expressions that are matched against bytes, with RE2, in time linear in these. Pure."""

import re
from collections.abc import Collection, Iterable

from observer.format.line_block import Expression

_SYNTAX = "patterns follow the syntax of RE2 (https://github.com/google/re2/wiki/Syntax)"
_BACK_REFERENCE = r"\\[1-9]|\\k|\(\?P=?$"
_LOOK_AROUND = r"\(\?<?[=!]"
_FEW = 4
"""Texts that are faster to look for one after the other."""


def compile_expression(source: str, *, ignore_case: bool = False) -> Expression:
    """Return what finds a regular expression in bytes.

    Raises ValueError, with a message for the user, when RE2 does not support it.
    """
    import re2  # noqa: PLC0415 - only where an expression is used, so that commands start fast

    options = re2.Options()
    options.log_errors = False  # RE2 would print them to stderr
    options.never_capture = True  # only where a match is matters, not the spans of groups
    options.case_sensitive = not ignore_case
    try:
        compiled: Expression = re2.compile(encode_text(source), options)
    except re2.error as error:
        raise ValueError(_explain(source, error.args[0].decode("utf-8", "replace"))) from None
    re2.purge()  # its cache would keep the last 128 expressions, of up to 8 MB each
    return compiled


def literal_expression(texts: Iterable[str]) -> Expression:
    """Return what finds one of some texts in bytes."""
    return compile_expression("|".join(map(re.escape, texts)))


def literal_expressions(texts: Collection[str]) -> list[Expression]:
    """Return what together finds one of some texts in bytes; a few texts are looked for faster each on its own."""
    return [literal_expression([text]) for text in texts] if len(texts) <= _FEW else [literal_expression(texts)]


def encode_text(text: str) -> bytes:
    """Return a text as expressions match it."""
    return text.encode("utf-8", "surrogatepass")  # lone surrogates: JSON allows them, and RE2 matches them


def _explain(text: str, reason: str) -> str:
    if re.search(_BACK_REFERENCE, reason):
        return f"back-references are not supported in {text!r}; {_SYNTAX}"
    if re.search(_LOOK_AROUND, reason):
        return f"look-around is not supported in {text!r}; {_SYNTAX}"
    return f"invalid regular expression {text!r}: {reason}"
