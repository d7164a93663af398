"""Judges whether a password stands in a connection string, as of MSSQL, ODBC, libpq and Azure, or in a `.pgpass` file.

Such a string is pairs of names and values with semicolons or spaces between them, some of well-known names. It is taken
apart step by step: an expression for all of it would take exponential time on some texts.
"""

import re

from agent.runlog.redaction.secret_values import is_placeholder

_CONTEXT_CHARS = 300
_PAIR = re.compile(
    r"\b(?i:server|data source|host|hostaddr|dbname|database|initial catalog|user id|uid|user|username|driver|endpoint"
    r"|accountname|port|sharedaccesskeyname)=(?=[^=\s;,\"])",
    re.ASCII,
)
_LINE_PART = re.compile(r"[\n\"]")
_FIRST_VALUE = re.compile(r"[^=\n;,\"()]*(?:[=;]|\Z)")
_SEPARATORS = (";", " ")
_HOST_CHARS = 120
_HOST = re.compile(r"(?:^|[\s\"'#]|\\[nrt])(?=[^:]*[g-zG-Z.*])[\w.*-]+\Z", re.ASCII)
_PGPASS = re.compile(
    r":(?:\d{4,5}|\*):[\w*-]+:[\w*-]+:(?P<secret>(?:\\[:\\]|[^\s:\\\"'])+)(?=\s|\\|[\"']|\Z)", re.ASCII
)


def is_in_connection_string(match: re.Match[str]) -> bool:
    """Return whether the `match` of a password, whose value is its group `secret`, stands beside other pairs."""
    value = match["secret"].strip("'")
    if value.endswith(",") or value in {"None", "null"} or is_placeholder(value):
        return False
    before = match.string[max(0, match.start() - _CONTEXT_CHARS) : match.start()]
    after = match.string[match.end() : match.end() + _CONTEXT_CHARS]
    return _ends_with_pairs(_LINE_PART.split(before)[-1]) or _begins_with_pairs(_LINE_PART.split(after)[0])


def _ends_with_pairs(text: str) -> bool:
    """Return whether pairs stand at the end of `text`, from one with a well-known name on."""
    return text.endswith(_SEPARATORS) and any(
        _FIRST_VALUE.match(text, pair.end()) and _are_pairs(text[pair.start() :]) for pair in _PAIR.finditer(text)
    )


def _begins_with_pairs(text: str) -> bool:
    """Return whether pairs stand at the beginning of `text`, up to one with a well-known name."""
    return text.startswith(_SEPARATORS) and any(_are_pairs(text[1 : pair.start()]) for pair in _PAIR.finditer(text, 1))


def _are_pairs(text: str) -> bool:
    return all("=" in part for part in text.split(";") if part.strip())


def pgpass_password(text: str, start: int) -> tuple[int, int] | None:
    """Return where the password of a line of a `.pgpass` file stands, at whose port the clue begins."""
    if not _HOST.search(text, max(0, start - _HOST_CHARS), start):
        return None
    match = _PGPASS.match(text, start)
    return match.span("secret") if match else None
