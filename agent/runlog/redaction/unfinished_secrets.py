"""Finds how much of the end of a text may be the beginning of a secret that the next piece of the text continues.

Only the secret itself has to wait: what says that it is one, such as a name in front of it, is remembered. Nearly every
secret is one word, so what waits is the last word, and more only where a secret has spaces or is told by what follows.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from agent.runlog.redaction.command_secrets import COMMANDS
from agent.runlog.redaction.expressions import compile_expression
from agent.runlog.redaction.listed_secrets import FIRST_CODE

MAX_CHARS = 96 * 1024
"""No secret is longer: 64 KiB in base64, in lines, have 89,000 characters. A longer candidate is written."""

_NAME = (
    r"(?i:pass|pw|encrypt|seed|code_verifier|kennwort|contrase|hash_salt|secret|mnemonic"
    r"|token|cred|auth|key|psk|pat|sig|dsn|otp|jwt|login|cookie|bearer|basic|identified)"
)
_VALUE = r"[^\s\"'`]"
_NAMED = rf"(?:{_NAME}|\b(?:{COMMANDS})\b)[^\n]{{0,200}}?(?:[\s\"'`=:,(>/]|\\[nrt]){_VALUE}{{1,32}}"
"""A value that may have any character, in the line of a name of a secret, or of a command with passwords."""
_PEM = (
    r"-----BEGIN [A-Za-z0-9 ]*(?:-{0,4}|(?:PRIVATE KEY|Static key|NKEY SEED|NATS USER JWT)[A-Za-z0-9 ]*-*"
    r"(?:[^-]|-[^-])*-{0,4}(?:-----E?N?D?[A-Za-z0-9 ]*-{0,4})?)"
)
_LINES = r"[A-Za-z0-9+/]{60}(?:[A-Za-z0-9+/]|\r?\n|\\+n)*=*"
_RUN = r"[\w.+/=~$:%@|!#?^&*-]"
_WORDS = (
    rf"\\?{_RUN}*[A-Za-z0-9](?:{_RUN}*[\w+/=~$%@|#^&*-])?",
    rf"\\?{_RUN}*(?:[A-Z\d]|[a-z][_+/=~$%@|.:!?-]+[A-Za-z0-9]){_RUN}*",
    r"\\?\b(?:[a-z]k|[a-z]at|dp|hv[a-z]|mlsn|s|sl|sc|ext|xoxe)\.",
)
"""The last word: a token may begin with any characters and be cut behind the first. A word that ends with a full stop
or a colon is complete, unless it looks like no word, or tokens begin so.
"""
_ENDINGS = (
    *_WORDS,
    r"-{1,5}(?:B|BE|BEG|BEGI|BEGIN)?",
    _PEM,
    r"Private-Lines:[^\n]*(?:\s+[A-Za-z0-9+/=]*)*",
    _LINES,
    r"django-insecure-[^\s\"'\\]*",
    r":\\*(?:/\\*(?:/[^\s@\"'<>]*)?)?",
    r"\\(?:u[0-9a-f]{0,3})?",
)
_READERS = (
    r"sudo|chpasswd|passwd|kinit|cryptsetup|smbpasswd|vault|su|docker|podman|helm|gh|glab|gpg|openssl|skopeo|crane"
)
_SEVERAL_WORDS = {
    ("mnemonic", "phrase"): re.compile(r"(?i:mnemonic|phrase)[^a-z\n]{1,8}(?P<held>(?:[a-z]{3,8} ){0,24}[a-z]{0,8})\Z"),
    ("_key", "_salt"): re.compile(r"(?:AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)\\*',[ \t]*\\*'(?P<held>[^'\n]*)\Z"),
    ("echo", "printf"): re.compile(
        r"(?:echo|printf)[ ]+(?:-[neE]+[ ]+)*(?:\\*[\"']%s(?:\\+n)?\\*[\"'][ ]+)?\\*[\"']?(?P<held>[^\s\"'\\$|<]{4,40}"
        rf"(?:\\+n)?\\*[\"']?[ ]*(?:\|[ ]*(?:\w*|(?:{_READERS})[ ][^\n|]{{0,60}}))?)\Z"
    ),
    ("code",): FIRST_CODE,
}
"""What may be the beginning of a secret of several words, or of one that is told by what follows, and words in it."""
_SEVERAL_CHARS = 400


class UnfinishedSecrets:
    """Knows how secrets begin, also the `values` of variables."""

    def __init__(self, values: Iterable[str], *, words: bool = False) -> None:
        """With `words`, a whole word may be a secret, whatever it begins with."""
        self._values = tuple(values)
        self._words = words

    def start(self, text: str) -> int:
        """Return where what may be unfinished begins; the length of `text` if there is nothing of the kind."""
        encoded = text.encode("utf-8", "surrogatepass")
        match = _expression(words=self._words).search(encoded)
        length = 0 if match is None else len(encoded[match.start() :].decode("utf-8", "surrogatepass"))
        length = max([length, *(_overlap(text, value) for value in self._values)])
        starts = [_behind_path(text, len(text) - length), *_starts_of_several_words(text)]
        if self.is_named(text):
            starts.append(_last_value(text))
        return min(starts)

    def is_named(self, text: str) -> bool:
        """Return whether the end of `text` stands behind the name of a secret, in the same line."""
        return bool(_named().search(text[-_SEVERAL_CHARS:].encode("utf-8", "surrogatepass")))


def _starts_of_several_words(text: str) -> Iterator[int]:
    begin = max(0, len(text) - _SEVERAL_CHARS)
    end = text[begin:].lower()
    for words, pattern in _SEVERAL_WORDS.items():
        if any(word in end for word in words) and (match := pattern.search(text, begin)):
            yield match.start("held")


def _last_value(text: str) -> int:
    match = _LAST_VALUE.search(text, max(0, len(text) - _SEVERAL_CHARS))
    return match.start() if match else len(text)


def _behind_path(text: str, start: int) -> int:
    """Return the end of the directories at `start`, which are no part of a secret; `start` if there are none."""
    match = _PATH.match(text, start)
    return match.end() if match else start


_LAST_VALUE = re.compile(rf"(?:^|(?<=[\s\"'`=:,(>/])){_VALUE}{{1,32}}\Z")
_PATH = re.compile(r"[~.]?/?(?:[a-z_.-]{2,}(?:/|::|:/+))+", re.ASCII)


@cache
def _named() -> Any:
    return compile_expression(rf"(?:{_NAMED})\z")


@cache
def _expression(*, words: bool) -> Any:
    endings = (*_ENDINGS, r"\S+") if words else _ENDINGS
    return compile_expression("(?:" + "|".join(f"(?:{ending})" for ending in endings) + r")\z")


def _overlap(text: str, beginning: str) -> int:
    """Return the length of the longest suffix of `text` that is a prefix of `beginning`, but not all of it."""
    for length in range(min(len(text), len(beginning) - 1), 0, -1):
        if text.endswith(beginning[:length]):
            return length
    return 0
