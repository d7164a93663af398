"""Through a syntax tree in the order in which a shell goes: every simple command, and the folders it may run in."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node

from agent.safety.commands.denial import Refused
from agent.safety.commands.parser import source_of
from agent.safety.commands.paths import Folders
from agent.safety.commands.words import Word, literal_word, word_of

_OWN_SHELL = frozenset({"subshell", "command_substitution", "process_substitution", "pipeline"})
"""What runs in a shell of its own, so that a `cd` in it ends with it."""
_STRAIGHT = frozenset({"program", "compound_statement", "redirected_statement", *_OWN_SHELL})
"""What runs from its beginning to its end, unlike an `if` or a loop."""
_MOST_FOLDERS = 16
_LOOPS = frozenset({"for_statement", "while_statement", "c_style_for_statement"})
_WRITING = frozenset({">", ">>", ">|", "&>", "&>>", "<>", ">&"})
_VALUES = frozenset({"number", "file_descriptor"})
_EVALUATING = frozenset(
    {"let", "read", "unset", "declare", "typeset", "local", "readonly", "export", "test", "[", "wait"}
)
"""Builtins that take names of variables, in whose subscripts the shell runs substitutions, quoted or not."""


class After(NamedTuple):
    """Where the shell may be after a part of a command: when that part succeeded, and at all."""

    success: Folders
    any: Folders


class Command(NamedTuple):
    """A simple command: its words, without assignments and redirects, and its text."""

    words: list[Word]
    source: str


class Walk:
    """Calls `run` for each simple command and `write` for each file that output goes to.

    `run` says where the shell is after the command.
    """

    def __init__(self, run: Callable[[Command, Folders], After], write: Callable[[Word, Folders], None]) -> None:
        self._run = run
        self._write = write

    def visit(self, node: Node, folders: Folders) -> After:
        """Go through `node` with the shell in one of `folders`."""
        match node.type:
            case "command":
                return self._command(node, folders)
            case "declaration_command" | "unset_command" | "test_command":
                self._builtin(node, folders)
                return After(folders, folders)
            case "file_redirect":
                self._redirect(node, folders)
                return After(folders, folders)
            case "list" | "redirected_statement" | "pipeline" if (parts := _list_in(node)) is not None:
                return self._list(*parts, folders)
            case "function_definition":
                self._in_order(node, frozenset({None}))
                return After(folders, folders)
        if node.type == "pipeline":
            for child in node.children:
                self.visit(child, folders)
            return After(folders, folders)
        if node.type in _LOOPS:
            once = self._in_order(node, folders)
            if once.any != folders:  # where it is in the second round, and in all after that
                self._in_order(node, once.any | {None})
            return After(once.success | {None}, once.any | {None}) if once.any != folders else once
        if node.type in _OWN_SHELL:
            self._in_order(node, folders)
            return After(folders, folders)
        return self._in_order(node, folders)

    def _in_order(self, node: Node, folders: Folders) -> After:
        last, seen = After(folders, folders), folders
        for child in node.children:
            last = _capped(self.visit(child, last.any))
            seen |= last.any
        return last if node.type in _STRAIGHT else After(seen, seen)

    def _list(self, node: Node, behind: Sequence[Node], folders: Folders) -> After:
        """`left && right` or `left || right`. What is `behind`, redirects and pipes after those, belongs to `right`
        alone, while the parser has it belong to both: a `cd` on the left is not one in a pipeline.
        """
        left, operator, right = node.children[0], source_of(node.children[1]), node.children[-1]
        first = _capped(self.visit(left, folders))
        here = first.success if operator == "&&" else first.any
        second = self.visit(right, here)
        for child in behind:
            self.visit(child, here)
        if operator == "&&":
            return After(second.success, first.any | second.any)
        return After(first.success | second.success, first.any | second.any)

    def _command(self, node: Node, folders: Folders) -> After:
        words = []
        for child in node.children:
            self._substitutions(child, folders)
            if child.type == "command_name":
                words.append(word_of(child.children[0]))
            elif child.is_named and child.type not in {"variable_assignment", "file_redirect", "herestring_redirect"}:
                words.append(word_of(child))
        if not words:
            return After(folders, folders)
        self._check_subscripts(words)
        return self._run(Command(words, source_of(node)), folders)

    def _builtin(self, node: Node, folders: Folders) -> None:
        """`export`, `unset`, `[[` and their like, which the parser keeps apart from commands."""
        for child in node.children:
            self._substitutions(child, folders)
        words = [literal_word(source_of(node.children[0]))]
        words += [Word(source_of(child), source_of(child), "") for child in node.children[1:]]
        if words[0].text != "[[":
            self._check_subscripts(words)
        kept = words if words[0].text == "unset" else words[:1]
        self._run(Command(kept, source_of(node)), folders)

    def _redirect(self, node: Node, folders: Folders) -> None:
        self._substitutions_below(node, folders)
        operator = next((child.type for child in node.children if not child.is_named), "")
        destination = node.children[-1]
        duplicates = operator == ">&" and destination.type in _VALUES
        if operator in _WRITING and not duplicates and destination.is_named:
            self._write(word_of(destination), folders)

    def _substitutions(self, node: Node, folders: Folders) -> None:
        """The commands within a word or an assignment."""
        if node.type in _OWN_SHELL or node.type in {"file_redirect", "herestring_redirect"}:
            self.visit(node, folders)
        else:
            self._substitutions_below(node, folders)

    def _substitutions_below(self, node: Node, folders: Folders) -> None:
        for child in node.children:
            self._substitutions(child, folders)

    def _check_subscripts(self, words: list[Word]) -> None:
        name = words[0].text
        if name in _EVALUATING or (name == "printf" and any(word.text == "-v" for word in words)):
            for word in words[1:]:
                if word.text is not None and ("$(" in word.text or "`" in word.text) and "[" in word.text:
                    raise Refused("syntax", f"{name} may run what is in {word.source}; leave the substitution out")


def _list_in(node: Node) -> tuple[Node, list[Node]] | None:
    """The list that a node is, or that the parser took for what is redirected or piped, with the redirects and pipes
    after it: in `a && b 2>&1 | c` it has all of `a && b` before the pipe.
    """
    behind: list[Node] = []
    while node.type in {"redirected_statement", "pipeline"}:
        behind = [*node.children[1:], *behind]
        node = node.children[0]
    return (node, behind) if node.type == "list" else None


def _capped(after: After) -> After:
    """Too many folders are none that is known: each command would be checked in every one."""
    return After(frozenset({None}), frozenset({None})) if len(after.any | after.success) > _MOST_FOLDERS else after


def functions_in(root: Node) -> Iterator[str]:
    """The names of the functions that are defined somewhere below `root`."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "function_definition":
            yield source_of(node.child_by_field_name("name") or node)
        waiting += node.children
