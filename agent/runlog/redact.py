"""Replaces secrets in lines before they are written.

Two kinds are recognized: tokens of well-known shapes, and the values of environment variables whose names suggest a
secret. Each is replaced by `[redacted:KIND]`. A cheap search for clues in the encoded data comes first, so that an
ordinary event costs half a microsecond; only an event with a clue is decoded and searched.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from agent.runlog.encoder import LINE_END, TOO_DEEP, EncodedLine, json_value, replace_surrogates

_MIN_VALUE_CHARS = 8
"""A shorter value ("true", "1234") would redact half of every file."""

_START = r"(?:(?<![A-Za-z0-9_])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
"""The beginning of a word, which may follow an escape sequence of JSON, or of a URL quoted as text."""


class _Shape(NamedTuple):
    """One kind of token. Every match of `pattern` contains a match of one of the `clues`, even when encoded as JSON.

    A clue begins with a fixed, preferably rare character, because such a search is several times faster.
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

_TOKEN_PREFIXES = (
    "sk-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_",
    "glpat-", "xox", "AKIA", "ASIA", "AIza", "npm_", "pypi-AgE", "hf_", "SG.", "eyJ",
)  # fmt: skip
_PREFIXES = (*_TOKEN_PREFIXES, "-----BEGIN ", "Bearer ", "bearer ", "BEARER ", "://")
_UNFINISHED = re.compile(
    r"(?:-----BEGIN [A-Z0-9 ]*(?:-{0,4}|PRIVATE KEY-----(?:(?!-----END [A-Z0-9 ]*PRIVATE KEY-----).)*)"
    r"|(?:" + "|".join(map(re.escape, _TOKEN_PREFIXES)) + r")[\w.-]*"
    r"|(?:[Bb]earer|BEARER)[ \t]+[\w.~+/=-]*"
    r"|://[^\s/@]*"
    r"|\\(?:u[0-9a-f]{0,3})?|%[0-9A-Fa-f]?)\Z",
    re.DOTALL | re.ASCII,
)
_MAX_PENDING_CHARS = 8192
"""No secret is longer (a 4096-bit key in PEM has 3.2 KB); a longer candidate is written."""

_PIECE_CHARS = 64 * 1024
"""Characters of a long text that are redacted at once, so that other threads can run in between."""

_LINE_BREAKS = tuple((char.encode(), f"\\u{ord(char):04x}".encode()) for char in "\u0085\u2028\u2029")
"""Not line ends in NDJSON, but many readers (Node's readline, `str.splitlines`) break lines there."""

# fmt: off
_SECRET_WORDS = frozenset((
    "KEY", "KEYS", "APIKEY", "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASS",
    "PASSPHRASE", "CREDENTIAL", "CREDENTIALS", "AUTH",
))
# fmt: on
_SECRET_SUFFIXES = ("PASSWORD", "TOKEN", "SECRET", "APIKEY", "PASSPHRASE")
_HARMLESS_SUFFIXES = ("_SOCK", "_FILE", "_PATH", "_DIR", "_ID", "_URL")


def is_secret_name(variable: str) -> bool:
    """Return whether an environment variable of this name usually holds a secret: `GITHUB_TOKEN`, not `KEYBOARD`."""
    name = variable.upper()
    if name.endswith(_HARMLESS_SUFFIXES):
        return False
    return not _SECRET_WORDS.isdisjoint(name.split("_")) or name.endswith(_SECRET_SUFFIXES)


