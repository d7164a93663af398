"""Secrets below a heading: the column of a table that a name of a secret heads, and lists of passwords and codes."""

import re
from collections.abc import Iterator

from agent.runlog.redaction.command_secrets import is_given, is_mixed

_LINE_END = r"(?:\r?\n|(?:\\+r)?\\+n)"
_NAME_CELL = (
    r"(?i:pass(?:w(?:or)?d)?|pwd|passphrase|passcode|secret|token|api[_ -]?key"
    r"|(?:secret|private)[_ -](?:access[_ -])?key)"
)
_ROW = re.compile(r"(?:(?!\\+[rn])[^\n\r]){0,4000}", re.ASCII)
_IN_JSON = re.compile(r"[:,\[{ ] ?\\*\"")
_SEPARATORS = tuple(re.compile(one) for one in (r",", r";", r"\t|\\+t", r"\|", r"(?<=\S) {2,}(?=\S)"))
_RULE = re.compile(r"[-+|=: ]{3,}")
"""What separates the head of a table from its rows."""
_MAX_EMPTY_ROWS = 5
"""Rows in a row without a secret, behind which no other is looked for: every row may be the head of a table."""
_BEFORE_CHARS = 400
_MIN_COLUMNS = 2
_MIN_DIGITS = 4
"""Digits that codes have in all; words have fewer."""
_NAMES = re.compile(rf"[\\\"' *`]*(?:[\w.-]+[ _-])*{_NAME_CELL}[\\\"' *`]*\Z", re.ASCII)
_LABEL = re.compile(r"[\\\"' *`]*[A-Za-z][\w .#()/-]{0,40}[\\\"' *`]*\Z|\s*\Z", re.ASCII)
_BREAK = re.compile(_LINE_END)

HEADED_CLUE = (
    rf"{_NAME_CELL}[\\\"' *`]*(?:(?:[,;|\t]|\\+t|[ ][ ])[\w .#()/\\\"'*`,;|\t-]{{0,200}})?{_LINE_END}"
    r"(?:[^\s]{1,80}(?:[,;|\t]|\\+t)|[|+-][|+=: -]{3}|[ ]*-{3}|[ ]*\|)"
)
"""The name of a secret in the head of a table, up to the first cell of its first row."""
_HEAD = re.compile(rf"(?:^|[,;|\t])[\\\"' *`]*(?:[\w.-]+[ _-])*{_NAME_CELL}[\\\"' *`]*\s*(?:[,;|\t]|$)", re.ASCII)

CODES_CLUE = r"(?i:recovery|backup|scratch|emergency)[ _-]?(?:\w{3,12}[ ])?(?i:codes?)"
_CODE = (
    r"(?:[A-Za-z0-9]{4,10}(?:[ -][A-Za-z0-9]{4,10}){1,3}"
    r"|[a-z0-9]*\d[a-z0-9]{5,15}|[A-Z0-9]*\d[A-Z0-9]{5,15}|\d{4}[ ]?\d{4})(?![\w])"
)
_BETWEEN = r"(?:[\s,;\"'*\[\]()|`•-]|\\+[nrt\"]|\d{1,2}[.)])"
_FIRST_CODES = re.compile(
    rf"{CODES_CLUE}[^\n\d]{{0,60}}?{_BETWEEN}+(?P<secret>{_CODE})(?=(?P<second>{_BETWEEN}{{1,12}}{_CODE}))", re.ASCII
)
_NEXT_CODE = re.compile(rf"{_BETWEEN}{{1,12}}(?P<secret>{_CODE})", re.ASCII)
FIRST_CODE = re.compile(
    rf"{CODES_CLUE}[^\n\d]{{0,60}}?{_BETWEEN}+(?P<held>(?=\D{{0,9}}\d)[A-Za-z0-9]{{4,10}}"
    rf"(?:[ -]?[A-Za-z0-9]{{0,10}})?{_BETWEEN}{{0,12}}[\w-]{{0,15}}(?:[ ]\w{{0,10}})?)\Z",
    re.ASCII,
)
"""The end of a text in which a list of codes begins: one of them is no list."""
_MAX_CODES = 30

