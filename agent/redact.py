"""Secrets out of events, before they are written.

Two sorts are known: tokens of well-known shapes, and the values of environment variables that are named like
secrets. Each is replaced by `[redacted:KIND]`. A cheap search for fixed substrings in the encoded line comes
first, so that the ordinary line costs a microsecond; only a line with a hit is taken apart.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_MIN_VALUE_CHARS = 8
"""A shorter value ("true", "1234") would redact half of every file."""

_SHAPES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # kind, pattern, substrings one of which every match contains
    (
        "private_key",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)",
        ("PRIVATE KEY",),
    ),
    ("anthropic_key", r"\bsk-ant-[\w-]{16,}", ("sk-ant-",)),
    ("openai_key", r"\bsk-[\w-]{20,}", ("sk-",)),
    ("stripe_key", r"\b[sr]k_(?:live|test)_\w{16,}", ("k_live_", "k_test_")),
    (
        "github_token",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    ),
    ("gitlab_token", r"\bglpat-[\w-]{20,}", ("glpat-",)),
    ("slack_token", r"\bxox[abeoprs]-[\w-]{10,}", ("xox",)),
    ("aws_key_id", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", ("AKIA", "ASIA")),
    ("google_key", r"\bAIza[\w-]{35}", ("AIza",)),
    ("npm_token", r"\bnpm_[A-Za-z0-9]{36}", ("npm_",)),
    ("pypi_token", r"\bpypi-AgE[\w-]{50,}", ("pypi-AgE",)),
    ("huggingface_token", r"\bhf_[A-Za-z0-9]{30,}", ("hf_",)),
    ("sendgrid_key", r"\bSG\.[\w-]{16,}\.[\w-]{16,}", ("SG.",)),
    ("jwt", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+", (".eyJ",)),
    ("bearer", r"(?i:\bbearer[ \t]+)[\w.~+/-]{20,}=*", ("earer ", "EARER ", "earer\\t")),
    ("url_password", r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)", ("://",)),
)
_PATTERN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern, _ in _SHAPES), re.DOTALL)
_MARKS = tuple(mark.encode() for _, _, marks in _SHAPES for mark in marks if mark != "://")
_URL_MARK, _URL_END = b"://", b"@"

_BEGINNINGS = (
    "-----BEGIN ", "sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
    "github_pat_", "glpat-", "xox", "AKIA", "ASIA", "AIza", "npm_", "pypi-AgE", "hf_", "SG.", "eyJ",
)  # fmt: skip
_OPEN_TOKEN = re.compile(
    r"(?:-----BEGIN (?:(?!-----END [A-Z0-9 ]*PRIVATE KEY-----).)*"
    r"|(?<!\w)(?:" + "|".join(re.escape(b) for b in _BEGINNINGS[1:]) + r")[\w.-]*"
    r"|\b[Bb]earer[ \t]+[\w.~+/=-]*"
    r"|\w+://[^\s/@]*)\Z",
    re.DOTALL,
)
_LONGEST_HELD = 8192
"""No secret is longer (a 4096-bit key in PEM has 3.2 KB); beyond it text flows on."""

# fmt: off
_SECRET_WORDS = frozenset((
    "KEY", "KEYS", "APIKEY", "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASS",
    "PASSPHRASE", "CREDENTIAL", "CREDENTIALS", "AUTH",
))
# fmt: on
_SECRET_ENDINGS = ("PASSWORD", "TOKEN", "SECRET", "APIKEY", "PASSPHRASE")
_HARMLESS_ENDINGS = ("_SOCK", "_FILE", "_PATH", "_DIR", "_ID", "_URL")


def names_a_secret(variable: str) -> bool:
    """Whether an environment variable of this name usually holds a secret: `GITHUB_TOKEN` does, `KEYBOARD` does not."""
    name = variable.upper()
    if name.endswith(_HARMLESS_ENDINGS):
        return False
    return not _SECRET_WORDS.isdisjoint(name.split("_")) or name.endswith(_SECRET_ENDINGS)


class Redactor:
    """Replaces secrets in strings. `environment` is where to look for the values to hide."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {
            form: f"[redacted:{name}]"
            for name, value in sorted(environment.items(), key=lambda item: -len(item[1]))
            if len(value) >= _MIN_VALUE_CHARS and names_a_secret(name)
            for form in _forms(value)
        }
        encoded = {part.encode("utf-8", "replace") for value in self._values for part in (_inside_json(value),)}
        self._marks = (*_MARKS, *sorted(encoded))

    def may_hold_secret(self, encoded: bytes) -> bool:
        """Whether a JSON line deserves a closer look. Fast; errs on the side of looking."""
        for mark in self._marks:
            if mark in encoded:
                return True
        return _URL_MARK in encoded and _URL_END in encoded

    def text(self, text: str) -> str:
        """`text` with every secret in it replaced."""
        for value, replacement in self._values.items():
            if value in text:
                text = text.replace(value, replacement)
        return _PATTERN.sub(lambda match: f"[redacted:{match.lastgroup}]", text)

    def tree(self, value: Any) -> Any:
        """A JSON-like value with every string in it redacted. Keys of inner objects count as text, too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key) if isinstance(key, str) else key: self.tree(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.tree(inner) for inner in value]
        return value

    def hold_back(self, text: str) -> int:
        """How many characters at the end of `text` could be the beginning of a secret that goes on.

        A model writes in pieces; a secret cut in two must not slip through as two harmless halves.
        """
        tail = text[-_LONGEST_HELD:]
        open_token = _OPEN_TOKEN.search(tail)
        held = len(tail) - open_token.start() if open_token else 0
        for beginning in (*self._values, *_BEGINNINGS):
            held = max(held, _overlap(tail, beginning))
        return held if held < _LONGEST_HELD else 0


def _forms(value: str) -> Iterable[str]:
    """The value itself, and as it stands in JSON text that a tool printed."""
    inside = _inside_json(value)
    return (value,) if inside == value else (inside, value)


def _inside_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _overlap(text: str, beginning: str) -> int:
    """The length of the longest end of `text` that `beginning` starts with, short of the whole of it."""
    for length in range(min(len(text), len(beginning) - 1), 0, -1):
        if text.endswith(beginning[:length]):
            return length
    return 0
