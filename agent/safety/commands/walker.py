"""Visits a syntax tree in the order a shell runs it: each simple command, with the directories it may run in."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tree_sitter import Node

from agent.safety.commands.denial import Denied
from agent.safety.commands.parser import descendants, source_of
from agent.safety.commands.paths import Directories
from agent.safety.commands.words import Word, literal_word, word_from_node

_SUBSHELLS = frozenset({"subshell", "command_substitution", "process_substitution", "pipeline"})
"""Run in a shell of their own, so that a `cd` inside has no effect after them."""
_SEQUENTIAL = frozenset({"program", "compound_statement", "redirected_statement", *_SUBSHELLS})
"""Run from the first child to the last, unlike an `if` or a loop."""
_LOOPS = frozenset({"for_statement", "while_statement", "c_style_for_statement"})
_MAX_DIRECTORIES = 16
_WRITING = frozenset({">", ">>", ">|", "&>", "&>>", "<>", ">&"})
_DESCRIPTORS = frozenset({"number", "file_descriptor"})
_NOT_WORDS = frozenset({"variable_assignment", "file_redirect", "herestring_redirect"})
_EVALUATING = frozenset(
    {"let", "read", "unset", "declare", "typeset", "local", "readonly", "export", "test", "[", "wait"}
)
"""Builtins that take variable names, in whose subscripts the shell runs substitutions, quoted or not."""


class CwdAfter(NamedTuple):
    """The directories a shell may be in after a command: if the command succeeded, and in any case."""

    success: Directories
    any: Directories


class Command(NamedTuple):
    """A simple command: its words, without assignments and redirects, and its source text."""

    words: list[Word]
    source: str
    stdin: str | None = None
    """The text of a here-document or here-string that it reads."""


class Walker:
    """Calls `on_command` for each simple command, `on_write` for each file that output is redirected to, and
    `on_function` for the name of each function that is certainly defined from then on.

    With `optimistic`, a `cd` is taken to succeed: after `cd build || exit` the shell is in `build`.
    `on_command` returns the directories the shell may be in after the command.
    """

    def __init__(
        self,
        on_command: Callable[[Command, Directories], CwdAfter],
        on_write: Callable[[Word, Directories], None],
        on_function: Callable[[str], None],
        *,
        optimistic: bool,
    ) -> None:
        self._on_command = on_command
        self._on_write = on_write
        self._on_function = on_function
        self._optimistic = optimistic
        self._stdin: str | None = None

    def visit(self, node: Node, directories: Directories) -> CwdAfter:
        """Visit `node` with the shell in one of `directories`. Returns the directories it may be in afterwards."""
        outer = self._stdin
        if node.type in {"command", "redirected_statement"} and (text := _input_text(node)) is not None:
            self._stdin = text
        after = self._visit(node, directories)
        self._stdin = outer
        return CwdAfter(after.success, after.success) if self._optimistic else after

    def _visit(self, node: Node, directories: Directories) -> CwdAfter:
        unchanged = CwdAfter(directories, directories)
        match node.type:
            case "command":
                return self._command(node, directories)
            case "declaration_command" | "unset_command" | "test_command":
                self._builtin(node, directories)
                return unchanged
            case "file_redirect":
                self._redirect(node, directories)
                return unchanged
            case "list" | "redirected_statement" | "pipeline" if (parts := _split_list(node)) is not None:
                return self._list(*parts, directories)
            case "function_definition":
                self._children(node, directories | {None})
                if _is_certain(node):
                    self._on_function(_function_name(node))
                return unchanged
            case "pipeline":
                for child in node.children:
                    self.visit(child, directories)
                return unchanged
        if node.type in _LOOPS:
            return self._loop(node, directories)
        after = self._children(node, directories)
        return unchanged if node.type in _SUBSHELLS else after

    def _children(self, node: Node, directories: Directories) -> CwdAfter:
        last, reached = CwdAfter(directories, directories), directories
        for child in node.children:
            last = _bounded(self.visit(child, last.any))
            reached |= last.any
        return last if node.type in _SEQUENTIAL else CwdAfter(reached, reached)

    def _loop(self, node: Node, directories: Directories) -> CwdAfter:
        first_round = self._children(node, directories)
        if first_round.any == directories:
            return first_round
        self._children(node, first_round.any | {None})  # where the shell is in the second round and all later ones
        return CwdAfter(first_round.success | {None}, first_round.any | {None})

    def _list(self, node: Node, trailing: Sequence[Node], directories: Directories) -> CwdAfter:
        """Visit `left && right` or `left || right`.

        `trailing` are redirects, and pipes after those. To a shell they belong to `right` alone, to the parser to both
        sides; so a `cd` on the left must not be taken for one inside a pipeline.
        """
        left, operator, right = node.children[0], source_of(node.children[1]), node.children[-1]
        first = _bounded(self.visit(left, directories))
        start = first.success if operator == "&&" else first.any
        second = self.visit(right, start)
        for child in trailing:
            self.visit(child, start)
        if operator == "&&":
            return CwdAfter(second.success, first.any | second.any)
        if self._optimistic:
            return first
        return CwdAfter(first.success | second.success, first.any | second.any)

    def _command(self, node: Node, directories: Directories) -> CwdAfter:
        words = []
        for child in node.children:
            self._substitutions(child, directories)
            if child.type == "command_name":
                words.append(word_from_node(child.children[0]))
            elif child.is_named and child.type not in _NOT_WORDS:
                words.append(word_from_node(child))
        if not words:
            return CwdAfter(directories, directories)
        _check_subscripts(words)
        return self._on_command(Command(words, source_of(node), self._stdin), directories)

    def _builtin(self, node: Node, directories: Directories) -> None:
        """Visit `export`, `unset`, `[[` and their like, which are not commands to the parser."""
        for child in node.children:
            self._substitutions(child, directories)
        words = [literal_word(source_of(node.children[0]))]
        words += [Word(source_of(child), source_of(child), "") for child in node.children[1:]]
        if words[0].text != "[[":
            _check_subscripts(words)
        if words[0].text != "unset":
            words = words[:1]
        self._on_command(Command(words, source_of(node)), directories)

    def _redirect(self, node: Node, directories: Directories) -> None:
        self._substitutions_below(node, directories)
        operator = next((child.type for child in node.children if not child.is_named), "")
        destination = node.children[-1]
        duplicates = operator == ">&" and destination.type in _DESCRIPTORS
        if operator in _WRITING and not duplicates and destination.is_named:
            self._on_write(word_from_node(destination), directories)

    def _substitutions(self, node: Node, directories: Directories) -> None:
        """Visit the commands within a word or an assignment."""
        if node.type in _SUBSHELLS or node.type in {"file_redirect", "herestring_redirect"}:
            self.visit(node, directories)
        else:
            self._substitutions_below(node, directories)

    def _substitutions_below(self, node: Node, directories: Directories) -> None:
        for child in node.children:
            self._substitutions(child, directories)


def functions_in(root: Node) -> frozenset[str]:
    """Return the names of all functions that are defined in `root`."""
    return frozenset(map(_function_name, (node for node in descendants(root) if node.type == "function_definition")))


def first_functions_in(root: Node) -> frozenset[str]:
    """Return the names of functions that are certainly defined before anything in `root` calls a function."""
    all_functions = functions_in(root)
    names: set[str] = set()
    for node in root.children if all_functions else ():
        if _is_certain(node):
            names.add(_function_name(node))
        elif all_functions & {source_of(child) for child in descendants(node) if child.type == "command_name"}:
            break
    return frozenset(names)


def _is_certain(node: Node) -> bool:
    """Return whether it is a definition that is reached if the text is, and that does not run in the background."""
    top_level = node.type == "function_definition" and node.parent is not None and node.parent.type == "program"
    return top_level and (node.next_sibling is None or node.next_sibling.type != "&")


def _function_name(node: Node) -> str:
    return source_of(node.child_by_field_name("name") or node)


def _input_text(node: Node) -> str | None:
    """Return the text of the here-document or here-string of a command, None if it has none."""
    for child in node.children:
        if child.type == "heredoc_redirect":
            body = next((part for part in child.children if part.type == "heredoc_body"), None)
            return "" if body is None else source_of(body)
        if child.type == "herestring_redirect":
            word = word_from_node(child.children[-1])
            return word.unquoted
    return None


def _check_subscripts(words: list[Word]) -> None:
    name = words[0].text
    if name in _EVALUATING or (name == "printf" and any(word.text == "-v" for word in words)):
        for word in words[1:]:
            if word.text is not None and ("$(" in word.text or "`" in word.text) and "[" in word.text:
                reason = f"{name} may run the substitution in {word.source}; leave it out"
                raise Denied("syntax", reason)


def _split_list(node: Node) -> tuple[Node, list[Node]] | None:
    """Return the list that a node is or begins with, and the redirects and pipes after it; None if there is none.

    In `a && b 2>&1 | c`, the parser takes all of `a && b` for the pipe's left side.
    """
    trailing: list[Node] = []
    while node.type in {"redirected_statement", "pipeline"}:
        trailing = [*node.children[1:], *trailing]
        node = node.children[0]
    return (node, trailing) if node.type == "list" else None


def _bounded(after: CwdAfter) -> CwdAfter:
    """Replace too many directories by the unknown one, as each command is checked in every one of them."""
    unknown = frozenset({None})
    return CwdAfter(unknown, unknown) if len(after.any | after.success) > _MAX_DIRECTORIES else after
