"""How much of a Markdown text that still arrives can be shown: what follows would not change how it looks. Pure.

It reads only what it needs for that; what the text means is the parser's to say. Where it is wrong, a text looks
plainer than it could, and nothing of it is lost: see `observer.terminal.markdown_stream`.
"""

import re

MAX_UNDECIDED = 600
"""Characters within which a sign that opens something has to be closed; after that it is a sign like any other."""
MAX_TABLE = 64 * 1024
"""Characters of a table that are waited for."""
_OPENING = re.compile(r"(?m)^[ >]*(?:(?:[-*+]|\d{1,9}[.)]) +)*(`{3,}(?=[^`\n]*$)|~{3,})")
_BOUNDARY = re.compile(r"(?m)^[ \t]*\n(?=[^\s>*+\-\d])|^(?=#{1,6} )|^#{1,6} [^\n]*\n")
_NESTED = re.compile(r"(?m)^(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])")
_DELIMITER_ROW = re.compile(r"[ \t>|:-]*-[ \t|:-]*")
_BLOCK = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?[ \t>]*)*(?:#{1,6}[ \t]+)?")
"""What precedes the text of a line: the signs of quotes, items, tasks and headings."""
_UNCLEAR = re.compile(r"[-=+#>|]|`{3}|~{3}|~{1,2}$|\d{1,9}(?:[.)]?$|[.)] *$)|\[[ xX]?\]?$|[*_] ?(?:[*_]|$)")
"""What a line begins with that may become a sign of its own, or is one whose rest is missing."""
_ENTITY = re.compile(r"&#?\w{0,30}")


def next_boundary(text: str) -> int:
    r"""Return where the first block of a text certainly ends and another one begins, neither nested; 0 if unknown.

    >>> next_boundary("a\n\nb"), next_boundary("a\nb"), next_boundary("```\na\n\nb\n```\nc")
    (3, 0, 13)
    """
    if (opening := _OPENING.match(text)) and text[0] in "`~":
        return _end_of_fence(text, opening)
    ends = (match.end() for match in _BOUNDARY.finditer(text) if match.end())
    end = next(ends, len(text))
    fence = _OPENING.search(text, 0, end)  # what follows that end is not even read: there may be much of it
    if fence is None:
        return end if end < len(text) else 0
    return fence.start() if text[fence.start()] in "`~" else 0


def _end_of_fence(text: str, opening: re.Match[str]) -> int:
    """Return where the line after a block of code begins; 0 if the block goes on."""
    sign = opening[1]
    end = re.compile(rf"(?m)^ {{0,3}}{sign[0]}{{{len(sign)},}} *\n").search(text, opening.end())
    return end.end() if end is not None and end.end() < len(text) else 0


def settled(text: str) -> int:
    r"""Return how many characters of the text can be shown; it begins with a block.

    >>> settled("some **bold"), settled("some **bold** x"), settled("| a | b |\n|--|")
    (5, 15, 0)
    """
    start = text.rfind("\n") + 1
    if _is_in_code(text[:start]):
        return start
    if (table := _table_start(text[:start])) < start:
        return table if start - table < MAX_TABLE else start
    begin = _paragraph_start(text, start)
    block = _BLOCK.match(text, start)
    content = block.end() if block else start
    line = text[content:]
    if not line or "|" in line or _UNCLEAR.match(line):
        return min(start, begin + undecided(text[begin:start]))
    return begin + undecided(text[begin:])


def _is_in_code(text: str) -> bool:
    """Return whether complete lines end in the middle of a fenced block."""
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        sign = opening[1]
        closing = re.compile(rf"(?m)^[ >]*{sign[0]}{{{len(sign)},}} *$").search(text, opening.end())
        if closing is None:
            return True
        at = closing.end()
    return False


def _table_start(text: str) -> int:
    """Return where the table begins that may go on after complete lines; their end if there is none."""
    end = start = len(text)
    lines: list[str] = []
    while start:
        begin = text.rfind("\n", 0, start - 1) + 1
        if "|" not in text[begin:start]:
            break
        lines.insert(0, text[begin : start - 1])
        start = begin
    if len(lines) > 1 and not any(_DELIMITER_ROW.fullmatch(line) for line in lines[1:]):
        return end
    return start


def _paragraph_start(text: str, start: int) -> int:
    """Return where the paragraph begins whose last line begins at `start`."""
    while start and len(text) - start < MAX_UNDECIDED:
        block = _BLOCK.match(text, start)
        if block is not None and block.end() > start:
            return block.end()
        begin = text.rfind("\n", 0, start - 1) + 1
        line = text[begin : start - 1]
        if not line.strip() or line.startswith("#"):
            break
        start = begin
    block = _BLOCK.match(text, start)
    return block.end() if block else start


def undecided(text: str) -> int:
    """Return the position in a paragraph of the first sign of which the following text decides what it means.

    >>> undecided("a `b"), undecided("a `*` b"), undecided("2 * 3 [x](y"), undecided("*a* _b"), undecided("a_b 1")
    (2, 7, 6, 4, 5)
    """
    opened: list[tuple[str, int]] = []
    at = 0
    while (match := _SIGN.search(text, at)) is not None:
        begin, sign = match.start(), match[0]
        at = match.end()
        if sign[0] in "*_~":
            first = _take_run(text, match, opened)
            if at == len(text):
                opened.append((sign, first))  # more of it may follow
        else:
            end = _end_of(text, begin, sign)
            if end is None:
                opened.append((sign, begin))
                break
            at = end
    return min((begin for _, begin in opened if len(text) - begin < MAX_UNDECIDED), default=len(text))


_SIGN = re.compile(r"\\|`+|\*+|_+|~~+|!?\[|!$|<(?=[\w/!?]|$)|&")


def _take_run(text: str, match: re.Match[str], opened: list[tuple[str, int]]) -> int:
    """Let a run of asterisks, underscores or tildes close what was opened, or open something; return where."""
    run = match[0]
    before = text[match.start() - 1 : match.start()] or " "
    after = text[match.end() : match.end() + 1] or " "
    inside_word = run[0] == "_" and before.isalnum() and after.isalnum()
    if not before.isspace() and not inside_word:
        for index in range(len(opened) - 1, -1, -1):
            if opened[index][0][0] == run[0]:
                sign, begin = opened[index]
                del opened[index:]
                if len(sign) > len(run):
                    opened.append((sign[len(run) :], begin))
                return begin
    if not after.isspace() and not inside_word:
        opened.append((run, match.start()))
    return match.start()


def _end_of(text: str, begin: int, sign: str) -> int | None:
    """Return where what a sign opens ends; None if that is not known yet."""
    match sign[0]:
        case "\\":
            return begin + 2 if begin + 1 < len(text) else None
        case "`":
            closing = re.compile(rf"(?<!`)`{{{len(sign)}}}(?!`)").search(text, begin + len(sign))
            return closing.end() if closing is not None and closing.end() < len(text) else None
        case "&":
            entity = _ENTITY.match(text, begin)
            return None if entity is not None and entity.end() == len(text) else begin + 1
        case "<":
            end = text.find(">", begin)
            return end + 1 if end >= 0 else None
        case _:
            return _end_of_link(text, begin)


def _end_of_link(text: str, begin: int) -> int | None:
    end = text.find("]", begin)
    if end < 0 or end + 1 == len(text) or text[end + 1] == ":":  # which may define what another link leads to
        return None
    if text[end + 1] not in "([":
        return end + 1
    end = text.find(")" if text[end + 1] == "(" else "]", end + 1)
    return end + 1 if end >= 0 else None
