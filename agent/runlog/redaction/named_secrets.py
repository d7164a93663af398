"""Secrets that are recognized by the name in front of them, in every syntax that gives a name a value."""

import re
from collections.abc import Iterable

from agent.runlog.redaction.clues import Find
from agent.runlog.redaction.secret_values import (
    MIN_CHARS,
    holds_userinfo,
    is_password,
    is_placeholder,
    is_random,
    is_scrambled,
)

SPACE = r"(?:[ \t\r\n]|\\+[nrt])"
"""White space, also as JSON within a text writes it."""

_STORE = r"(?:ssh_?|store|key)pass"
_CHOSEN = rf"passw(?:or)?[dt]s?|kennwort|contrase[^\sa-z]{{1,2}}a|{_STORE}|pass(?:phrase|code)|pwd|secrets?|mnemonic"
_GENERATED = (
    r"tokens?|hash_salt|api[_.\- ]?keys?|credentials?|authkey|"
    r"(?:access|account|auth|private|sign(?:ing|ature)|encrypt(?:ion)?|master|shared|subscription|service|storage"
    r"|app|application|client|consumer|license|deploy|admin|write|read|ingest(?:ion)?|integration|server|session|cookie|hmac|aes"
    r"|jwt|webhook|host|functions?|instrumentation|connection|project|secret|access|user|rest|unseal)"
    r"[_.\- ]?keys?(?:[ ]\d)?"
)
_WEAK = r"pass|pw|encrypt|seed|code_verifier|auth(?:orization)?|creds?|psk|pat|sig|dsn|otp|jwt|key"
_SUFFIX = (
    r"(?:[_.-]?(?:base|value|key|prod(?:uction)?|dev(?:elopment)?|test|staging|live|old|new|primary|secondary|default|b64|base64"
    r"|enc(?:rypted)?|raw|plain(?:text)?|string|data|main|backup|\d{1,3}))*"
)
_NAME = (
    rf"(?:(?P<password>(?i:{_CHOSEN}))|(?P<token>(?i:{_GENERATED}))"
    rf"|(?P<weak>(?:(?<![A-Za-z])|(?<=\\[nrt]))(?i:{_WEAK})|(?<=[a-z0-9])(?:Pass|Auth|Key|Psk|Jwt)))(?i:{_SUFFIX})(?![A-Za-z0-9])"
)
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
_CLOSE = r"(?:\\*[\"'`])?\]?"
_TYPE = r"(?::[ ]?[\w.\[\]&]{1,30}[ ](?==))?"
_YAML = r"(?:(?:[&!][\w!]+[ \t]+|[|>][+-]?)(?:[ \t\r\n]|\\+[nrt])*)?"
"""An anchor or a tag in front of a value, or what says that the value is the lines that follow."""

_ASSIGNED = (
    rf"{_CLOSE}{_TYPE}{_GAP}(?P<sign>=>|:=|={{1,3}}|:(?:[*_]{{2}})?|(?<=[A-Z][\"']),(?=[ ]?\\*[\"'])|%3[AaDd]"
    rf"|\|(?=[ ]?`)|(?:is|ist|lautet|est|es|for[ ][\w.@-]{{1,40}}:)(?=[ ])){_GAP}{_YAML}{_VALUE}"
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
_BEFORE_LINE = re.compile(r"(?:^|\n|\\n|\\*\")[ \t]*\Z")
"""The beginning of a line, as in the settings of a program."""
_STRONG = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?=.*[!@#$%^&*?+=~])[!-~]{8,}", re.ASCII)
"""A password that a person writes about: `log in as root with password Winter!2031`."""
_BEFORE_CONSTANT = re.compile(r"(?<![\w.$-])[A-Z\d_]*\Z", re.ASCII)
_CONSTANT = re.compile(r"[A-Z][A-Z\d]*_[A-Z\d_]*", re.ASCII)
_HARMLESS = re.compile(
    r"(?:(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))(?i:public\w*|update|next|page|continuation|sync|cancel(?:lation)?|lock|verification|change|resume|start|end|"
    r"idempotency|(?:client[_-]?)?request|websocket|foreign|primary|sort|partition|cache|row|group|index|routing|map|dict"
    r"|object)|::\w*|[\w*]:)[_ -]?\Z",
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
        if _is_secret(match, match["quoted"] or match["bare"]):
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
    looks_secret = is_random(value) or (is_chosen and (is_password(value) or is_scrambled(value)))
    return bool(looks_secret) and not is_placeholder(value)  # in this order, as the last takes longest


_PATTERNS = tuple(re.compile(_NAME + source, re.ASCII) for source in (_ASSIGNED, _TAGGED, _OPTION))
_OPTION_PATTERN = _PATTERNS[-1]
_KEY = re.compile(_NAME + r"\]?\Z", re.ASCII)
ANY_NAME = rf"(?i:(?:{_CHOSEN}|{_GENERATED}|{_WEAK}){_SUFFIX})"
_CLUE_CHAR = r"[^\s\"'`{}\[\](),;]"
_CLUE_START = r"(?:\s|\\+[nrt])*(?:(?:[&!][\w!]+[ \t]+|[|>][+-]?)(?:\s|\\+[nrt])*)?[bBrRfFuULN@]?(?:\\*[\"'`])?"
_CLUES_OF_VALUES = (
    (rf"(?i:(?:{_CHOSEN}|pass|pw|auth(?:orization)?|psk){_SUFFIX})", rf"{_CLUE_START}{_CLUE_CHAR}{{6}}"),
    (rf"(?i:(?:{_GENERATED}|{_WEAK}){_SUFFIX})", rf"{_CLUE_START}(?:\w{{2,12}}[ ])?{_CLUE_CHAR}{{16}}"),
)
"""Names, and the beginnings of their values: a password has a few characters, what was generated has more."""
CLUES = (
    *(
        clue
        for name, value in _CLUES_OF_VALUES
        for clue in (
            rf"{name}(?:\\*[\"'`])?\]?(?::[ ]?[\w.\[\]&]{{1,30}}[ ])?(?:\s|\\+[nrt])*"
            rf"(?:[=:,>|]|</key>|%3[AaDd]|(?:is|ist|lautet|est|es)[ ]|for[ ][\w.@-]{{1,40}}:)[>=*_]{{0,2}}{value}",
            rf"{name}(?:[ \t]|\\+t)+(?:--(?:body|value)[ =])?{value}",
        )
    ),
    rf"(?i:identified by)[ \t]+{_CLUES_OF_VALUES[0][1]}",
    rf"{ANY_NAME}(?:\\*[\"'])?,?(?:\\*[\"']|\s|\\+[nrt]|<string>|</key>|>|<)*(?i:value|string)",
    rf"{ANY_NAME}\\*\"[ ]\{{|{ANY_NAME}[ ]encoding=",
)
"""What a named secret contains, for RE2. The values of more names match, as RE2 cannot look at what surrounds them."""
