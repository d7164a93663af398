"""What a word of shell means once its quotes are gone, as far as that can be known beforehand."""

import re

from msgspec import Struct
from tree_sitter import Node

from agent.safety.commands.parser import source_of

_GLOB = re.compile(r"(?<!\\)[*?\[]|(?<!\\)[!?*+@]\(")
_BRACES = re.compile(r"(?<!\\)\{[^{}]*(,|\.\.)[^{}]*\}")
_LONG = 2000
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r'\\([$`"\\\n])')
_QUOTED = frozenset({"string", "raw_string", "ansi_c_string", "translated_string"})
_PLAIN_ANSI = re.compile(r"\$'[^'\\]*'")


class Word(Struct, frozen=True):
    """One word. `text` is its value, None when only the shell will know; `prefix` is what is known of its beginning.

    `pattern` says whether the shell may make other words of it (`*`, `{a,b}`, `~`); `source` is as it was written.
    """

    source: str
    text: str | None
    prefix: str
    pattern: bool = False

    @property
    def plain(self) -> str | None:
        """The value, if it is known and the shell takes it as it is."""
        return None if self.pattern else self.text


def word_of(node: Node) -> Word:
    """The word that a node of the tree stands for."""
    parts = [_part(child) for child in node.children] if node.type == "concatenation" else [_part(node)]
    known, prefix = True, ""
    for part in parts:
        if known:
            prefix += part.prefix
        known = known and part.text is not None
    source = source_of(node)
    pattern = any(part.pattern for part in parts) or source.startswith("~") or _has_braces(_without_quoted(node))
    return Word(source, prefix if known else None, prefix, pattern)


def _without_quoted(node: Node) -> str:
    """The word with a letter for each part in quotes, in which braces and commas are nothing special."""
    children = node.children if node.type == "concatenation" else [node]
    return "".join("q" if child.type in _QUOTED else source_of(child) for child in children)


def _has_braces(source: str) -> bool:
    """Whether the shell makes several words of it; of a very long one that is taken for granted."""
    return "{" in source and (len(source) > _LONG or bool(_BRACES.search(source)))


def literal_word(text: str) -> Word:
    """A word that is known as it is."""
    return Word(text, text, text)


def _part(node: Node) -> Word:
    source = source_of(node)
    match node.type:
        case "word" | "number" | "variable_name":
            text = _ESCAPED.sub(lambda found: "" if found[1] == "\n" else found[1], source)
            return Word(source, text, text, bool(_GLOB.search(source)))
        case "raw_string":
            return _known(source, source[1:-1])
        case "ansi_c_string" if _PLAIN_ANSI.fullmatch(source):
            return _known(source, source[2:-1])
        case "string":
            return _quoted(node, source)
        case "translated_string":
            return _quoted(node.children[-1], source)
        case "brace_expression" | "extglob_pattern":
            return Word(source, source, "", pattern=True)
    return Word(source, None, "")


def _quoted(node: Node, source: str) -> Word:
    """A string in double quotes; the parser drops blanks between its parts, the source has them."""
    text = source_of(node)[1:-1]
    opaque = next((child for child in node.children if child.is_named and child.type != "string_content"), None)
    if opaque is None:
        return _known(source, _unescaped(text))
    beginning = source_of(node, opaque.start_byte - node.start_byte)[1:]
    return Word(source, None, _unescaped(beginning))


def _unescaped(text: str) -> str:
    return _ESCAPED_IN_QUOTES.sub(lambda found: "" if found[1] == "\n" else found[1], text)


def _known(source: str, text: str) -> Word:
    return Word(source, text, text)
