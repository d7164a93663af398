"""Secrets out of events, before they are written.

Two sorts are known: tokens of well-known shapes, and the values of environment variables that are named like
secrets. Each is replaced by `[redacted:KIND]`. A cheap search for clues in the encoded data comes first, so that
the ordinary event costs half a microsecond; only one with a clue is taken apart.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from agent.runlog.characters import whole

_MIN_VALUE_CHARS = 8
"""A shorter value ("true", "1234") would redact half of every file."""

_START = r"(?:(?<![A-Za-z0-9_])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
"""Where a word begins: not within another one, but also behind an escape in JSON or a URL that is quoted as text."""


class _Shape(NamedTuple):
    """A sort of token. Every match of `pattern` holds a match of one of the `clues`, also in JSON.

    A clue begins with a fixed character, as rare as can be, because such a search is several times faster.
    """

    kind: str
    pattern: str
    clues: tuple[str, ...]


_SHAPES = (
    _Shape(
        "private_key",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)",
        ("PRIVATE KEY",),
    ),
    _Shape("anthropic_key", r"sk-ant-[\w-]{16,}", ("sk-",)),
    _Shape("openai_key", _START + r"sk-[\w-]{20,}", ("sk-",)),
    _Shape("stripe_key", _START + r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}", ("k_(?:live|test)_",)),
    _Shape("github_token", r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}", ("g(?:h[pousr]|ithub_pat)_",)),
    _Shape("gitlab_token", r"glpat-[\w-]{20,}", ("glpat-",)),
    _Shape("slack_token", r"xox[abeoprs]-[\w-]{10,}", ("xox[abeoprs]-",)),
    _Shape("aws_key_id", r"A[KS]IA[A-Z0-9]{16}(?![A-Z0-9])", ("A[KS]IA",)),
    _Shape("google_key", r"AIza[\w-]{35}", ("AIza",)),
    _Shape("npm_token", r"npm_[A-Za-z0-9]{36}", ("npm_",)),
    _Shape("pypi_token", r"pypi-AgE[\w-]{50,}", ("pypi-AgE",)),
    _Shape("huggingface_token", r"hf_[A-Za-z0-9]{30,}", ("hf_",)),
    _Shape("sendgrid_key", r"SG\.[\w-]{16,}\.[\w-]{16,}", (r"SG\.",)),
    _Shape("jwt", _START + r"(?<!-)eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+", (r"\.eyJ",)),
    _Shape("bearer", r"(?:[Bb]earer|BEARER)[ \t]+[\w.~+/-]{20,}=*", ("earer", "EARER")),
    _Shape("url_password", r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)", (r"://[^\s/@]*@",)),
)
_PATTERNS = tuple(
    (f"[redacted:{shape.kind}]", re.compile(shape.pattern, re.DOTALL | re.ASCII), tuple(map(re.compile, shape.clues)))
    for shape in _SHAPES
)
_CLUES = tuple(re.compile(clue.encode()) for clue in dict.fromkeys(chain.from_iterable(s.clues for s in _SHAPES)))

_TOKEN_BEGINNINGS = (
    "sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_",
    "glpat-", "xox", "AKIA", "ASIA", "AIza", "npm_", "pypi-AgE", "hf_", "SG.", "eyJ",
)  # fmt: skip
_BEGINNINGS = (*_TOKEN_BEGINNINGS, "-----BEGIN ", "Bearer ", "bearer ", "BEARER ", "://")
_OPEN = re.compile(
    r"(?:-----BEGIN [A-Z0-9 ]*(?:-{0,4}|PRIVATE KEY-----(?:(?!-----END [A-Z0-9 ]*PRIVATE KEY-----).)*)"
    r"|(?:" + "|".join(map(re.escape, _TOKEN_BEGINNINGS)) + r")[\w.-]*"
    r"|(?:[Bb]earer|BEARER)[ \t]+[\w.~+/=-]*"
    r"|://[^\s/@]*"
    r"|\\(?:u[0-9a-f]{0,3})?|%[0-9A-Fa-f]?)\Z",
    re.DOTALL | re.ASCII,
)
_LONGEST_HELD = 8192
"""No secret is longer (a 4096-bit key in PEM has 3.2 KB); beyond it text flows on."""

_PIECE_CHARS = 64 * 1024
"""A long text is redacted piece by piece, so that other threads get their turn."""

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
        clues = (re.compile(re.escape(_inside_json(value).encode())) for value in self._values)
        self._searches = tuple(clue.search for clue in (*_CLUES, *clues))

    def may_hold_secret(self, encoded: bytes) -> bool:
        """Whether data in JSON deserves a closer look. Fast; errs on the side of looking."""
        for search in self._searches:  # noqa: SIM110 - any() takes half as long again, and every event comes by here
            if search(encoded):
                return True
        return False

    def text(self, text: str) -> str:
        """`text` with every secret in it replaced."""
        for value, replacement in self._values.items():
            if value in text:
                text = text.replace(value, replacement)
        for replacement, pattern, clues in _PATTERNS:
            if any(clue.search(text) for clue in clues):
                text = pattern.sub(replacement, text)
        return text

    def long_text(self, text: str) -> str:
        """As `text`, for a thread: other threads need not wait for the whole of a very long one."""
        redacted, held = [], ""
        for start in range(0, len(text), _PIECE_CHARS):
            piece = held + text[start : start + _PIECE_CHARS]
            end = len(piece) - self.hold_back(piece)
            redacted.append(self.text(piece[:end]))
            held = piece[end:]
        return "".join((*redacted, self.text(held)))

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
        unfinished = _OPEN.search(tail)
        held = len(tail) - unfinished.start() if unfinished else 0
        for beginning in (*self._values, *_BEGINNINGS):
            held = max(held, _overlap(tail, beginning))
        if not held:
            return 0
        held = len(tail) - self._before_secrets(tail, len(tail) - held)
        return held if held < _LONGEST_HELD else 0

    def _before_secrets(self, text: str, cut: int) -> int:
        """`cut`, moved to the left until no secret of `text` stands on both sides of it."""
        spans = sorted(self._spans(text), reverse=True)
        moved = True
        while moved:
            moved = False
            for start, end in spans:
                if start < cut < end:
                    cut, moved = start, True
        return cut

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        known = (re.compile(re.escape(value)) for value in self._values if value in text)
        for pattern in chain(known, (pattern for _, pattern, _ in _PATTERNS)):
            yield from (match.span() for match in pattern.finditer(text))


def _forms(value: str) -> list[str]:
    """The value itself, and as it stands in JSON, and in JSON within JSON, that a tool printed; longest first."""
    value = whole(value)  # an environment may hold any bytes
    forms = {value}
    for ascii_only in (True, False):
        once = _inside_json(value, ascii_only=ascii_only)
        forms |= {once, _inside_json(once, ascii_only=ascii_only)}
    return sorted(forms, key=len, reverse=True)


def _inside_json(value: str, *, ascii_only: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)[1:-1]


def _overlap(text: str, beginning: str) -> int:
    """The length of the longest end of `text` that `beginning` starts with, short of the whole of it."""
    for length in range(min(len(text), len(beginning) - 1), 0, -1):
        if text.endswith(beginning[:length]):
            return length
    return 0
