"""Secrets that are recognized by the name in front of them, in every syntax that gives a name a value."""

import re
from collections.abc import Iterable

from agent.runlog.redaction.clues import Find
from agent.runlog.redaction.secret_values import (
    MIN_CHARS,
    holds_userinfo,
    is_long,
    is_password,
    is_placeholder,
    is_random,
    is_scrambled,
)

SPACE = r"(?:[ \t\r\n]|\\+[nrt])"
"""White space, also as JSON within a text writes it."""

_CHOSEN = (
    r"passw(?:or)?[dt]s?", "kennwort", r"contrase[^\sa-z]{1,2}a",
    "(?:ssh|store|key|db|user|root|admin|smtp|imap|ldap|bind|become)_?pass",
    r"pass_?(?:phrase|code)", "pwd", "secrets?", "mnemonic", "authtok", "pre-?shared-?key", "mot de passe", "senha",
    "wachtwoord", "passord(?:et)?", "l[oö]senord", "adgangskode", "has[lł]o", "heslo", "salasana", "jelsz[oó]",
    "keymaterial", "(?:ipsec|wpa)_?psk", "Пароль", "пароль", "密码", "密碼", "パスワード", "비밀번호",
)  # fmt: skip
"""Names of what a person chose, wherever they stand in a word."""
_KEYS = (
    "access", "account", "auth", "private", "sign(?:ing|ature)", "encrypt(?:ion)?", "master", "shared", "subscription",
    "service", "storage", "app(?:lication)?", "client", "consumer", "license", "deploy", "admin", "write", "read",
    "ingest(?:ion)?", "integration", "server", "session", "cookie", "hmac", "aes", "jwt", "webhook", "host",
    "functions?", "instrumentation", "connection", "project", "secret", "user", "rest", "unseal",
)  # fmt: skip
_GENERATED = (
    "tokens?", "hash_salt", r"api[_.\- ]?keys?", "credentials?", "authkey", "device_code", "(?:nwk|app)s?_?key",
    *(rf"{owner}[_.\- ]?keys?(?:[ ]\d)?" for owner in _KEYS),
)  # fmt: skip
"""Names of what was generated, likewise."""
_WEAK_CHOSEN = ("pass", "pw", "auth(?:orization)?", "psk")
_WEAK = ("encrypt", "seed", "code_verifier", "creds?", "pat", "sig", "dsn", "otp", "jwt", "key")
"""Names that are words of their own, or begin with a capital in the middle of one."""
_INNER = ("Pass", "Auth", "Key", "Psk", "Jwt")
_SUFFIX = (
    r"(?:[_.-]?(?:base|value|key|prod(?:uction)?|dev(?:elopment)?|test|staging|live|old|new|primary|secondary|default|b64|base64"
    r"|enc(?:rypted)?|hash|salt|hex|sha\d{1,3}|raw|plain(?:text)?|string|data|main|backup|\d{1,3})){0,8}+"
)
"""What stands behind a name in the same word.

It is possessive, as many digits can be taken apart in very many ways, and bounded, as a text that is full of names
would be read to its end for each of them.
"""
_START = r"(?:(?<![A-Za-z])|(?<=\\[nrt]))"
_INNER_START = r"(?<=[a-z0-9])"
_ALONE = "(?![A-Za-z0-9])"
_NAME = (
    rf"(?:(?P<password>(?i:{'|'.join(_CHOSEN)}))|(?P<token>(?i:{'|'.join(_GENERATED)}))"
    rf"|(?P<weak>{_START}(?i:{'|'.join((*_WEAK_CHOSEN, *_WEAK))})|{_INNER_START}(?:{'|'.join(_INNER)})))"
    rf"(?i:{_SUFFIX}){_ALONE}"
)
_WIDE_COLON = "\uff1a"
_GAP = r"(?:[ \t]|\\+t)*"
_OPEN = r"(?:[bBrRfFuULN@]{0,2}(?P<open>\\*[\"'`]))"
_QUOTE_OF_LONG = r"[bBrRfFuULN@]{0,2}\\*[\"'`](?=[^\s\"'`\\]{4000})"
_QUOTED = rf"{_OPEN}(?P<quoted>(?:(?!(?<!\\)(?P=open))[^\n]){{4,4000}})(?P=open)"
_BARE_CHAR = r"[^\s\"'`\\,;&<>(){}\[\]|]"
_MAX_CHARS = 200
"""Characters of a value without quotes that show what it is."""
_BARE = rf"(?:{_QUOTE_OF_LONG})?(?P<bare>{_BARE_CHAR}{{4,{_MAX_CHARS}}})(?P<after>.?)"
_REST = re.compile(rf"{_BARE_CHAR}*", re.ASCII)
"""What follows of a value that is longer: it is judged by its beginning."""
_VALUE = rf"(?:{_QUOTED}|{_BARE})"
_CLOSE = r"(?:\\*[\"'`])?\]?(?:[ ]\[[\w*.]{0,20}\])?"
_TYPE = r"(?::[ ]?[\w.\[\]&]{1,30}[ ](?==))?"
_YAML = r"(?:(?:[&!][\w!]+[ \t]+|[|>][+-]?)(?:[ \t\r\n]|\\+[nrt])*)?"
"""An anchor or a tag in front of a value, or what says that the value is the lines that follow."""

