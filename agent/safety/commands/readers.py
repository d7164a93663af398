"""Whether shell text provably only reads: whatever it does not prove counts as writing."""

import re
from pathlib import Path

from agent.safety.commands.denial import Confinement, Denied
from agent.safety.commands.parser import descendants, parse
from agent.safety.commands.paths import Directories
from agent.safety.commands.walker import Command, CwdAfter, Walker
from agent.safety.commands.words import Word, Words
from agent.safety.commands.wrappers import inner_commands

_READERS = frozenset({
    ":", "[", "[[", "basename", "break", "cat", "cd", "cmp", "comm", "continue", "cut", "date", "df", "diff", "dirname",
    "du", "echo", "exit", "false", "grep", "head", "id", "ls", "md5sum", "nl", "od", "pgrep", "ps", "pwd",
    "readlink", "realpath", "rev", "seq", "sha256sum", "sleep", "stat", "tac", "tail", "test", "tr", "true", "uname",
    "wc", "which", "whoami",
})  # fmt: skip
"""Commands that write to standard output only, whatever their arguments.

Not among them: `git`, which runs what `.git/config` names even for `git status`, and `rg`, `sort`, `sed` and `find`,
which run programs or write files if an argument says so.
"""
_WRITING_OPTIONS = {"jq": re.compile(r"-\w*i.*|--in-place.*"), "printf": re.compile(r"-.*")}
"""Commands that only read but for these options. `printf -v` sets variables, of which PATH is one."""
_STRICT = Confinement(sandboxed=False)
_UNKNOWN: Directories = frozenset[Path | None]({None})
_NODE_TYPES = frozenset({
    "binary_expression", "command", "command_name", "command_substitution", "comment", "compound_statement",
    "concatenation", "do_group", "elif_clause", "else_clause", "file_descriptor", "file_redirect", "if_statement",
    "list", "negated_command", "number", "parenthesized_expression", "pipeline", "program", "raw_string",
    "redirected_statement", "simple_expansion", "special_variable_name", "string", "string_content", "subshell",
    "test_command", "test_operator", "unary_expression", "variable_name", "while_statement", "word",
})  # fmt: skip
"""Syntax that sets no variable and defines no function, so that a name is that of a program or builtin."""


def only_reads(text: str) -> bool:
    """Return whether shell text runs nothing but commands that write no file.

    >>> only_reads("cat notes.md | head; sleep 600"), only_reads("cat notes.md > copy.md"), only_reads("make test")
    (True, False, False)
    """
    commands: list[Words] = []
    written: list[Word] = []

    def on_command(command: Command, directories: Directories) -> CwdAfter:
        commands.append(command.words)
        return CwdAfter(directories, directories)

    try:
        root = parse(text, _STRICT)
        if any(node.is_named and node.type not in _NODE_TYPES for node in descendants(root)):
            return False
        walker = Walker(on_command, lambda word, _: written.append(word), lambda _: None, optimistic=False)
        walker.visit(root, _UNKNOWN)
        return all(map(_reads, commands)) and all(word.plain == "/dev/null" for word in written)
    except Denied:
        return False


def _reads(words: Words) -> bool:
    """Return whether a command writes no file. Raises Denied when what it runs is not known."""
    name, args = words[0].plain, words[1:]
    if name == "timeout":
        return all(not isinstance(inner, tuple) and _reads(inner) for inner in inner_commands(name, args, _STRICT))
    if name in _WRITING_OPTIONS:
        writing = _WRITING_OPTIONS[name]
        return all(word.plain is not None and not writing.fullmatch(word.plain) for word in args)
    return name in _READERS
