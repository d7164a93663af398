"""Passwords that a person writes about: what stands before and behind them in a sentence."""

import re

from agent.runlog.redaction.command_secrets import CommandShape, is_mixed
from agent.runlog.redaction.secret_values import is_chosen, is_strong

_NAME = r"(?i:pass(?:wor[dt]|ord(?:et)?)|passphrase|passcode|mot de passe|contrase[^\sa-z]{1,2}a|kennwort)"
_QUOTE = r"\\*[\"'`]?"
_VALUE = (
    rf"{_QUOTE}(?!\S{{0,64}}&(?:quot|amp|[lg]t|#))"
    r"(?P<secret>[^\s\"'`\\,;<>(){}\[\]]{6,64}?)(?=[.!?]?(?:[\s\"'`\\,;)]|\Z))"
)


def _is_chosen(value: str) -> bool:
    return is_mixed(value) or is_chosen(value) or is_strong(value)


def _is_strong(value: str) -> bool:
    """Return whether `value`, with nothing but a name in front of it, is more than the name of something in code."""
    return is_mixed(value) and bool(_STRONG.fullmatch(value))


_STRONG = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[!-~]{8,}", re.ASCII)


def _is_no_remark(value: str) -> bool:
    """Return whether `value` in brackets behind a name is no remark: words with a digit and a capital or a sign."""
    return is_strong(value) and not value.isalnum()


_VERB = r"(?:is|til|was|are|est|ist|lautet|es|to|now|set|reset|changed|updated|remains)"

PROSE_SHAPES = (
    CommandShape(
        r"(?i:\bpw|password|passwd|passphrase)[ ]\([^\s()]{6}",
        r"(?i:pw|password|passwd|passphrase)[ ]\((?P<secret>[^\s()\"'\\]{6,64})\)",
        accepts=_is_no_remark,
    ),
    CommandShape(
        rf"{_NAME}[ ](?:[\w.@ äöüßéñ-]{{1,50}}?[ ])?{_VERB}[ :]",
        rf"{_NAME}[ ](?:[\w.@ äöüßéñ-]{{1,50}}?[ ])?(?:{_VERB}:?[ ]+){{1,3}}{_VALUE}",
        accepts=_is_chosen,
    ),
    CommandShape(rf"{_NAME}[ ]{_QUOTE}[A-Za-z0-9][^\s]{{7}}", rf"{_NAME}[ ]{_VALUE}", accepts=_is_strong),
    CommandShape(
        rf"[ ]as[ ](?:(?:the|your|my|a|its)[ ](?:\w{{1,12}}[ ])?)?{_NAME}",
        "",
        rf"{_VALUE.replace('?)(?=', ')(?=')}{_QUOTE}",
        _is_chosen,
    ),
)
