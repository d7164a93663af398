"""The commands inside other commands: what `env`, `xargs`, `timeout`, `find -exec`, `sh -c` and the like really run."""

import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from typing import NamedTuple

from agent.safety.commands.denial import Confinement, Denied
from agent.safety.commands.words import Word, Words, literal_word
from agent.safety.commands.wrapper_options import ASSIGNMENT, WRAPPERS, Wrapper, skip_options

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_SHELL_FLAGS = frozenset({"--login", "--norc", "--noprofile", "--posix", "--verbose"})
_POSIX = frozenset({"sh", "dash"})
_INFORMATIONAL = frozenset({"--version", "--help"})
_INPUT = Word("(from standard input)", None, "")
"""Stands for the words that `xargs` appends to a command."""
_RUNS_PROGRAM = re.compile(r"-[a-zA-Z]*[ec]|--(\w+-)?exec")
"""Options with which `nc` hands its connection to a program."""
_DOWNLOAD = re.compile(r"(\$\(|`|<\()\s*(curl|wget)\b")

_FIND_OPTION = re.compile(r"-[HLP]|-O\d|-D")
_FIND_VALUES = frozenset({
    "-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-newer", "-mtime", "-mmin", "-ctime",
    "-cmin", "-atime", "-amin", "-size", "-maxdepth", "-mindepth", "-type", "-user", "-group", "-perm", "-e", "-E",
    "-g", "-t", "-d",
})  # fmt: skip
"""Tests of `find`, and options of `fd`, that take one argument of any value."""
_FIND_ACTIONS = {"find": ("-exec", "-execdir", "-ok", "-okdir"), "fd": ("-x", "-X", "--exec", "--exec-batch")}


class ShellText(NamedTuple):
    """Shell text that is run, with `posix` by a shell that knows less than bash."""

    text: str
    posix: bool = False


class ScriptFile(NamedTuple):
    """A shell script that is run, with `posix` by a shell that knows less than bash."""

    word: Word
    posix: bool = False


class ShellInput(NamedTuple):
    """Shell text that is read from standard input by the shell `name`."""

    name: str
    posix: bool = False


Inner = Words | ShellText | ScriptFile | ShellInput


_TEXT_OPTIONS = {
    "hyperfine": re.compile(r"(?!-n$|--command-name$).*"),
    "script": re.compile(r"-[a-z]*c|--command"),
}
"""Commands that take shell text in one word, behind these options."""
_ENV_OPTION = re.compile(r"(-C|--chdir=?)|-S|--split-string=?")
_TMUX_STARTS = frozenset({
    "new-session", "new", "new-window", "neww", "split-window", "splitw", "respawn-pane", "respawn-window",
})  # fmt: skip
_TMUX = Wrapper("-d -A -D -P -b -h -v -k -f -I -Z -E -X", "-s -n -t -c -x -y -e -F -l -p", text=True)
_TMUX_GLOBAL = Wrapper("-2 -u -v -l", "-L -S -f", operands=0)


def inner_commands(name: str, args: Words, confinement: Confinement) -> Iterator[Inner]:
    """Yield what the command `name` runs with these arguments; nothing if it runs no other command.

    Raises Denied, without the sandbox also where that is not known in advance.
    """
    if name in _FIND_ACTIONS:
        yield from _from_find(args, _FIND_ACTIONS[name], confinement)
    elif name in SHELLS:
        yield from _from_shell(name, args, confinement)
    elif name in {"source", "."}:
        _check_download(name, args[:1])
        yield ScriptFile(args[0] if args else _INPUT)
    elif name == "trap":
        yield from _from_trap(args, confinement)
    elif name == "tmux":
        yield from _from_tmux(args, confinement)
    elif name in {"nc", "ncat"} and any(_RUNS_PROGRAM.fullmatch(word.text or "") for word in args):
        raise Denied("shell_stdin", f"{name} would run a program for another machine; leave the option out")
    elif name in _TEXT_OPTIONS:
        for before, word in zip(["", *(word.text or "" for word in args)], args, strict=False):
            if _TEXT_OPTIONS[name].fullmatch(before) and re.search(r"\s", word.unquoted):
                yield from _from_text(name, [word], confinement)
    elif name == "env" and confinement.sandboxed and (text := _env_text(args)):
        yield ShellText(text)
    elif name == "command" and args and args[0].text in {"-v", "-V"}:
        return
    elif name in WRAPPERS:
        yield from _from_wrapper(name, args, WRAPPERS[name], confinement)


