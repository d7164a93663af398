"""Every kind of secret that is recognized, as rules: clues that RE2 looks for in encoded lines, and what decides."""

import re
from collections.abc import Callable

from agent.runlog.redaction.clues import MAX_JUDGED_CHARS, Find, ListRule, Rule
from agent.runlog.redaction.command_secrets import COMMAND_SHAPES, CommandShape, is_mixed
from agent.runlog.redaction.connection_strings import is_in_connection_string, pgpass_password
from agent.runlog.redaction.listed_secrets import (
    CODES_CLUE,
    HEADED_CLUE,
    INSERT_CLUE,
    LOGINS_CLUE,
    code_spans,
    column_spans,
    insert_spans,
    login_spans,
)
from agent.runlog.redaction.named_secrets import CLUES as NAMED_CLUES
from agent.runlog.redaction.named_secrets import SPACE, named_value
from agent.runlog.redaction.prose_secrets import PROSE_SHAPES
from agent.runlog.redaction.secret_values import holds_userinfo, is_example_password, is_placeholder, is_random
from agent.runlog.redaction.setting_secrets import SETTING_SHAPES
from agent.runlog.redaction.token_shapes import (
    MARKED_CLUE,
    MARKED_SHAPE,
    MIDDLE_SHAPES,
    TOKEN_SHAPES,
    URL_SHAPES,
    VENDOR,
)

Accept = Callable[[re.Match[str]], bool]

_START = re.compile(r"(?:(?<![A-Za-z0-9_])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-Fa-f]{2}))", re.ASCII)
"""The beginning of a word, which may follow an escape sequence of JSON, or of a URL quoted as text."""

_MARKED = re.compile(MARKED_SHAPE, re.ASCII)
_BEFORE_MARK = re.compile(rf"{_START.pattern}(?:{VENDOR})?\Z", re.ASCII)
_MAX_BEFORE_MARK = 24
"""Characters of the name of a vendor, and of an escape sequence in front of it."""

_MAX_BEFORE_ARGUMENT = 240
"""Characters from a command to its password."""

_REPEATED = re.compile(r"([^A=])\1{11}")
"""As in `ghp_xxxxxxxxxxxx`; the tokens of one vendor begin with many `A`."""

_WORD = r"(?:(?!\\+[nrt])[^\s\"'])+"
"""Characters that are neither white space nor quotes."""


def _matching(source: str, accepts: Accept = lambda _match: True, flags: re.RegexFlag = re.ASCII) -> Find:
    """Return what finds a match that begins where the clue does: its group `secret`, or all of it."""
    pattern = re.compile(source, flags)
    group = "secret" if "secret" in pattern.groupindex else 0

    def find(text: str, start: int) -> tuple[int, int] | None:
        match = pattern.match(text, start, start + MAX_JUDGED_CHARS)
        if match is None or not accepts(match):
            return None
        if match.end() == start + MAX_JUDGED_CHARS:
            match = pattern.match(text, start) or match  # all of it is replaced, so that nothing is read twice
        return match.span(group)

    return find


def _token(source: str, accepts: Accept = lambda _match: True, *, anywhere: bool = False) -> Find:
    """Return what finds a token that begins where a word does, or also `anywhere` in it, if it has digits."""
    find = _matching(source, lambda match: accepts(match) and not _REPEATED.search(match[0]))

    def find_token(text: str, start: int) -> tuple[int, int] | None:
        span = find(text, start)
        if span is None or _START.match(text, start):
            return span
        return span if anywhere and any(map(str.isdigit, text[start : span[1]])) else None

    return find_token


def _token_around(source: str) -> Find:
    """Return what finds a token in whose middle the clue is."""
    pattern = re.compile(r"(?<![A-Za-z0-9_])(?:" + source + r")(?![A-Za-z0-9_])", re.ASCII)

    def find(text: str, start: int) -> tuple[int, int] | None:
        for match in pattern.finditer(text, max(0, start - _MIDDLE_CHARS), start + _MIDDLE_CHARS):
            if match.start() <= start < match.end():
                return match.span()
        return None

    return find


def _marked(text: str, start: int) -> tuple[int, int] | None:
    """Return where the token is at whose beginning, or behind the name of its vendor there, is a word that marks it."""
    match = _MARKED.match(text, start)
    if match is None or is_placeholder(match["secret"]) or not is_random(match["secret"]):
        return None
    begins = _BEFORE_MARK.search(text, max(0, start - _MAX_BEFORE_MARK), start)
    return match.span("secret") if begins and not _REPEATED.search(match[0]) else None


def _argument(shape: CommandShape) -> Find:
    """Return what finds the password of a command whose clue is behind what the shape says."""
    after = re.compile(shape.source, re.ASCII)
    before = re.compile(shape.before + r"\Z", re.ASCII)

    follows = "secret" in after.groupindex

    def find(text: str, start: int) -> tuple[int, int] | None:
        match = after.match(text, start, start + MAX_JUDGED_CHARS)
        if match is None or (follows and not shape.accepts(match["secret"])):
            return None
        preceding = before.search(text, max(0, start - _MAX_BEFORE_ARGUMENT), start)
        if preceding is None or (not follows and not shape.accepts(preceding["secret"])):
            return None
        return (match if follows else preceding).span("secret")

    return find