_ASSIGNED = (
    rf"{_CLOSE}{_TYPE}{_GAP}(?P<sign>=>|:=|={{1,3}}|::?(?:[*_]{{2}})?|{_WIDE_COLON}|%3[AaDd]"
    r"|(?<=[A-Z][\"']),(?=[ ]?\\*[\"'])"
    rf"|\|(?=[ ]?`)|(?:is|ist|lautet|est|es|è|for[ ][\w.@-]{{1,40}}:)(?=[ ])){_GAP}{_YAML}{_VALUE}"
)
"""`NAME=value`, `name: value`, `"name": "value"`, `name => "value"`, `config["name"] = "value"`, `?name=value&`."""
_ATTRIBUTES = r"(?:[ ][\w:]+=\\*\"[^\"<>\n]{0,60}\\*\")*"
_TAGGED = (
    rf"(?:(?:\\*[\"'])?{_ATTRIBUTES}>(?:{SPACE}*<(?i:value)>)?|</key>{SPACE}*<string>"
    rf"|(?:\\*[\"'])?,?{SPACE}*(?:\\*[\"'])?(?i:value)(?:\\*[\"'])?{_GAP}[:=]{_GAP}"
    rf"|\\*\"[ ]\{{{SPACE}*(?:type[ ]*=[ ]*\w+{SPACE}*)?default[ ]*=[ ]*)"
    rf"{_VALUE}"
)
"""`<name>value</name>`, `key="name" value="value"`, and a list of names and values in YAML or a property list."""
_OPTION = rf"(?P<gap>(?:[ \t]|\\+t)+(?:--(?:body|value)[ =])?|{_CLOSE},{_GAP}){_VALUE}"
"""`--name value`, and `"--name", "value"` in a list of arguments; also `NAME value` in a table or a `Dockerfile`."""
_BEFORE_OPTION = re.compile(
    r"(?:^|[^\w-])--?(?:\w+[-_])*\w*\Z|(?:^|\s)setx?[ \t]+(?:--?[\w-]+[ \t]+){0,3}[\w./:@-]*\Z|\bdefine[ \t]+\w*\Z"
    r"|\b(?:[sg]et\w*|put|add\w*)\(\\*[\"'][\w.-]*\Z",
    re.ASCII,
)
_PHRASE = re.compile(r"(?:[A-Za-z]\w{1,11} ){1,4}\w{1,12}", re.ASCII)
_SHELL_NAME = re.compile(r"[A-Z\d_]+=\\*", re.ASCII)
_REMARK = re.compile(
    r"\b(?:a|an|and|at|be|enter|for|here|in|invalid|is|least|must|my|new|no|not|of|or|required|than|the|this|to|use|with|your)\b",
    re.IGNORECASE,
)
"""Words of a sentence about a password."""
_BEFORE_LINE = re.compile(r"(?:^|\n|\\n|\\*\")[ \t]*\Z")
"""The beginning of a line, as in the settings of a program."""
_STRONG = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?=.*[!@#$%^&*?+=~])[!-~]{8,}", re.ASCII)
"""A password that a person writes about: `log in as root with password Winter!2031`."""
_BEFORE_CONSTANT = re.compile(r"(?<![\w.$-])[A-Z\d_]*\Z", re.ASCII)
_CONSTANT = re.compile(r"[A-Z][A-Z\d]*_[A-Z\d_]*", re.ASCII)
_HARMLESS = re.compile(
    r"(?:(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))(?i:public\w*|update|next|page|continuation|sync|cancel(?:lation)?|lock|verification|change|resume|start|end|"
    r"idempotency|(?:client[_-]?)?request|websocket|foreign|primary|sort|partition|cache|row|group|index|map|dict"
    r"|object)|[\w*]:)[_ -]?\Z",
    re.ASCII,
)
"""What makes the name behind it one of something that is not secret."""
_BEFORE_CHARS = 40
_MAX_JUDGED_CHARS = 5000
"""Characters of a name, its value and what stands between them."""


def named_value(text: str, start: int) -> tuple[int, int] | None:
    """Return where the secret stands whose name begins at `start`; None if it has none there."""
    for pattern in _PATTERNS:
        match = pattern.match(text, start, start + _MAX_JUDGED_CHARS)
        if match is None or (pattern is _OPTION_PATTERN and not _is_option(text, start, match)):
            continue
        if match["bare"] and match["after"] in tuple("([{"):
            continue  # the call of a function
        if _is_secret(match, match["quoted"] or match["bare"]) or _is_passphrase(text, start, match):
            return None if _HARMLESS.search(text, max(0, start - _BEFORE_CHARS), start) else _span(match)
    return None


def _span(match: re.Match[str]) -> tuple[int, int]:
    """Return where the value is, to its end."""
    if match["quoted"]:
        return match.span("quoted")
    start, end = match.span("bare")
    rest = _REST.match(match.string, end) if end - start == _MAX_CHARS else None
    return start, rest.end() if rest else end


def _is_option(text: str, start: int, match: re.Match[str]) -> bool:
    """Return whether what stands behind a name, with no sign between them, is its value.

    The name is that of an option, or of a variable in capitals or one in prose whose value looks generated.
    """
    if _BEFORE_OPTION.search(text, max(0, start - _BEFORE_CHARS), start):
        return True
    value = match["quoted"] or match["bare"]
    if match["gap"] == " " and not match["weak"] and (is_random(value) or _STRONG.fullmatch(value)):
        return True
    if match["password"] and match["open"] and match["gap"].isspace() and is_password(value):
        return True
    if match["password"] and "," not in match["gap"] and _BEFORE_LINE.search(text, max(0, start - 8), start):
        return is_password(value)
    before = _BEFORE_CONSTANT.search(text, max(0, start - _BEFORE_CHARS), start)
    if before is None or "," in match["gap"] or not _CONSTANT.fullmatch(text, before.start(), match.start("gap")):
        return False
    return is_random(value)


def _is_passphrase(text: str, start: int, match: re.Match[str]) -> bool:
    """Return whether the value is words in quotes, and the name that of an option or of a variable in capitals."""
    value = match["quoted"]
    if not (match["password"] and value and _PHRASE.fullmatch(value)) or _REMARK.search(value):
        return False
    name = text[start : match.start("open")]
    return (
        bool(_BEFORE_OPTION.search(text, max(0, start - _BEFORE_CHARS), start))
        or _SHELL_NAME.fullmatch(name) is not None
    )


def value_of(names: Iterable[str]) -> Find:
    """Return what finds the value of one of other `names`, whatever it is, unless it stands for one."""
    name = rf"(?i:{'|'.join(map(re.escape, names))})(?![A-Za-z0-9])"
    patterns = [re.compile(name + source, re.ASCII) for source in (_ASSIGNED, _TAGGED, _OPTION)]

    def find(text: str, start: int) -> tuple[int, int] | None:
        for match in filter(None, (pattern.match(text, start, start + _MAX_JUDGED_CHARS) for pattern in patterns)):
            if not is_placeholder(match["quoted"] or match["bare"]):
                return _span(match)
        return None

    return find


def is_secret_member(key: str, value: str) -> bool:
    """Return whether `value` is a secret because the member of an object that it is has such a key."""
    name = _KEY.search(key)
    return bool(name and _is_secret(name, value.rpartition(" ")[2]))


def _is_secret(name: re.Match[str], value: str) -> bool:
    if name["weak"] and name["weak"].lower() == "auth" and holds_userinfo(value):
        return True
    if len(value) < MIN_CHARS:
        return False
    is_chosen = name["password"] or (name["weak"] or "").lower() in {"pass", "pw", "psk"}
    looks_secret = is_random(value) or (is_chosen and (is_password(value) or is_scrambled(value) or is_long(value)))
    return bool(looks_secret) and not is_placeholder(value)  # in this order, as the last takes longest


_PATTERNS = tuple(re.compile(_NAME + source, re.ASCII) for source in (_ASSIGNED, _TAGGED, _OPTION))
_OPTION_PATTERN = _PATTERNS[-1]
_KEY = re.compile(_NAME + r"\]?\Z", re.ASCII)
_CLUE_CHAR = r"[^\s\"'`{}\[\](),;]"
_CLUE_SPACE = r"(?:\s|\\+[nrt])*+"
_CLUE_START = rf"{_CLUE_SPACE}(?:(?:[&!][\w!]+[ \t]+|[|>][+-]?){_CLUE_SPACE})?[bBrRfFuULN@]?(?:\\*[\"'`])?"
_WORDS = r"(?<=[\"'])[A-Za-z]\w{1,11}[ ]\w{1,12}[ \"']"
_PASSWORD = (
    rf"{_CLUE_START}(?=[A-Za-z]{{16}}|{_CLUE_CHAR}{{0,500}}?[\d!@#$%^&*?+=~]|[A-Za-z]{{3,40}}-[A-Za-z]{{2}}|{_WORDS})"
    rf"{_CLUE_CHAR}{{2}}"
)
_TOKEN = rf"{_CLUE_START}(?:\w{{2,12}}[ ])?(?={_CLUE_CHAR}{{0,500}}?\d){_CLUE_CHAR}{{16}}"
"""The beginnings of values: a password has a few characters, what was generated has more and digits among them."""


def _value_after(value: str) -> str:
    """Return an expression for what follows a name whose value begins so."""
    return (
        rf"(?i:{_SUFFIX}){_ALONE}(?:"
        rf"{_CLOSE}(?::[ ]?[\w.\[\]&]{{1,30}}[ ])?{_CLUE_SPACE}"
        rf"(?:[=:,>|]|{_WIDE_COLON}|</key>|%3[AaDd]|(?:is|ist|lautet|est|es|è)[ ]"
        rf"|for[ ][\w.@-]{{1,40}}:)[>=*_:]{{0,2}}{value}"
        rf"|(?:[ \t]|\\+t)+(?:--(?:body|value)[ =])?{value}"
        rf"|,?(?:[ \t]|\\+t)*+(?=\\|[\n\"'<>])(?:\\*[\"'],?|\s|\\+[nrt]|</key>|>|<)*+(?i:value|string)"
        r"|\\*\"[ ]\{|[ ]encoding=)"
    )


PASSWORD_NAMES = (
    *(f"(?i:{name})" for name in _CHOSEN),
    *(f"{_START}(?i:{name})" for name in _WEAK_CHOSEN),
    *(f"{_INNER_START}{name}" for name in _INNER),
)
AFTER_PASSWORD_NAME = _value_after(_PASSWORD)
TOKEN_NAMES = (*(f"(?i:{name})" for name in _GENERATED), *(f"{_START}(?i:{name})" for name in _WEAK))
AFTER_TOKEN_NAME = _value_after(_TOKEN)
"""Clues of named secrets, and what follows them, also when it is encoded as JSON."""
