"""Code as spans with looks, by Pygments, for the languages that agents write most. Pure."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby
from typing import Any

from observer.runs.rows.row_types import Block, Code, Field, List, Quote, Span, text_of

MAX_CHARS = 64 * 1024
"""Characters of code that are highlighted; Pygments takes 2.5 ms for a thousand."""
LANGUAGES = {
    "bash": "bash", "sh": "bash", "shell": "bash", "zsh": "bash", "console": "console", "shell-session": "console",
    "c": "c", "cpp": "cpp", "c++": "cpp", "csharp": "csharp", "cs": "csharp", "css": "css", "diff": "diff",
    "patch": "diff", "dockerfile": "docker", "docker": "docker", "go": "go", "golang": "go", "html": "html",
    "ini": "ini", "java": "java", "javascript": "javascript", "js": "javascript", "jsx": "javascript",
    "mjs": "javascript", "json": "json", "jsonc": "json", "kotlin": "kotlin", "kt": "kotlin", "lua": "lua",
    "makefile": "make", "make": "make", "php": "php", "py": "python", "python": "python", "python3": "python",
    "ruby": "ruby", "rb": "ruby", "rust": "rust", "rs": "rust", "sql": "sql", "swift": "swift", "toml": "toml",
    "ts": "typescript", "typescript": "typescript", "tsx": "typescript", "xml": "xml", "yaml": "yaml", "yml": "yaml",
}  # fmt: skip
"""The lexer for each name that a fence may state."""
_LOOKS = {
    "Keyword": "keyword", "Literal.String": "string", "Literal.Number": "number", "Comment": "comment",
    "Name.Function": "name", "Name.Class": "name", "Name.Decorator": "name", "Name.Tag": "name",
    "Name.Attribute": "name", "Name.Builtin": "builtin", "Name.Exception": "builtin", "Keyword.Constant": "builtin",
    "Operator.Word": "keyword", "Generic.Inserted": "added", "Generic.Deleted": "removed", "Generic.Prompt": "comment",
    "Generic.Heading": "name", "Generic.Subheading": "name",
}  # fmt: skip
"""The look of each kind of token; one that is not here looks as the kind that it is one of, or plain."""
_WITH_CODE = frozenset({Code, Quote, Field, List})
_MAX_KNOWN = 256
_KNOWN: dict[tuple[str, str], tuple[Span, ...]] = {}
"""The spans of code that was highlighted last, by code and lexer."""

IsLate = Callable[[], bool]
"""Whether no more time is to be spent; the clock is the caller's."""


def highlight(code: str, language: str, is_late: IsLate) -> list[Span]:
    """Return code as spans, together the same text; plain for other languages, and for a very long one.

    Pygments takes quadratic time for some texts, so `is_late` is called before and between its words: once it returns
    true, what remains is plain.

    >>> highlight("x = 1", "python", lambda: False)
    ['x = ', ('1', 'number')]
    """
    name = LANGUAGES.get(language.lower())
    if name is None or len(code) > MAX_CHARS or not code:
        return [code] if code else []
    known = _KNOWN.get((code, name))
    if known is not None:
        return list(known)
    return [code] if is_late() else _parse(code, name, is_late)


def highlight_blocks(blocks: Iterable[Block], is_late: IsLate) -> None:
    """Give the code in some blocks, nested ones included, the looks of its language."""
    for block in blocks:
        if type(block) not in _WITH_CODE:  # most blocks; to match each against all of these takes long
            continue
        match block:
            case Code():
                block.spans = highlight("".join(map(text_of, block.spans)), block.language, is_late)
            case Quote() | Field():
                highlight_blocks(block.blocks, is_late)
            case List():
                for item in block.items:
                    highlight_blocks(item.blocks, is_late)


def _parse(code: str, name: str, is_late: IsLate) -> list[Span]:
    looks, end, is_whole = list[tuple[str, str]](), 0, True
    for start, kind, text in _lexer(name).get_tokens_unprocessed(code):
        looks.append((_look(kind), text))
        end = start + len(text)
        if is_late():
            is_whole = end == len(code)
            break
    looks.append(("", code[end:]))
    joined = ((look, "".join(text for _, text in group)) for look, group in groupby(looks, key=lambda one: one[0]))
    spans: list[Span] = [(text, look) if look else text for look, text in joined if text]
    if is_whole:
        if len(_KNOWN) >= _MAX_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)), None)
        _KNOWN[code, name] = tuple(spans)
    return spans


@lru_cache(maxsize=64)
def _lexer(name: str) -> Any:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - slow to import, and rarely needed

    options = {"startinline": True} if name == "php" else {}
    return get_lexer_by_name(name, stripnl=False, ensurenl=False, **options)


@lru_cache(maxsize=512)
def _look(kind: Any) -> str:
    parts = list(kind)
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((_LOOKS[name] for name in names if name in _LOOKS), "")
