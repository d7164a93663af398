"""Replaces secrets in lines before they are written.

Three kinds are recognized: tokens of well-known shapes, values behind a name or in a place of a secret
(`secret_rules`), and the values of environment variables whose names suggest a secret. Each is replaced by
`[redacted:KIND]`. One pass over the encoded data finds where their clues begin (`clues`), so that an ordinary event
costs little; only an event with a clue is decoded and searched.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec

from agent.runlog.encoder import LINE_END, TOO_DEEP, EncodedLine, json_value, replace_surrogates
from agent.runlog.redaction.clues import ClueFinder, Rule
from agent.runlog.redaction.encoded_text import CLUE as BASE64_CLUE
from agent.runlog.redaction.encoded_text import encoded_texts
from agent.runlog.redaction.named_secrets import is_secret_member, value_of
from agent.runlog.redaction.redact_settings import RedactSettings
from agent.runlog.redaction.secret_rules import RULES
from agent.runlog.redaction.secret_values import is_placeholder
from agent.runlog.redaction.text_pieces import Piece, TextEnd, TextPieces, recent
from agent.runlog.redaction.unfinished_secrets import MAX_CHARS, UnfinishedSecrets

_MIN_VALUE_CHARS = 8
"""A shorter value ("true", "1234") would redact half of every file."""

_NO_SETTINGS = RedactSettings()
_MAX_DEPTH = 2
"""A text in base64 is searched, and one in that."""
_PATTERN_RANK = -1
"""What a project adds comes before all rules."""

_SAME_WORD = re.compile(r"[\w-]*\Z", re.ASCII)
"""What stands in front of a name in the same word may say that it is not that of a secret, or that it is a variable."""
_MAX_NAME_CHARS = 256

_MAX_CUT_CHARS = 8
"""A held back end of a text that was cut off is written if it is shorter: hardly any secret is."""
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


class Span(NamedTuple):
    """A secret in a text, and its kind."""

    start: int
    end: int
    kind: str


class Redactor:
    """Replaces secrets in strings, among them the secret values of the variables in `environment`."""

    def __init__(self, environment: Mapping[str, str], settings: RedactSettings = _NO_SETTINGS) -> None:
        """With the `settings` of a project."""
        secrets = [(value, name) for name, value in environment.items() if is_secret_name(name)]
        secrets = [(value, name) for value, name in secrets if len(value) >= _MIN_VALUE_CHARS]
        secrets += [(value, "value") for value in settings.values]
        self._values = {
            form: name
            for value, name in sorted(secrets, key=lambda secret: -len(secret[0]))
            for form in _encoded_forms(value)
        }
        self._settings = settings
        self._rules, self._clues = _rules(settings.names, tuple(self._values.items()))
        self._unfinished = UnfinishedSecrets(self._values, words=bool(settings.names or settings.patterns))

    def may_contain_secret(self, encoded: bytes) -> bool:
        """Return whether JSON data must be decoded and searched. Fast; has false positives, but no false negatives.

        What a pattern of the project matches in a text cannot be told from its JSON: all of it is searched then.
        """
        return bool(self._settings.patterns) or self._clues.has_place(encoded)

    def redact(self, text: str) -> str:
        """Return `text` with every secret replaced."""
        return _replaced(text, self.spans(text), 0, len(text))

    def redact_piece(self, text: str, start: int, end: TextEnd) -> Piece:
        """Return what can be written of `text` behind `start`; what is in front of that is written already.

        An end that may be the beginning of a secret is left for the next piece. It is left out of a text that was cut
        off, unless it is short and stands behind no name of a secret.
        """
        window, begin = recent(text, start)
        spans = [span for span in self.spans(window) if span.end > begin]
        ready = len(window) if end is TextEnd.COMPLETE else self._ready_end(window, begin, spans)
        if end is TextEnd.CUT_OFF and len(window) - ready < _MAX_CUT_CHARS and not self._unfinished.is_named(window):
            ready = len(window)
        if spans and spans[0].start < begin and not self._ends_with_secret(window[:begin]):
            spans[0] = spans[0]._replace(start=begin)
        return Piece(_replaced(window, spans, begin, ready), len(text) - len(window) + ready)

    def pending_secret_length(self, text: str) -> int:
        """Return how many characters at the end of `text` may be the beginning of a secret that continues."""
        window, begin = recent(text, len(text) - min(len(text), MAX_CHARS))
        return len(window) - self._ready_end(window, begin, self.spans(window))

    def _ready_end(self, text: str, start: int, spans: list[Span]) -> int:
        """Return up to where `text` can be written, from `start` on; `spans` are the secrets behind that."""
        cut = self._unfinished.start(text)
        if cut == len(text):
            return cut
        for span in reversed(spans):
            if span.start < cut < span.end:
                cut = span.start
        word = _SAME_WORD.search(text, max(0, cut - _MAX_NAME_CHARS), cut)
        cut = max(start, word.start() if word else cut)
        return len(text) if len(text) - cut >= MAX_CHARS else cut

    def _ends_with_secret(self, text: str) -> bool:
        """Return whether the end of a text that is written was redacted: what follows belongs to that, too."""
        spans = self.spans(text)
        return bool(spans) and spans[-1].end == len(text)

    def spans(self, text: str, depth: int = 0) -> list[Span]:
        """Return the secrets in `text`, in order. Those that overlap are one, of the kind that comes first."""
        encoded = text.encode("utf-8", "surrogatepass")
        found = [*self._patterns_in(encoded), *self._by_rules(text, encoded)]
        if depth < _MAX_DEPTH:
            for start, end, decoded in encoded_texts(text, encoded):
                if inner := self.spans(decoded, depth + 1):
                    found.append((len(self._rules), Span(start, end, inner[0].kind)))
        exempts = self._settings.exempts
        return _merged([(rank, span) for rank, span in found if not exempts(span.kind, text[span.start : span.end])])

    def _by_rules(self, text: str, encoded: bytes) -> Iterator[tuple[int, Span]]:
        """Yield what each rule finds, with its rank. A clue within a secret of its rule is not the clue of another."""
        ends: dict[int, int] = {}
        byte = offset = 0
        for place in self._clues.places(encoded):
            offset += len(encoded[byte : place.start].decode("utf-8", "surrogatepass"))
            byte = place.start
            rule = self._rules[place.rule]
            for start, end in rule.spans(text, offset) if offset >= ends.get(place.rule, 0) else ():
                ends[place.rule] = end
                yield place.rule, Span(start, end, rule.kind)

    def _patterns_in(self, encoded: bytes) -> Iterator[tuple[int, Span]]:
        for kind, pattern in self._settings.patterns:
            for match in pattern.finditer(encoded):
                start, end = (len(encoded[:byte].decode("utf-8", "ignore")) for byte in match.span())
                yield _PATTERN_RANK, Span(start, end, kind)

    def redact_long(self, text: str) -> str:
        """Do the same as `redact`, in a thread, but let other threads run while a very long text is redacted."""
        pieces = TextPieces(self.redact_piece)
        parts = [pieces.add(text[start : start + _PIECE_CHARS]) for start in range(0, len(text), _PIECE_CHARS)]
        return "".join((*parts, pieces.end()))

    def redact_values(self, value: Any) -> Any:
        """Return a JSON value with every string in it redacted, including the keys of objects."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            name = (
                value.get("name") if isinstance(value.get("value"), str) else None
            )  # as in an environment of Kubernetes
            return {
                self.redact(key) if isinstance(key, str) else key: self._redact_member(
                    name if key == "value" and isinstance(name, str) else key, inner
                )
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self._redact_member(option, inner) for option, inner in zip([None, *value], value, strict=False)]
        return value

    def _redact_member(self, key: Any, value: Any) -> Any:
        """Return what has this key, or stands behind this option, redacted."""
        redacted = self.redact_values(value)
        if redacted != value or not isinstance(key, str) or not isinstance(value, str):
            return redacted
        added = key.lower().endswith(self._settings.lower_names) and not is_placeholder(value)
        if (added or is_secret_member(key, value)) and not self._settings.exempts("secret_value", value):
            return "[redacted:secret_value]"
        return redacted


