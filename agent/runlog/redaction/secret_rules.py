"""Every kind of secret that is recognized, as rules: clues that are looked for in encoded lines, and what decides."""

import re

from agent.runlog.redaction.clues import ListRule, Rule
from agent.runlog.redaction.command_secrets import COMMAND_SHAPES, is_mixed
from agent.runlog.redaction.connection_strings import is_in_connection_string, pgpass_password
from agent.runlog.redaction.encoded_text import GROUP
from agent.runlog.redaction.find_functions import argument, marked_token, matching, token, token_around, token_clue
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
from agent.runlog.redaction.named_secrets import (
    AFTER_PASSWORD_NAME,
    AFTER_TOKEN_NAME,
    PASSWORD_NAMES,
    SPACE,
    TOKEN_NAMES,
    named_value,
)
from agent.runlog.redaction.prose_secrets import PROSE_SHAPES
from agent.runlog.redaction.secret_values import holds_userinfo, is_example_password, is_placeholder, is_random
from agent.runlog.redaction.setting_secrets import SETTING_SHAPES
from agent.runlog.redaction.token_shapes import (
    MARKED_CLUE,
    MIDDLE_SHAPES,
    TOKEN_SHAPES,
)
from agent.runlog.redaction.url_shapes import URL_SHAPES

_WORD = r"(?:(?!\\+[nrt])[^\s\"'])+"
"""Characters that are neither white space nor quotes."""


_SHORT = 2
_SQL_CLAUSE = r"(?:(?i:identified by)[ \t]+\\*[\"']|(?i:password(?: from[ ]'[^'\n]{1,99}' to)?)[ \t]+\\*')"
_ANYWHERE = frozenset((
    "anthropic_key", "github_token", "gitlab_token", "slack_token", "aws_key_id", "google_key", "npm_token",
    "pypi_token", "huggingface_token", "sendgrid_key",
))  # fmt: skip
"""Tokens whose beginning is so rare that they are recognized in the middle of a word, too."""
_KEY_DATA = re.compile(r"(?<![\w$])[A-Za-z0-9+/=]{6,}(?![\w$])", re.ASCII)
"""What a key in armour has, and an example with dots or a name in its place has not."""
_PEM_LABEL = r"[A-Za-z0-9 ]*(?:PRIVATE KEY|Static key|NKEY SEED|NATS USER JWT)[A-Za-z0-9 ]*"
_QUOTE = r"(?:\\*[\"'])?"


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


