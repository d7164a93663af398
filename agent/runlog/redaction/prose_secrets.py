"""Passwords that a person writes about: what stands before and behind them in a sentence."""

import re

from agent.runlog.redaction.command_secrets import CommandShape, is_mixed
from agent.runlog.redaction.secret_values import is_chosen

_NAME = r"(?i:passwor[dt]|passphrase|passcode|mot de passe|contrase[^\sa-z]{1,2}a|kennwort)"
_QUOTE = r"\\*[\"'`]?"
_VALUE = (
    rf"{_QUOTE}(?!\S{{0,64}}&(?:quot|amp|[lg]t|#))"
    r"(?P<secret>[^\s\"'`\\,;<>(){}\[\]]{6,64}?)(?=[.!?]?(?:[\s\"'`\\,;)]|\Z))"
)


def _is_chosen(value: str) -> bool:
    return is_mixed(value) or is_chosen(value)


def _is_strong(value: str) -> bool:
    """Return whether `value`, with nothing but a name in front of it, is more than the name of something in code."""
    return is_mixed(value) and bool(_STRONG.fullmatch(value))


_STRONG = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[!-~]{8,}", re.ASCII)
_VERB = r"(?:is|was|are|est|ist|lautet|es|to|now|set|reset|changed|updated|remains)"

PROSE_SHAPES = (
    CommandShape(
        rf"{_NAME}[ ](?:(?:for|of|on)[ ][\w.@-]{{1,40}}[ ])?{_VERB}[ :]",
        rf"{_NAME}[ ](?:(?:for|of|on)[ ][\w.@-]{{1,40}}[ ])?(?:{_VERB}:?[ ]+){{1,3}}{_VALUE}",
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