class LineCleaner:
    """Turns encoded lines into the bytes of the file: without secrets, and without other line separators in a line."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._encoder = msgspec.json.Encoder()

    def clean(self, lines: Iterable[EncodedLine]) -> bytes:
        """Return the bytes to write. Only `data` is redacted; the envelopes stay as they are."""
        parts = [part for envelope, data in lines for part in (envelope, self._redacted(data), LINE_END)]
        cleaned = b"".join(parts)
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


def _replaced(text: str, spans: Iterable[Span], start: int, end: int) -> str:
    """Return `text` from `start` to `end` with the secrets replaced. One that begins earlier is replaced already."""
    parts: list[str] = []
    written = start
    for span in spans:
        if span.start < end:
            parts += (text[written : span.start], f"[redacted:{span.kind}]") if span.start >= start else ()
            written = span.end
    return "".join((*parts, text[written:end]))


@cache
def _rules(names: tuple[str, ...], values: tuple[tuple[str, str], ...]) -> tuple[tuple[Rule, ...], ClueFinder]:
    """Return all rules, and what finds their clues: of values, then the general ones, then of names that are added."""
    added = [Rule("secret_value", (f"(?i:{'|'.join(map(re.escape, names))})",), value_of(names))] if names else []
    rules = (*(_value_rule(value, name) for value, name in values), *RULES, *added)
    return rules, ClueFinder(rules, (BASE64_CLUE,))


def _value_rule(value: str, name: str) -> Rule:
    """Return a rule for `value`, which is that of the variable `name`."""

    def find(text: str, start: int) -> tuple[int, int] | None:
        return (start, start + len(value)) if text.startswith(value, start) else None

    return Rule(name, tuple(map(re.escape, {value, _json_string(value)})), find)


def _merged(found: list[tuple[int, Span]]) -> list[Span]:
    """Return spans that do not overlap: of each group that does, one with the kind of the first rule."""
    merged: list[tuple[int, Span]] = []
    for rank, span in sorted(found, key=lambda item: item[1].start):
        if merged and span.start < merged[-1][1].end:
            earlier_rank, earlier = merged[-1]
            kind = earlier.kind if earlier_rank <= rank else span.kind
            merged[-1] = (
                min(earlier_rank, rank),
                Span(earlier.start, max(earlier.end, span.end), kind),
            )
        else:
            merged.append((rank, span))
    return [span for _, span in merged]


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