_PRIVATE_KEYS = (
    Rule(
        "private_key",
        (r"-----BEGIN [A-Za-z0-9 ]*(?:PRIVATE KEY|Static key|NKEY SEED|NATS USER JWT)",),
        matching(
            rf"-----BEGIN {_PEM_LABEL}-----(?=\s|\\|[A-Za-z0-9+/]{{8}}|\Z)(?P<body>.*?)"
            rf"(?:-----END {_PEM_LABEL}-----|\Z)",
            lambda match: "XXXX" not in match[0] and bool(_KEY_DATA.search(match["body"])),
            re.ASCII | re.DOTALL,
        ),
    ),
    Rule(
        "private_key",
        (r"Private-Lines:",),
        matching(rf"Private-Lines:[ ]\d+{SPACE}+(?P<secret>(?:[A-Za-z0-9+/=]+(?:{SPACE}+|\Z))+)"),
    ),
)
_TOKENS = tuple(
    Rule(
        kind,
        tuple(token_clue(shape, anywhere=kind in _ANYWHERE) for shape in shapes),
        token("|".join(shapes), anywhere=kind in _ANYWHERE),
    )
    for kind, shapes in (*URL_SHAPES.items(), *TOKEN_SHAPES.items())
)
_MIDDLES = tuple(Rule(kind, (clue,), token_around(source)) for kind, (clue, source) in MIDDLE_SHAPES.items())
_CONTEXTS = (
    Rule("vendor_token", (MARKED_CLUE,), marked_token),
    Rule(
        "salt",
        (r"(?:AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)\\*',",),
        matching(r"(?:AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)\\*',[ \t]*\\*'(?P<secret>[^'\n]{40,})'"),
    ),
    Rule(
        "vault_token",
        (token_clue(r"s\.[A-Za-z0-9]{24}"),),
        token(r"(?P<secret>s\.[A-Za-z0-9]{24})(?![A-Za-z0-9])", lambda match: is_random(match["secret"][2:])),
    ),
    Rule(
        "jwt",
        (token_clue(r"(?<!-)eyJ[\w-]{8,}\.[\w.-]"),),
        token(r"(?<!-)eyJ[\w-]{8,}\.(?:eyJ[\w-]{8,}\.[\w-]+|[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})"),
    ),
    Rule(
        "bearer",
        (r"(?:[Bb]earer|BEARER)[ \t\\]+",),
        matching(r"(?:[Bb]earer|BEARER)[ \t]+(?P<secret>[\w.~+/-]{20,}=*)"),
    ),
    Rule(
        "basic_auth",
        (rf"(?i:basic)[ \t]+{GROUP}",),
        matching(r"(?i:basic)[ \t]+(?P<secret>[A-Za-z0-9+/]{6,}={0,2})", lambda match: holds_userinfo(match["secret"])),
    ),
    Rule(
        "authorization",
        (rf"(?i:authorization){_QUOTE}[ \t]*[:=,]",),
        matching(
            rf"(?<![A-Za-z:])(?i:authorization){_QUOTE}[ \t]*[:=,][ \t]*{_QUOTE}"
            r"(?:(?!Basic)[A-Z][\w-]{2,20}[ \t]+|token[ \t]+)?"
            r"(?:\w+=\\*\"?)?(?P<secret>[^\s\"'\\,;]{16,})",
            lambda match: is_random(match["secret"]) and not match["secret"].startswith("AWS4-"),
        ),
    ),
    Rule(
        "cookie",
        (r"(?i:cookie)(?:\\*[\"'])?[ \t]*[:,]",),
        matching(
            rf"(?i:cookie){_QUOTE}[ \t]*[:,][ \t]*{_QUOTE}"
            r"(?P<secret>[\w.%-]+=[^\s;\"'\\]+(?:;[ \t]*[\w.%-]+=[^\s;\"'\\]*)*)",
            _has_random_value,
        ),
    ),
    Rule(
        "url_password",
        (r":(?:\\{1}|\\{3})?/\\*/[^\s/@]*@",),
        matching(
            r":\\*/\\*/(?P<secret>(?P<user>[^\s/:@\"'<>(){}\[\]\\]*):(?P<password>[^\s/@\"'<>\\]+)|[\w.-]{20,})(?=@)",
            _is_userinfo,
        ),
    ),
    Rule(
        "netrc_password",
        (rf"(?:machine|login|account){SPACE}++[\w.@+%-]++{SPACE}++(?:login|account|password)",),
        matching(
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
        matching(
            r"(?i:password|pwd|accountkey|sharedaccesskey)=(?P<secret>'[^'\n]{1,999}'"
            r"|[^\s;\"'\\&(){}\[\]]{3,299})(?=[\s;\"'\\]|\Z|(?<=[^\s;\"'\\&(){}\[\]]{299}))",
            is_in_connection_string,
        ),
    ),
    Rule(
        "sql_password",
        (r"oracle:thin:\w",),
        matching(r"oracle:thin:[\w$#]+/(?P<secret>[^\s@\"'\\/${]{4,})(?=@)"),
    ),
    Rule(
        "mnemonic",
        (r"(?i:mnemonic|phrase)(?:[^a-z\n]|\\+n|\n){1,16}[a-z]{3,8} [a-z]{3,8} [a-z]{3,8} [a-z]",),
        matching(
            r"(?i:mnemonic|phrase)(?:[^a-z\n]|\\+n|\n){1,8}(?P<secret>(?:[a-z]{3,8} ){11,23}[a-z]{3,8})(?![a-z ])"
        ),
    ),
    Rule(
        "bundler_password",
        (r"BUNDLE_\w{1,60}?__\w{1,60}(?:\\*\")?(?:=|:[ ]?)[^\s:]{3,}:",),
        matching(
            r"BUNDLE_[A-Z\d_]+__[A-Z\d_]+(?:\\*\")?(?:=|:[ ]?)(?:\\*[\"'])?(?P<secret>[^\s:\"'$]+:[^\s:\"'\\]{4,})"
        ),
    ),
    Rule(
        "sql_password",
        (_SQL_CLAUSE,),
        matching(rf"{_SQL_CLAUSE}(?P<secret>[^\"'\n\\]{{4,200}})\\*[\"']", _is_mixed),
    ),
)
_PLACES = tuple(
    Rule(kind, (shape.clue,), argument(shape))
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
    Rule("secret_value", PASSWORD_NAMES, named_value, AFTER_PASSWORD_NAME),
    Rule("secret_value", TOKEN_NAMES, named_value, AFTER_TOKEN_NAME),
    *_LISTS,
)
"""All rules. Where secrets of two overlap, the kind of the rule that comes first counts."""