def find_roots(args: Words) -> list[Word]:
    """Return the directories that `find` searches: the words between its first options and its first test."""
    index = 0
    while index < len(args) and _FIND_OPTION.fullmatch(args[index].text or ""):
        index += 2 if args[index].text == "-D" else 1
    roots = []
    for word in args[index:]:
        if word.text is not None and word.text.startswith(("-", "(", "!")):
            break
        roots.append(word)
    return roots


def _from_wrapper(name: str, args: Words, wrapper: Wrapper, confinement: Confinement) -> Iterator[Inner]:
    index = skip_options(name, args, wrapper, confinement)
    while wrapper.assignments and index < len(args) and ASSIGNMENT.match(args[index].prefix):
        index += 1
    command = args[index + wrapper.operands :]
    if wrapper.text:
        yield from _from_text(name, command, confinement)
    elif command and command[0].prefix.startswith("-"):
        confinement.deny_unless_sandboxed("wrapper", f"the option {command[0].source} of {name} is not supported here")
    elif name == "xargs" and command:
        yield from _from_xargs(_xargs_placeholder(args[:index]), command, confinement)
    elif command:
        yield command


def _env_text(args: Words) -> str:
    """Return what `env -C DIRECTORY COMMAND` or `env -S TEXT` means to a shell, "" for another `env`."""
    args = list(dropwhile(lambda word: word.text in {"-", "-i", "-v", "--ignore-environment"}, args))
    first = args[0].unquoted if args else ""
    match = _ENV_OPTION.match(first)
    if match is None or (first == match[0] and len(args) == 1):
        return ""
    joined = first[match.end() :]
    value, rest = (joined, args[1:]) if joined else (args[1].unquoted, args[2:])
    command = " ".join(word.source for word in rest)
    return f"cd {shlex.quote(value)} && {command}" if match[1] else f"{value} {command}"


def _from_xargs(placeholder: str, command: Words, confinement: Confinement) -> Iterator[Words]:
    inserts = any(placeholder and placeholder in word.source for word in command)
    runs_input = inserts and placeholder in command[0].source
    if not runs_input:
        yield [*command, _INPUT]
    if runs_input or (inserts and any(word.text in {*SHELLS, "eval"} for word in command)):
        reason = "xargs would put its input into shell text; pass it as an argument"
        confinement.deny_unless_sandboxed("dynamic_command", reason)


def _from_text(name: str, words: Words, confinement: Confinement) -> Iterator[ShellText]:
    """Yield the shell text that `eval` and its like join from their words."""
    _check_download(name, words)
    if name == "parallel" or any(word.plain is None for word in words):
        reason = f"what {name} runs is not known in advance; spell the command out"
        confinement.deny_unless_sandboxed("dynamic_command", reason)
    words = [word for word in words if word is not _INPUT]
    command = [word.unquoted for word in takewhile(lambda word: not word.prefix.startswith(":::"), words)]
    inputs = [word.unquoted for word in words[len(command) + 1 :]]
    if command:
        yield ShellText(" ".join([*command, *map(shlex.quote, inputs)]))
    else:
        yield from map(ShellText, inputs)


def _from_tmux(args: Words, confinement: Confinement) -> Iterator[Inner]:
    rest = args[skip_options("tmux", args, _TMUX_GLOBAL, confinement) :]
    command = rest[0].text if rest else None
    if command in _TMUX_STARTS:
        yield from _from_wrapper("tmux", rest[1:], _TMUX, confinement)
    elif command in {"send-keys", "send"}:
        confinement.deny_unless_sandboxed("dynamic_command", "what runs in the terminal is not known in advance")
        yield from (ShellText(word.text) for word in rest[1:] if word.text and " " in word.text)


def _xargs_placeholder(options: Words) -> str:
    """Return the text that `xargs -I` replaces, "" without that option."""
    texts = [word.text or "" for word in options]
    for index, text in enumerate(texts):
        if text == "-I" and index + 1 < len(texts):
            return texts[index + 1]
        if text == "--replace":
            return "{}"
        if text.startswith(("-I", "--replace=")):
            return text.removeprefix("-I").removeprefix("--replace=")
    return ""


