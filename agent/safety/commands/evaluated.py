"""Where a shell sets variables that its text does not name: by arithmetic with values from elsewhere, or by names that
are in variables themselves.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from agent.safety.commands.parser import source_of
from agent.safety.commands.words import Word, word_of

SETTERS = frozenset({
    "read", "getopts", "let", "eval", "mapfile", "readarray", "coproc", "unset", "typeset", "declare",
    "local", "readonly", "export",
})  # fmt: skip
"""What sets variables whose names are words; the last five as far as the parser takes them for plain commands."""

_NO_WORDS = frozenset({"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"})
_NAME = re.compile(r"[A-Za-z_]\w*")
_QUOTES = re.compile(r"[\"']")
_NUMBER = re.compile(r"-?\d*")
_COUNTED = re.compile(r"\d+|\{\d+\.\.\d+\}|\$\(seq [\d ]+\)")
"""What a `for` goes through that are numbers."""
_ALWAYS_NUMBERS = frozenset({"RANDOM", "SECONDS", "LINENO", "EPOCHSECONDS", "PPID", "UID"})
_COMPARING = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
_ABOUT_VARIABLES = frozenset({"-v", "-R"})
_FROM_ELSEWHERE = re.compile(r"\$\((?!\()|`|\$\{?[\d@*]|\$\{\w*[^\w}]|\w\$")
"""What a command prints, an argument, part of a value; or a name of which only a part is written."""


def nodes_of(root: Node) -> Iterator[Node]:
    """The node and all below it, in no order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def evaluates_unknown(root: Node) -> bool:
    """Whether arithmetic has other values in it than numbers that the text itself has set. The shell evaluates values
    as well: after `x=PID=1`, `$((x))` sets PID."""
    sources = [_QUOTES.sub("", source) for node in nodes_of(root) for source in _evaluated(node)]
    if any(_FROM_ELSEWHERE.search(source) for source in sources):
        return True
    return bool(sources) and not {name for source in sources for name in _NAME.findall(source)} <= _numbers(root)


def sets_unknown_names(root: Node) -> bool:
    """Whether it sets, and may export, variables whose names are not seen: `export $(cat .env | xargs)`."""
    return any(_names_unknown(node) for node in nodes_of(root))


def words_below(command: Node) -> list[Word]:
    """The words of a command, without assignments and redirects."""
    children = [child for child in command.named_children if child.type not in _NO_WORDS]
    return [word_of(child.children[0] if child.type == "command_name" else child) for child in children]


def _evaluated(node: Node) -> Iterator[str]:
    """The pieces of source that the shell evaluates when it comes to this node."""
    kinds = [child.type for child in node.children]
    match node.type:
        case "arithmetic_expansion":
            yield source_of(node)[2:].removeprefix("(")
        case "compound_statement" if kinds[0] == "((":
            yield source_of(node)
        case "c_style_for_statement":
            yield from (source_of(child) for child in node.children[kinds.index("((") + 1 : kinds.index("))")])
        case "subscript":
            yield from (index for index in map(source_of, node.children[2:-1]) if index not in {"@", "*"})
        case "expansion" if "!" in kinds and len(kinds) > 3:  # noqa: PLR2004 - `${!}` has three parts
            yield "$()"
        case "expansion" if ":" in kinds:
            yield from (source_of(child) for child in node.children[kinds.index(":") : -1])
        case "binary_expression" if any(source_of(child) in _COMPARING for child in node.children) and _is_double(node):
            yield from (source_of(child) for child in node.children if child.type != "test_operator")
        case "unary_expression" if source_of(node.children[0]) in _ABOUT_VARIABLES:
            yield from _subscript_in(source_of(node))
        case "unset_command":
            yield from _subscript_in(source_of(node))
        case "command" if "test" in (texts := _texts(node)) and _ABOUT_VARIABLES & {*texts}:
            yield from _subscript_in(source_of(node))


def _subscript_in(source: str) -> Iterator[str]:
    """An element of an array, which is named with a subscript; or what may turn out to name one."""
    if "[" in source.removeprefix("[") or "$" in source or "`" in source:
        yield "$()"


def _is_double(node: Node) -> bool:
    """Whether it stands in `[[ ]]`: only that evaluates what it compares."""
    outer: Node | None = node
    while outer is not None and outer.type != "test_command":
        outer = outer.parent
    return outer is not None and outer.children[0].type == "[["


def _numbers(root: Node) -> set[str]:
    """The variables that the text sets, and to nothing but numbers."""
    numbers, others = set(_ALWAYS_NUMBERS), set[str]()
    for node in nodes_of(root):
        if node.type == "variable_assignment":
            name, value = node.children[0], node.child_by_field_name("value")
            evaluated = node.parent is not None and node.parent.type == "c_style_for_statement"
            good = evaluated or (value is not None and _is_number(value))
            (numbers if good else others).add(source_of(name).partition("[")[0])
        elif node.type == "for_statement":
            values = [source_of(child) for child in node.children[3:] if child.is_named and child.type != "do_group"]
            good = bool(values) and all(map(_COUNTED.fullmatch, values))
            (numbers if good else others).add(source_of(node.children[1]))
        elif node.type == "command" and SETTERS & {*(texts := _texts(node))}:
            others |= {text for text in texts if text}
    return numbers - others


def _is_number(value: Node) -> bool:
    return value.type == "arithmetic_expansion" or bool(_NUMBER.fullmatch(_QUOTES.sub("", source_of(value))))


def _names_unknown(node: Node) -> bool:
    if node.type == "declaration_command":
        return any(
            child.type not in {"variable_assignment", "variable_name"} and word_of(child).text is None
            for child in node.named_children
        )
    if node.type == "expansion":
        kinds = {child.type for child in node.children}
        return "!" in kinds and bool(kinds & {":=", "="})
    if node.type != "command":
        return False
    texts = _texts(node)
    return None in texts and bool(SETTERS & {*texts} or {"printf", "-v"} <= {*texts})


def _texts(command: Node) -> list[str | None]:
    return [word.text for word in words_below(command)]
