"""Finds how much of the end of a text may be the beginning of a secret that the next piece of the text continues."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from agent.runlog.clues import compile_expression
from agent.runlog.named_secrets import KEYWORDS
from agent.runlog.token_shapes import PREFIXES

MAX_CHARS = 96 * 1024
"""No secret is longer: 64 KiB in base64, in lines, have 89,000 characters. A longer candidate is written."""

_SPACE = r"(?:\s|\\+[nrt])"
_QUOTE = r"(?:\\*[\"'`])?"
_VALUE = r"[^\s\"'`,;<>]*"
_BEGIN = r"(?:\b|_|\\[nrt])"


def _beginnings(words: Iterable[str]) -> str:
    """Return an expression for every beginning of the words, the words included."""
    return "|".join(sorted({re.escape(word[:length]) for word in words for length in range(1, len(word) + 1)}))


_NAME = r"(?i:pass|pwd|secret|mnemonic|token|cred|auth|key|psk|pat|sig|dsn|otp|jwt)(?:[\w.-]*\w)?"
_NAMED = (
    rf"{_NAME}(?:{_QUOTE}\]?[ \t]*(?::[ \t]*[\w.\[\]]*[ \t]*)?"
    rf"(?:(?:=>?|:=?|={{1,3}}|,|<?/?>){_SPACE}*[bBrRuU@]?{_QUOTE}{_VALUE})?)?"
)
"""A name, and perhaps what gives it a value, and the beginning of that."""
_NAMED_VALUE = (
    rf"{_NAME}(?:\\*[\"'])?,?(?:<?/?key>?)?{_SPACE}*(?:<|\\*[\"'])?(?:{_beginnings(['value', 'string'])})?"
    rf"(?:\\*[\"'])?>?[ \t]*[:=]?[ \t]*{_QUOTE}{_VALUE}"
)
_OPTION = rf"--?(?:\w+[-_])*{_NAME}[ \t]+{_QUOTE}{_VALUE}"
_PEM = (
    r"-----BEGIN [A-Za-z0-9 ]*(?:-{0,4}|(?:PRIVATE KEY|Static key|NKEY SEED|NATS USER JWT)[A-Za-z0-9 ]*-*"
    r"(?:[^-]|-[^-])*-{0,4}(?:-----E?N?D?[A-Za-z0-9 ]*-{0,4})?)"
)
_LINES = r"[A-Za-z0-9+/]{60}(?:[A-Za-z0-9+/]|\r?\n|\\+n)*=*"
_PAIRS = (
    r"\b(?i:server|data source|host|hostaddr|dbname|user id|uid|user|driver|endpoint|defaultendpointsprotocol"
    r"|accountname)=[^\s\"][^\n\"]*"
)
_NETRC = (
    rf"(?:machine|login|account){_SPACE}+\S*(?:{_SPACE}+(?:login|account){_SPACE}+\S*)?"
    rf"(?:{_SPACE}*|{_SPACE}+(?:{_beginnings(['login', 'account', 'password'])})|{_SPACE}+password{_SPACE}+\S*)"
)
_RUN = r"[\w.+/=~$:%@-]"
_CONTEXT_WORDS = (
    *PREFIXES,
    *(
        f"{word} "
        for word in [
            "Bearer",
            "bearer",
            "BEARER",
            "Basic",
            "basic",
            "machine",
            "login",
            "account",
            "curl",
            "sshpass",
            "mysql",
            "redis-cli",
        ]
    ),
    "docker login ",
    "IDENTIFIED BY ",
    "identified by ",
)
_LONG_BEGINNINGS = sorted(
    word[:length] for word in ("password", "passwd", "secret", "token", "apikey") for length in range(3, len(word))
)
"""They also count in the middle of a word, as in `PGPASSWORD`."""
_MID_WORD = (
    "sk-an", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "githu", "glpat", "glptt", "gldt-", "glrt-", "glcbt", "GR134",
    "xoxb-", "xoxp-", "xoxa-", "xoxe-", "xoxs-", "xapp-", "AKIA", "ASIA", "ABSK", "amzn.", "AIza", "GOCSP", "ya29.",
    "npm_", "pypi-", "hf_", "api_o", "SG.",
)  # fmt: skip
"""Beginnings of tokens that count in the middle of a word (`secret_rules`); longer words wait in any case."""
_ENDINGS = (
    _NAMED,
    _NAMED_VALUE,
    _OPTION,
    _PEM,
    r"Private-Lines:[^\n]*(?:\s+[A-Za-z0-9+/=]*)*",
    _LINES,
    _PAIRS,
    _NETRC,
    rf"{_BEGIN}(?i:{_beginnings(KEYWORDS)})",
    rf"(?i:{'|'.join(_LONG_BEGINNINGS)})",
    rf"(?:\b|\\[nrt])(?:{_beginnings(_CONTEXT_WORDS)})",
    rf"(?:{_beginnings(['-----BEGIN '])})",
    rf"(?:{_beginnings(_MID_WORD)})",
    rf"(?:\b|\\[nrt])(?:{'|'.join(map(re.escape, PREFIXES))}){_RUN}*",
    rf"\\?{_RUN}*[+/=~$%_@:-]{_RUN}*",
    rf"\\?{_RUN}{{6,}}",
    r"\\?\b(?:\w{1,2}|[A-Z0-9]\w{2,3}|\w[A-Z0-9]\w{1,2}|\w{2}[A-Z0-9]\w?|\w{3}[A-Z0-9])",
    r"(?:\\+[nrt]|\s|^)--?[\w-]*",
    r"(?:(?i:bearer|basic)|SSWS|AWS4-HMAC-SHA256)[ \t]+[\w.~+/=-]*",
    rf"(?i:authorization){_QUOTE}[ \t]*[:=,]?[ \t]*{_QUOTE}[\w-]*[ \t]*[^\s\"']*",
    rf"(?i:cookie){_QUOTE}[ \t]*[:,]?[ \t]*{_QUOTE}(?:[^\s;=\"']+=[^\s;\"']*;[ \t]*)*[^\s;\"']*",
    r":\\*(?:/\\*(?:/[^\s@\"'<>]*)?)?",
    r"\b(?:curl|sshpass|mysql\w*|mariadb|redis-cli|ldap\w+|(?:docker|podman|helm|skopeo) login)[ \t][^|\n]*",
    r"(?i:identified by|password)[ \t]*(?:\\*'[^'\n]*)?",
    r"\\(?:u[0-9a-f]{0,3})?|%[0-9A-Fa-f]?",
)


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
        return len(text) - max([length, *(_overlap(text, value) for value in self._values)])


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