def _from_find(args: Words, actions: tuple[str, ...], confinement: Confinement) -> Iterator[Words]:
    _check_known_tests(args, confinement)
    for index, word in enumerate(args):
        if word.text not in actions:
            continue
        rest = list(args[index + 1 :])
        end = next((n for n, part in enumerate(rest) if part.text in {";", "+"}), len(rest))
        command = rest[:end]
        if command and "{}" in command[0].source:
            reason = "find would run a file name as a command; pass it as an argument"
            confinement.deny_unless_sandboxed("dynamic_command", reason)
            continue
        for root in find_roots(args) or [literal_word(".")]:
            path = f"{root.text or root.prefix or '.'}/match"
            match = Word(path, path if root.text is not None else None, path)
            yield [match if part.text == "{}" else part for part in command]
        if _inserts_into_shell_text(command):
            reason = "find would run a file name as shell text; pass it as an argument"
            confinement.deny_unless_sandboxed("dynamic_command", reason)
        if "dir" in (word.text or ""):
            reason = f"{word.text} runs in directories that are not known; use -exec"
            confinement.deny_unless_sandboxed("dynamic_command", reason)


def _check_known_tests(args: Words, confinement: Confinement) -> None:
    """Deny an unquoted variable or braces that may add tests and actions to `find`, unless it runs in the sandbox."""
    for index, word in enumerate(args):
        quoted = word.is_double_quoted and not word.prefix.startswith("-")
        is_value = index > 0 and (args[index - 1].text or "") in _FIND_VALUES
        if (word.text is None and not quoted and not is_value) or "{" in word.source.replace("{}", ""):
            reason = f"what find does with {word.source} is not known in advance; quote it, or spell it out"
            confinement.deny_unless_sandboxed("dynamic_command", reason)


def _inserts_into_shell_text(command: Words) -> bool:
    """Return whether `{}` stands inside shell text rather than as an argument after it."""
    if not any(word.text in {*SHELLS, "eval"} for word in command):
        return False
    return any(
        "{}" in word.source and (word.text != "{}" or (command[index - 1].text or "-").startswith("-"))
        for index, word in enumerate(command)
    )


def _from_shell(name: str, args: Words, confinement: Confinement) -> Iterator[Inner]:
    posix = name in _POSIX
    index, runs_text, reads_input = 0, False, False
    while index < len(args):
        text = args[index].plain
        if text is None or not text.startswith(("-", "+")) or text in {"-", "--"}:
            index += text in {"-", "--"}
            break
        if text in _INFORMATIONAL:
            return
        if text.startswith("--"):
            if text not in _SHELL_FLAGS:
                reason = f"the option {text} of {name} is not supported here; leave it out"
                confinement.deny_unless_sandboxed("wrapper", reason)
        else:
            reads_input = reads_input or "s" in text[1:]
            if "i" in text[1:]:
                reason = f"{name} {text} would run its start-up file first; leave the option out"
                confinement.deny_unless_sandboxed("wrapper", reason)
            runs_text = runs_text or ("c" in text and text[0] == "-")
            index += ("o" in text[1:]) + ("O" in text[1:])
        index += 1
    if reads_input or index >= len(args):
        yield ShellInput(name, posix)
        return
    _check_download(name, args[index : index + 1])
    if not runs_text:
        yield ScriptFile(args[index], posix)
    else:
        if args[index].plain is None:
            reason = f"what {name} -c runs is not known in advance; spell it out in single quotes"
            confinement.deny_unless_sandboxed("dynamic_command", reason)
        yield ShellText(args[index].unquoted, posix)


def _check_download(name: str, words: Words) -> None:
    """Raise Denied when a shell would run what a substitution downloads."""
    if any(word.text is None and _DOWNLOAD.search(word.source) for word in words):
        reason = f"{name} would run whatever it downloads; download a file, read it, then run it"
        raise Denied("shell_stdin", reason)


def _from_trap(args: Words, confinement: Confinement) -> Iterator[ShellText]:
    if args and args[0].text == "--":
        args = args[1:]
    if not args or args[0].text in {"", "-", "-l", "-p"}:
        return
    if args[0].plain is None or (args[0].text or "").startswith("-"):
        reason = "what the trap runs is not known in advance; spell it out in single quotes"
        confinement.deny_unless_sandboxed("dynamic_command", reason)
    if not args[0].unquoted.isdecimal():
        yield ShellText(args[0].unquoted)
