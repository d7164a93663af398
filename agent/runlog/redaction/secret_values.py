"""Judges whether a value that stands behind the name of a secret is one, or a placeholder, a word, or code."""

import base64
import binascii
import re
from collections import Counter
from itertools import pairwise
from math import log2

MIN_CHARS = 6
"""A shorter value is no secret worth the readability of what surrounds it."""

_JUDGED_CHARS = 512
"""Characters at the beginning of a long value that show what it is."""

_LONG_CHARS = 8
"""Characters of words with digits that are a password where one stands."""

_RANDOM_CHARS = 16
"""A value of so many characters, letters and digits, which is no name of something, was generated."""
_RANDOM_BITS = 3.0
"""Bits of entropy per character that such a value has at least."""

_EXAMPLE_PASSWORDS = frozenset((
    "pass", "password", "passwd", "passwort", "pwd", "pw", "secret", "port", "token", "userpass", "mypass",
    "mypassword", "bar", "baz", "auth", "credentials", "key", "pass1", "test", "guest",
    "tiger", "repo",
))  # fmt: skip
_MIN_DIFFERENT = 4
"""Characters that a secret has at least; `xxxxxxxx` and `********` have fewer."""

_TEMPLATE = re.compile(
    r"\$[({]|\{\{|\}\}|%[(sd]|%(?![0-9A-Fa-f]{2})\w+%|#\{|<\w|\.\.\.|\[redacted|\{\w*\}|\\u[0-9a-fA-F]{4}|\u2026|#\w+#|\*$"
)
"""What a value is put together from, or stands for one that is left out."""
_PLACEHOLDER = re.compile(
    r"^secret\W|(?:^|[^a-z])(?:your|my[_-]|the[_-]|changeme|change[_-]|replace|placeholder|todo|insert|enter|dummy|fake|sample|redacted"
    r"|secret[_-]?(?:key|here|value)|(?:token|password|key)[_-]?here|x{4,}|foo|foobar|abc123|abcd?1234|0?123456|test[_-]?\d*$|passw(?:or)?d\d*$|(?:key|token|user|value)_?\d*$)"
)
_REFERENCE = re.compile(
    r"^(?:[$%@&*!~^|./<:-]|https?:|file:|env[.:]|os\.|process\.|self\.|this\.|secrets?\.|vars?\.|arn:|AWS4-|ref[+:]|vault:|op:|MFkw|MIIB|MIG[fb]|AAAA[BCE]3Nz"
    r"|.*\.(?:pem|key|crt|cer|p12|pfx|json|ya?ml|txt|py|js|ts|md|html?|png|svg)$)"
)
_IDENTIFIER = re.compile(
    r"[A-Za-z_$]++\d{0,3}+(?:[._:/ -]++[A-Za-z_$]*+\d{0,2}+)*+|[A-Z][a-z]++(?:[A-Z]++[a-z]*+\d?+)*+|[\d.,:/ _-]+"
)
"""Words, also several with digits behind them: names of things. A random text is none.

Nothing is tried twice: a run has the texts of strangers, and a search must not take exponential time.
"""
_WORD = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}|[A-Z][a-z]{2}")
_SPOKEN = re.compile(r"(?!.*[bcdfghjklmnpqrstvwxz]{4})(?=.*[aeiouy])", re.IGNORECASE)
"""A word has vowels, and seldom four consonants in a row; letters between random digits are often no word."""
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|__\w+", re.ASCII)
"""A name in code, such as that of a type in a module."""
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_SEGMENTS = re.compile(r"[-_./: ]")
"""What stands between the words of a name; in what is random, letters and digits stand side by side."""
_RANDOM_PART_CHARS = 3.0
"""What is random changes between letters of either case and digits more often than names do."""
_CODE = re.compile(r"[(){}\[\]<>;,\"'`|\\\s]|=>|==|::|->|&&|//|\w\?\w+\.|\w=\w")
_NAME_OF_SECRET = re.compile(
    r"[\w#+.-]*(?:(?<![a-z])|(?<=[a-z])(?=[A-Z]))(?i:secret|passw(?:or)?d|credentials?|token)(?![a-z])[\w#+.-]*",
    re.ASCII,
)
"""Words that say what the value is: `oauth2ClientSecret`, `invalid-password`."""
_CONSTANT = re.compile(r"[A-Z]{3,}\d{1,3}[A-Z]{4,}|\w+\.[A-Z_\d]+|0[xX][0-9A-Fa-f]+[uUlL]*", re.ASCII)
_STRONG = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.+[A-Z])(?=.*[-_.])[\w.-]{8,}", re.ASCII)
"""Words with an inner capital, a digit and punctuation between them: more than names have, and what rules ask for."""
_LETTERS = re.compile(r"[A-Za-z]+", re.ASCII)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{4,}", re.IGNORECASE)
_WORDS_WITH_NUMBER = re.compile(r"(?=.{8})(?:[A-Za-z]{5,}[_.-]?\d{2,4}|(?=.{10})[a-z]{4,}[A-Z][a-z]{2,}\d)", re.ASCII)
_WEAK = re.compile(r"[A-Za-z]{4,}\d{1,4}", re.ASCII)
_CODE_NAME = re.compile(
    r"(?i:sha|md|aes|rsa|base|utf|int|float|uint|bit|hex|iso|cp|latin|windows|unicode|key|user|name|value|test|example"
    r"|token|login|auth|secret|passw|hash|string|field|input|host|server|version)\w*\d\Z|\D(?:16|32|64|128|256|512)\Z",
    re.ASCII,
)
"""What names in code end with; a password has other words in front of its digits."""
_HYPHENATED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])[A-Za-z]{3,}(?:[-!][A-Za-z]{2,})+", re.ASCII)
"""Words that are no name in code: `toor-Biscuit`."""
_IN_WORD = re.compile(r"[a-z]\d[a-z]")
_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Za-z])", re.DOTALL)
_PUNCTUATION = re.compile(r"[!@#$%^&*?+=~]")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def entropy(text: str) -> float:
    """Return the bits of entropy per character of `text`, from how often each character occurs in it."""
    return -sum(count / len(text) * log2(count / len(text)) for count in Counter(text).values())