def _shortened(shape: str) -> str:
    """Return an expression for all that has this shape, and more, which RE2 compiles and matches faster."""
    return _COUNT.sub(lambda count: count[0] if int(count[1]) <= _CLUE_CHARS else f"{{{_CLUE_CHARS},}}", shape)


def _is_mixed(match: re.Match[str]) -> bool:
    return is_mixed(match["secret"])


def _has_random_value(match: re.Match[str]) -> bool:
    return any(is_random(pair.partition("=")[2]) for pair in re.split(r";\s*", match["secret"]))


def _is_userinfo(match: re.Match[str]) -> bool:
    """Return whether what stands in front of the host of a URL is a password, not a word of an example."""
    password = match["password"]
    if password is None:
        return is_random(match["secret"])
    return (
        len(password) > _SHORT
        and password != match["user"]
        and "%20" not in password
        and not is_placeholder(password)
        and not is_example_password(password)
    )


_SHORT = 2
_COUNT = re.compile(r"\{(\d+)(?:,\d*)?\}")
_CLUE_CHARS = 12
_ANYWHERE = frozenset((
    "anthropic_key", "github_token", "gitlab_token", "slack_token", "aws_key_id", "google_key", "npm_token",
    "pypi_token", "huggingface_token", "sendgrid_key",
))  # fmt: skip
"""Tokens whose beginning is so rare that they are recognized in the middle of a word, too."""
_MIDDLE_CHARS = 120
_KEY_DATA = re.compile(r"(?<![\w$])[A-Za-z0-9+/=]{6,}(?![\w$])", re.ASCII)
"""What a key in armour has, and an example with dots or a name in its place has not."""
_PEM_LABEL = r"[A-Za-z0-9 ]*(?:PRIVATE KEY|Static key|NKEY SEED|NATS USER JWT)[A-Za-z0-9 ]*"
_QUOTE = r"(?:\\*[\"'])?"

