"""The value of a shell word after quote removal, as far as it is known before the shell runs."""

import os
import re
from collections.abc import Sequence

from msgspec import Struct
from tree_sitter import Node

from agent.platform import home_directory
from agent.safety.commands.parser import source_of

_GLOB = re.compile(r"(?<!\\)[*?\[]|(?<!\\)[!?*+@]\(")
_BRACES = re.compile(r"(?<!\\)\{[^{}]*(,|\.\.)[^{}]*\}")
_ALTERNATIVES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MAX_ALTERNATIVES = 100
_LONG = 2000
"""Longer words with a brace are not searched with _BRACES and _ALTERNATIVES, which take quadratic time."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r'\\([$`"\\\n])')
_QUOTED = frozenset({"string", "raw_string", "ansi_c_string", "translated_string"})
_PLAIN_ANSI = re.compile(r"\$'[^'\\]*'")
_USUAL = re.compile(
    r'"?(?:(~[\w.-]*)(?=/|$)|\$(HOME|PWD)\b|\$\{(HOME|PWD)(?::?[-?][^}$`]*|%%?/)?\}'
    r"|(\$\((?:pwd(?: -[LP])?|git rev-parse --show-toplevel)\)|`pwd`))"
)
"""The beginning of a word whose value is known unless HOME or PWD has been set, in the project's directory."""


class Word(Struct, frozen=True):
    """One word. `text` is its value, None when it is known at run time only; `prefix` is the known beginning.

    `pattern` says whether the shell may expand it to other words (`*`, `{a,b}`, `~`); `source` is the word as written.
    """

    source: str
    text: str | None
    prefix: str
    pattern: bool = False

    @property
    def usual(self) -> str | None:
        """The value as it usually is: that of `~`, `$HOME` and `$PWD` included, the latter as `.`."""
        match = _USUAL.match(self.source)
        if match is None:
            return self.text
        if match[4] or "PWD" in match.groups():
            start = "."
        else:
            start = os.path.expanduser(match[1]) if match[1] and match[1] != "~" else home_directory()
        rest = re.sub(r"[\\\"']", "", self.source[match.end() :])
        return start + rest if rest[:1] in {"", "/"} and not {"$", "`"} & {*rest} else None

    @property
    def plain(self) -> str | None:
        """The value if it is known and the shell does not expand it, else None."""
        return None if self.pattern else self.text

    @property
    def is_double_quoted(self) -> bool:
        """Whether the whole word stands in double quotes."""
        return len(self.source) > 1 and self.source.startswith('"') and self.source.endswith('"')

    @property
    def usual_plain(self) -> str | None:
        """The usual value, None if the shell may expand it to other words than a path at home."""
        return None if self.pattern and not self.source.startswith("~") else self.usual

    @property
    def unquoted(self) -> str:
        """The word as shell text for another shell: without its quotes, with the variables left in."""
        if self.text is not None:
            return self.text
        return _unescape(self.source[1:-1]) if self.is_double_quoted else self.source


Words = Sequence[Word]


def literal_word(text: str) -> Word:
    """Return a word whose value is `text`."""
    return Word(text, text, text)


def word_from_node(node: Node) -> Word:
    """Return the word that a node of the syntax tree stands for."""
    parts = [_part(child) for child in node.children] if node.type == "concatenation" else [_part(node)]
    known, prefix = True, ""
    for part in parts:
        if known:
            prefix += part.prefix
        known = known and part.text is not None
    source = source_of(node)
    pattern = any(part.pattern for part in parts) or source.startswith("~") or _has_braces(_mask_quoted(node))
    return Word(source, prefix if known else None, prefix, pattern)


def expand_braces(text: str) -> list[str]:
    """Return what the shell makes of `a{b,c}`, as far as there is room for it; ranges such as `{1..3}` are kept."""
    if len(text) > _LONG:
        return [text]
    results: list[str] = []
    pending = [text]
    while pending:
        current = pending.pop()
        match = _ALTERNATIVES.search(current)
        if match is None or len(results) + len(pending) > _MAX_ALTERNATIVES:
            results.append(current)
        else:
            pending += [current[: match.start()] + part + current[match.end() :] for part in match[1].split(",")]
    return results


def _mask_quoted(node: Node) -> str:
    """Return the word with a letter for each quoted part: in quotes, braces and commas have no special meaning."""
    children = node.children if node.type == "concatenation" else [node]
    return "".join("q" if child.type in _QUOTED else source_of(child) for child in children)


def _has_braces(source: str) -> bool:
    """Return whether the shell may expand braces in it; for a very long word, any brace counts."""
    return "{" in source and (len(source) > _LONG or bool(_BRACES.search(source)))


def _part(node: Node) -> Word:
    source = source_of(node)
    match node.type:
        case "word" | "number" | "variable_name":
            text = _ESCAPED.sub(lambda match: "" if match[1] == "\n" else match[1], source)
            return Word(source, text, text, bool(_GLOB.search(source)))
        case "raw_string":
            return _known(source, source[1:-1])
        case "ansi_c_string" if _PLAIN_ANSI.fullmatch(source):
            return _known(source, source[2:-1])
        case "string":
            return _double_quoted(node, source)
        case "translated_string":
            return _double_quoted(node.children[-1], source)
        case "brace_expression" | "extglob_pattern":
            return Word(source, source, "", pattern=True)
    return Word(source, None, "")


def _double_quoted(node: Node, source: str) -> Word:
    """Return the word of a double-quoted string. The parser drops blanks between its parts; the source has them."""
    text = source_of(node)[1:-1]
    expansion = next((child for child in node.children if child.is_named and child.type != "string_content"), None)
    if expansion is None:
        return _known(source, _unescape(text))
    prefix = source_of(node, expansion.start_byte - node.start_byte)[1:]
    return Word(source, None, _unescape(prefix))


def _unescape(text: str) -> str:
    return _ESCAPED_IN_QUOTES.sub(lambda match: "" if match[1] == "\n" else match[1], text)


def _known(source: str, text: str) -> Word:
    return Word(source, text, text)