class Redactor:
    """Replaces secrets in strings, among them the secret values of the variables in `environment`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {
            form: f"[redacted:{name}]"
            for name, value in sorted(environment.items(), key=lambda item: -len(item[1]))
            if len(value) >= _MIN_VALUE_CHARS and is_secret_name(name)
            for form in _encoded_forms(value)
        }
        clues = (re.compile(re.escape(_json_string(value).encode())) for value in self._values)
        self._searches = tuple(clue.search for clue in (*_CLUES, *clues))

    def may_contain_secret(self, encoded: bytes) -> bool:
        """Return whether JSON data must be decoded and searched. Fast; has false positives, but no false negatives."""
        for search in self._searches:  # noqa: SIM110 - any() takes 50 % longer, and every event is searched
            if search(encoded):
                return True
        return False

    def redact(self, text: str) -> str:
        """Return `text` with every secret replaced."""
        for value, replacement in self._values.items():
            if value in text:
                text = text.replace(value, replacement)
        for replacement, pattern, clues in _PATTERNS:
            if any(clue.search(text) for clue in clues):
                text = pattern.sub(replacement, text)
        return text

    def redact_long(self, text: str) -> str:
        """Do the same as `redact`, in a thread, but let other threads run while a very long text is redacted."""
        redacted, pending = [], ""
        for start in range(0, len(text), _PIECE_CHARS):
            piece = pending + text[start : start + _PIECE_CHARS]
            end = len(piece) - self.pending_secret_length(piece)
            redacted.append(self.redact(piece[:end]))
            pending = piece[end:]
        return "".join((*redacted, self.redact(pending)))

    def redact_values(self, value: Any) -> Any:
        """Return a JSON value with every string in it redacted, including the keys of objects."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {
                self.redact(key) if isinstance(key, str) else key: self.redact_values(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.redact_values(inner) for inner in value]
        return value

    def pending_secret_length(self, text: str) -> int:
        """Return how many characters at the end of `text` may be the beginning of a secret that continues.

        A model writes in pieces; a secret that is cut in two must not be written as two harmless halves.
        """
        tail = text[-_MAX_PENDING_CHARS:]
        unfinished = _UNFINISHED.search(tail)
        length = len(tail) - unfinished.start() if unfinished else 0
        for beginning in (*self._values, *_PREFIXES):
            length = max(length, _overlap(tail, beginning))
        if not length:
            return 0
        length = len(tail) - self._before_secrets(tail, len(tail) - length)
        return length if length < _MAX_PENDING_CHARS else 0

    def _before_secrets(self, text: str, cut: int) -> int:
        """Move `cut` to the left until it splits no secret of `text`."""
        spans = sorted(self._secret_spans(text), reverse=True)
        moved = True
        while moved:
            moved = False
            for start, end in spans:
                if start < cut < end:
                    cut, moved = start, True
        return cut

    def _secret_spans(self, text: str) -> Iterator[tuple[int, int]]:
        values = (re.compile(re.escape(value)) for value in self._values if value in text)
        for pattern in chain(values, (pattern for _, pattern, _ in _PATTERNS)):
            yield from (match.span() for match in pattern.finditer(text))


class LineCleaner:
    """Turns encoded lines into the bytes of the file: without secrets, and without other line separators in a line."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._encoder = msgspec.json.Encoder()

    def clean(self, lines: Iterable[EncodedLine]) -> bytes:
        """Return the bytes to write. Only `data` is redacted; the envelopes stay as they are."""
        if self._redactor.may_contain_secret(b"\n".join([data for _, data in lines])):
            lines = [(envelope, self._redacted(data)) for envelope, data in lines]
        cleaned = b"".join([part for envelope, data in lines for part in (envelope, data, LINE_END)])
        if not cleaned.isascii():
            for char, escape in _LINE_BREAKS:
                cleaned = cleaned.replace(char, escape)
        return cleaned

    def _redacted(self, data: bytes) -> bytes:
        if not self._redactor.may_contain_secret(data):
            return data
        try:
            fields = json_value(msgspec.json.decode(data))
        except RecursionError:
            fields = {"message": TOO_DEEP}
        return self._encoder.encode({name: self._redactor.redact_values(value) for name, value in fields.items()})


def _encoded_forms(value: str) -> list[str]:
    """Return the value itself, as encoded in JSON, and as encoded in JSON within JSON, longest first."""
    value = replace_surrogates(value)  # an environment may hold any bytes
    forms = {value}
    for ascii_only in (True, False):
        once = _json_string(value, ascii_only=ascii_only)
        forms |= {once, _json_string(once, ascii_only=ascii_only)}
    return sorted(forms, key=len, reverse=True)


def _json_string(value: str, *, ascii_only: bool = False) -> str:
    """Return `value` as JSON encodes it, without the quotes."""
    return json.dumps(value, ensure_ascii=ascii_only)[1:-1]


def _overlap(text: str, beginning: str) -> int:
    """Return the length of the longest suffix of `text` that is a prefix of `beginning`, but not all of it."""
    for length in range(min(len(text), len(beginning) - 1), 0, -1):
        if text.endswith(beginning[:length]):
            return length
    return 0