LOGINS_CLUE = r"chpasswd"
_LOGINS = re.compile(
    rf"chpasswd[^\n]{{0,40}}?{_LINE_END}(?:[ ]*(?:list|expire|users):[^\n]{{0,10}}?{_LINE_END}){{0,3}}"
)
_LOGIN = re.compile(rf"[ \t-]*[\w.-]+:(?P<secret>[^\s\"'\\]{{4,}})(?:{_LINE_END}|\s|\Z)", re.ASCII)


def is_head(line: str) -> bool:
    """Return whether `line` is the head of a table with a column for secrets."""
    return bool(_HEAD.search(line.strip()))


def column_spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the cells of the column of a table whose head has its name at `start`."""
    before = text[max(0, start - _BEFORE_CHARS) : start]
    begin = start - len(_BREAK.split(before)[-1])
    head = _row(text, begin)
    separator = next((one for one in _SEPARATORS if one.search(head)), None)
    cells = _cells(head, separator) if separator else []
    labels = [head[slice(*cell)] for cell in cells]
    if not labels or not all(map(_LABEL.match, (_IN_JSON.split(labels[0])[-1], *labels[1:]))):
        return
    column = next((number for number, cell in enumerate(cells) if cell[1] > start - begin), None)
    if column is None or not _NAMES.match(labels[column]) or sum(map(bool, map(str.strip, labels))) < _MIN_COLUMNS:
        return
    position, empty = begin + len(head), 0
    while empty < _MAX_EMPTY_ROWS and separator and (line_break := _BREAK.match(text, position)):
        position = line_break.end()
        row = _row(text, position)
        values = _cells(row, separator)
        is_last = position + len(row) == len(text)  # which may not be complete
        if _RULE.fullmatch(row):
            position += len(row)
            continue
        if len(values) != len(cells) and not (is_last and column < len(values) < len(cells)):
            return
        cell = row[slice(*values[column])]
        value = cell.strip(" \\\"'`")
        empty = 0 if is_mixed(value.lstrip("/")) else empty + 1
        if empty == 0:
            begin = position + values[column][0] + cell.index(value)
            yield begin, begin + len(value)
        position += len(row)


def _cells(row: str, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return where the cells of a row begin and end in it."""
    edges = [match.span() for match in separator.finditer(row)]
    return list(zip((0, *(end for _, end in edges)), (*(start for start, _ in edges), len(row)), strict=True))


def _row(text: str, start: int) -> str:
    match = _ROW.match(text, start)
    return match[0] if match else ""


def login_spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the passwords of the lines `name:password` that `chpasswd`, which is at `start`, reads."""
    heading = _LOGINS.match(text, start)
    position = heading.end() if heading else len(text)
    while (login := _LOGIN.match(text, position)) is not None:
        if is_given(login["secret"]):
            yield login.span("secret")
        position = login.end()


def code_spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield where the codes are that stand behind their heading."""
    first = _FIRST_CODES.match(text, start, start + 2000)
    if first is None or sum(map(str.isdigit, first["secret"] + first["second"])) < _MIN_DIGITS:
        return
    code: re.Match[str] | None = first
    for _ in range(_MAX_CODES):
        if code is None:
            break
        yield code.span("secret")
        code = _NEXT_CODE.match(text, code.end("secret"))


INSERT_CLUE = r"(?i:insert)[ ]+(?i:into)[ ][^()\s]{1,60}[ ]*\("
_INSERT = re.compile(
    r"(?i:insert)[ ]+(?i:into)[ ][^()\n]{1,80}\(([^()]{1,600})\)(?:\s|\\+[nrt])*(?i:values)(?:\s|\\+[nrt])*", re.ASCII
)
_VALUES = re.compile(r"(?:[,\s]|\\+[nrt])*\((?P<values>[^()\n]{1,4000})(?:\)|\Z)")


def insert_spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the values of the columns of an SQL statement that have the name of a secret."""
    insert = _INSERT.match(text, start)
    columns = insert[1].split(",") if insert else []
    position = insert.end() if insert and any(_NAMES.match(column.strip()) for column in columns) else len(text)
    while (row := _VALUES.match(text, position)) is not None:
        begin = row.start("values")
        for column, value in zip(columns, row["values"].split(","), strict=False):
            secret = value.strip(" \\\"'`")
            if _NAMES.match(column.strip()) and is_mixed(secret.lstrip("/")):
                yield begin + value.index(secret), begin + value.index(secret) + len(secret)
            begin += len(value) + 1
        position = row.end()
