"""Finds how much of the end of a text may be the beginning of a secret that the next piece of the text continues."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from agent.runlog.clues import compile_expression

MAX_CHARS = 96 * 1024
"""No secret is longer: 64 KiB in base64, in lines, have 89,000 characters. A longer candidate is written."""

_SPACE = r"(?:\s|\\+[nrt])"
_QUOTE = r"(?:\\*[\"'`])?"
_VALUE = r"[^\s\"'`,;<>]*"


def _beginnings(words: Iterable[str]) -> str:
    """Return an expression for every beginning of the words, the words included."""
    return "|".join(sorted({re.escape(word[:length]) for word in words for length in range(1, len(word) + 1)}))


_NAME = r"(?i:pass|hash_salt|pwd|secret|mnemonic|token|cred|auth|key|psk|pat|sig|dsn|otp|jwt)(?:[\w.-]*\w)?"
_YAML = rf"(?:(?:[&!][\w!]*|[|>][+-]?){_SPACE}*)?"
_NAMED = (
    rf"{_NAME}(?:{_QUOTE}\]?[ \t]*(?::[ \t]*[\w.\[\]&]*[ \t]*)?"
    rf"(?:(?:=>?|:=?|:[*_]{{1,2}}|={{1,3}}|,|\||<?/?>){_SPACE}*{_YAML}[bBrRuU@]?{_QUOTE}{_VALUE})?)?"
)
"""A name, and perhaps what gives it a value, and the beginning of that."""
_NAMED_VALUE = (
    rf"{_NAME}(?:\\*[\"'])?,?(?:<?/?key>?|>)?{_SPACE}*(?:<|\\*[\"'])?(?:(?i:{_beginnings(['value', 'string'])}))?"
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
_CONSTANT = (
    r"\b[A-Z\d_]*(?:PASS|PWD|SECRET|MNEMONIC|TOKEN|CRED|AUTH|KEY|PSK|PAT|SIG|DSN|OTP|JWT)[A-Z\d_]*"
    rf"{_SPACE}+{_QUOTE}{_VALUE}"
)
"""The name of a variable, and the beginning of what stands behind it."""
_INTRODUCTIONS = (
    "bearer|basic|machine|login|account|curl|etcdctl|convertto-securestring|mongo|mongosh|sshpass|mysql|redis-cli"
    "|docker login|identified by"
)
"""Words behind which a secret may stand, after a space."""
_RUN = r"[\w.+/=~$:%@|-]"
_WORDS = (
    rf"\\?{_RUN}*[\w+/=~$%@|-]",
    rf"\\?{_RUN}*(?:[A-Z\d_+/=~$%@|-]|[.:]{_RUN}){_RUN}*",
    r"\\?\b(?:[a-z]k|[a-z]at|dp|hv[a-z]|mlsn|s|sl|sc|ext|xoxe)\.",
)
"""The last word: a token may begin with any characters and be cut behind the first. A word that ends with a full stop
or a colon is complete, unless it looks like no word, or tokens begin so.
"""
_ENDINGS = (
    _NAMED,
    _NAMED_VALUE,
    _OPTION,
    _CONSTANT,
    rf"{_NAME}[ ](?:i|is|f|fo|for|for[ ][\w.@-]*:?)(?:[ ]{_QUOTE}{_VALUE})?",
    r"\b(?:[sg]et\w*|put|add\w*)\([^\n()]*",
    r"\bdefine[ \t][^\n]*",
    r"(?i:mnemonic|(?:seed|recovery)[ _-]?phrase)[^\n]*",
    _PEM,
    r"oracle:thin:[^\s@]*",
    r"Private-Lines:[^\n]*(?:\s+[A-Za-z0-9+/=]*)*",
    _LINES,
    _PAIRS,
    _NETRC,
    rf"(?i:\b(?:{_INTRODUCTIONS}) |\bidentified(?: b?)?|\b(?:docker|podman|helm|skopeo) (?:{_beginnings(['login'])})?)",
    *_WORDS,
    rf"BUNDLE_\w+{_QUOTE}(?:[=:][ ]?)?{_QUOTE}{_VALUE}",
    r"(?:\\+[nrt]|\s|^)--?[\w-]*",
    r"(?:(?i:bearer|basic)|SSWS|AWS4-HMAC-SHA256)[ \t]+[\w.~+/=-]*",
    rf"(?i:authorization){_QUOTE}[ \t]*[:=,]?[ \t]*{_QUOTE}[\w-]*[ \t]*[^\s\"']*",
    rf"(?i:cookie){_QUOTE}[ \t]*[:,]?[ \t]*{_QUOTE}(?:[^\s;=\"']+=[^\s;\"']*;[ \t]*)*[^\s;\"']*",
    r":\\*(?:/\\*(?:/[^\s@\"'<>]*)?)?",
    r"\b(?:curl|etcdctl|ConvertTo-SecureString|sshpass|mongosh?|mysql\w*|mariadb|redis-cli|ldap\w+"
    r"|(?:docker|podman|helm|skopeo) login)[ \t][^|\n]*",
    r"(?i:identified by|password)[ \t]*(?:\\*'[^'\n]*)?",
    r"\\(?:u[0-9a-f]{0,3})?",
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