def is_example_password(value: str) -> bool:
    """Return whether `value` is one of the words that documentation and tests write for a password."""
    return value.lower() in _EXAMPLE_PASSWORDS or "password" in value.lower()


def is_placeholder(value: str) -> bool:
    """Return whether `value` refers to a secret or stands in its place."""
    value = value[:_JUDGED_CHARS]
    return bool(
        len(set(value)) < _MIN_DIFFERENT
        or _TEMPLATE.search(value)
        or _REFERENCE.match(value)
        or _PLACEHOLDER.search(value.lower())
    )


def is_random(value: str) -> bool:
    """Return whether `value` looks generated: long, of letters and digits, and not the name of something."""
    value = value[:_JUDGED_CHARS]
    if _UUID.fullmatch(value):
        return True
    if len(value) < _RANDOM_CHARS or not value.isascii() or _CODE.search(value.rstrip("=")) or not _MIXED.match(value):
        return False
    if entropy(value) < _RANDOM_BITS or _IDENTIFIER.fullmatch(value) or _DOTTED.fullmatch(value):
        return False
    if not any(map(_MIXED.match, _SEGMENTS.split(value.rstrip("=")))):
        return False
    parts = _PART.findall(value)
    return sum(map(len, parts)) <= _RANDOM_PART_CHARS * len(parts) or not _is_wordy(value)


def is_scrambled(value: str) -> bool:
    """Return whether `value` is many letters that make no words: `XkPqRtZwLmNbVcYd`."""
    value = value[:_JUDGED_CHARS]
    if len(value) < _RANDOM_CHARS or not _LETTERS.fullmatch(value) or entropy(value) < _RANDOM_BITS:
        return False
    changes = sum(first.islower() != second.islower() for first, second in pairwise(value))
    clustered = sum(map(len, _CONSONANTS.findall(value)))
    return not _is_wordy(value) and max(changes, clustered) * 3 >= len(value)


def is_password(value: str) -> bool:
    """Return whether `value` looks like a password that a person chose: letters with digits or punctuation in them."""
    value = value[:_JUDGED_CHARS]
    if len(value) < MIN_CHARS or _CODE.search(value.rstrip("=")):
        return False
    if _CONSTANT.fullmatch(value) or (_NAME_OF_SECRET.fullmatch(value) and not _IN_WORD.search(value)):
        return False
    if _WORDS_WITH_NUMBER.fullmatch(value):
        return not _CODE_NAME.search(value)
    if _MIXED.match(value):
        return bool(_STRONG.fullmatch(value)) or not _IDENTIFIER.fullmatch(value)
    return bool(_PUNCTUATION.search(value[1:-1]) and any(map(str.isalpha, value)) and not _IDENTIFIER.fullmatch(value))


def is_strong(value: str) -> bool:
    """Return whether `value` is a word with digits in it and no name in code, as passwords that are printed are."""
    return not is_placeholder(value) and bool(_MIXED.match(value)) and not _CODE_NAME.search(value)


def is_long(value: str) -> bool:
    """Return whether `value` is words with digits, or with capitals and hyphens, as long as passwords have to be."""
    if len(value) < _LONG_CHARS or any(map(str.isspace, value)):
        return False
    return is_strong(value) or bool(_HYPHENATED.fullmatch(value))


def is_chosen(value: str) -> bool:
    """Return whether `value` is letters with a number behind them, as weak passwords are: `hunter2`."""
    return bool(_WEAK.fullmatch(value)) and not _CODE_NAME.search(value) and not is_placeholder(value)


def holds_userinfo(value: str) -> bool:
    """Return whether `value` is a name and a password, with a colon between them, in base64."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    user, colon, password = decoded.decode("utf-8", "replace").partition(":")
    if not (user and colon and password and len(decoded) > MIN_CHARS and (user + password).isprintable()):
        return False
    return decoded.isascii() and not is_example_password(password) and not is_placeholder(password)


def _is_wordy(value: str) -> bool:
    """Return whether half of `value` is words, as in a path or the name of a type."""
    return sum(len(word) for word in _WORD.findall(value) if _SPOKEN.match(word)) * 2 >= len(value)