_PRIVATE_KEYS = (
    Rule(
        "private_key",
        (r"-----BEGIN [A-Za-z0-9 ]*(?:PRIVATE KEY|Static key|NKEY SEED|NATS USER JWT)",),
        _matching(
            rf"-----BEGIN {_PEM_LABEL}-----(?=\s|\\|[A-Za-z0-9+/]{{8}}|\Z)(?P<body>.*?)"
            rf"(?:-----END {_PEM_LABEL}-----|\Z)",
            lambda match: "XXXX" not in match[0] and bool(_KEY_DATA.search(match["body"])),
            re.ASCII | re.DOTALL,
        ),
    ),
    Rule(
        "private_key",
        (r"Private-Lines:",),
        _matching(rf"Private-Lines:[ ]\d+{SPACE}+(?P<secret>(?:[A-Za-z0-9+/=]+(?:{SPACE}+|\Z))+)"),
    ),
)
_TOKENS = tuple(
    Rule(
        kind,
        tuple(map(_shortened, shapes)),
        _token("|".join(shapes), anywhere=kind in _ANYWHERE),
    )
    for kind, shapes in (*URL_SHAPES.items(), *TOKEN_SHAPES.items())
)
_MIDDLES = tuple(Rule(kind, (clue,), _token_around(source)) for kind, (clue, source) in MIDDLE_SHAPES.items())
_CONTEXTS = (
    Rule("vendor_token", (MARKED_CLUE,), _marked),
    Rule(
        "salt",
        (r"(?:AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)\\*',",),
        _matching(r"(?:AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)\\*',[ \t]*\\*'(?P<secret>[^'\n]{40,})'"),
    ),
    Rule(
        "vault_token",
        (r"s\.[A-Za-z0-9]{24}",),
        _token(r"(?P<secret>s\.[A-Za-z0-9]{24})(?![A-Za-z0-9])", lambda match: is_random(match["secret"][2:])),
    ),
    Rule(
        "jwt",
        (r"eyJ[\w-]{8,}\.[\w.-]",),
        _token(r"(?<!-)eyJ[\w-]{8,}\.(?:eyJ[\w-]{8,}\.[\w-]+|[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})"),
    ),
    Rule(
        "bearer",
        (r"(?:[Bb]earer|BEARER)[ \t\\]+",),
        _matching(r"(?:[Bb]earer|BEARER)[ \t]+(?P<secret>[\w.~+/-]{20,}=*)"),
    ),
    Rule(
        "basic_auth",
        (r"(?i:basic)[ \t]+[\w+/]{6}",),
        _matching(
            r"(?i:basic)[ \t]+(?P<secret>[A-Za-z0-9+/]{6,}={0,2})", lambda match: holds_userinfo(match["secret"])
        ),
    ),
    Rule(
        "authorization",
        (r"(?i:authorization)\W",),
        _matching(
            rf"(?<![A-Za-z:])(?i:authorization){_QUOTE}[ \t]*[:=,][ \t]*{_QUOTE}"
            r"(?:(?!Basic)[A-Z][\w-]{2,20}[ \t]+|token[ \t]+)?"
            r"(?:\w+=\\*\"?)?(?P<secret>[^\s\"'\\,;]{16,})",
            lambda match: is_random(match["secret"]) and not match["secret"].startswith("AWS4-"),
        ),
    ),
    Rule(
        "cookie",
        (r"(?i:cookie)(?:\\*[\"'])?[ \t]*[:,]",),
        _matching(
            rf"(?i:cookie){_QUOTE}[ \t]*[:,][ \t]*{_QUOTE}"
            r"(?P<secret>[\w.%-]+=[^\s;\"'\\]+(?:;[ \t]*[\w.%-]+=[^\s;\"'\\]*)*)",
            _has_random_value,
        ),
    ),
    Rule(
        "url_password",
        (r":\\*/\\*/[^\s/@]*@",),
        _matching(
            r":\\*/\\*/(?P<secret>(?P<user>[^\s/:@\"'<>(){}\[\]\\]*):(?P<password>[^\s/@\"'<>\\]+)|[\w.-]{20,})(?=@)",
            _is_userinfo,
        ),
    ),
    Rule(
        "netrc_password",
        (r"(?:machine|login|account)(?:[ \t]|\\+[nrt]|\s)+[^ \t\"]+(?:[ \t]|\\+[nrt]|\s)+(?:login|account|password)",),
        _matching(
            rf"(?:machine|login|account){SPACE}+(?!and[ ]|or[ ])[\w.@+%-]+{SPACE}+"
            rf"(?:(?:login|account){SPACE}+{_WORD}{SPACE}+)?password{SPACE}+(?P<secret>{_WORD})",
            lambda match: len(match["secret"]) > _SHORT and not is_placeholder(match["secret"]),
        ),
    ),
    Rule(
        "pgpass_password",
        (r":(?:\d{4,5}|\*):[\w*-]+:[\w*-]+:[^\s:]{3}",),
        pgpass_password,
    ),
    Rule(
        "connection_string",
        (r"(?i:password|pwd|accountkey|sharedaccesskey)=[^\s,]{3}",),
        _matching(
            r"(?i:password|pwd|accountkey|sharedaccesskey)=(?P<secret>'[^'\n]{1,999}'"
            r"|[^\s;\"'\\&(){}\[\]]{3,299})(?=[\s;\"'\\]|\Z|(?<=[^\s;\"'\\&(){}\[\]]{299}))",
            is_in_connection_string,
        ),
    ),
    Rule(
        "sql_password",
        (r"oracle:thin:\w",),
        _matching(r"oracle:thin:[\w$#]+/(?P<secret>[^\s@\"'\\/${]{4,})(?=@)"),
    ),
    Rule(
        "mnemonic",
        (r"(?i:mnemonic|phrase)[^a-z\n]{1,8}[a-z]{3,8} [a-z]{3,8} [a-z]{3,8} [a-z]",),
        _matching(r"(?i:mnemonic|phrase)[^a-z\n]{1,8}(?P<secret>(?:[a-z]{3,8} ){11,23}[a-z]{3,8})(?![a-z ])"),
    ),
    Rule(
        "bundler_password",
        (r"BUNDLE_\w+__\w+(?:\\*\")?(?:=|:[ ]?)[^\s:]{3,}:",),
        _matching(
            r"BUNDLE_[A-Z\d_]+__[A-Z\d_]+(?:\\*\")?(?:=|:[ ]?)(?:\\*[\"'])?(?P<secret>[^\s:\"'$]+:[^\s:\"'\\]{4,})"
        ),
    ),
    Rule(
        "sql_password",
        (r"(?i:identified by|password)[ \t]+\\*'",),
        _matching(r"(?i:identified by|password)[ \t]+\\*'(?P<secret>[^'\n\\]{4,200})\\*'", _is_mixed),
    ),
)
_PLACES = tuple(
    Rule(kind, (shape.clue,), _argument(shape))
    for kind, shapes in (
        ("command_password", COMMAND_SHAPES),
        ("configured_password", SETTING_SHAPES),
        ("secret_value", PROSE_SHAPES),
    )
    for shape in shapes
)
_LISTS = (
    ListRule("listed_secret", (HEADED_CLUE,), column_spans),
    ListRule("listed_secret", (LOGINS_CLUE,), login_spans),
    ListRule("listed_secret", (INSERT_CLUE,), insert_spans),
    ListRule("recovery_code", (CODES_CLUE,), code_spans),
)
RULES = (
    *_PRIVATE_KEYS,
    *_TOKENS,
    *_MIDDLES,
    *_CONTEXTS,
    *_PLACES,
    Rule("secret_value", NAMED_CLUES, named_value),
    *_LISTS,
)
"""All rules. Where secrets of two overlap, the kind of the rule that comes first counts."""
