"""The commands inside other commands: what `env`, `xargs`, `timeout`, `find -exec`, `sh -c` and the like really run."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.safety.commands.denial import Denied
from agent.safety.commands.words import Word, literal_word

Words = Sequence[Word]

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_SHELL_FLAGS = frozenset({"--login", "--norc", "--noprofile", "--posix", "--verbose"})
_POSIX = frozenset({"sh", "dash"})
_INFORMATIONAL = frozenset({"--version", "--help"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_INPUT = Word("(from standard input)", None, "")
"""Stands for the words that `xargs` appends to a command."""
_RUNS_PROGRAM = re.compile(r"-[a-zA-Z]*[ec]|--(\w+-)?exec")
"""Options with which `nc` hands its connection to a program."""
_DEFERRED = re.compile(r'"((?:[^$`\\"]|\$\w+|\$\{\w+\}|\$[!?])*)"')

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


Inner = Words | ShellText | ScriptFile


class _Wrapper(NamedTuple):
    """The command line of a wrapper: options, then a number of operands, then the command.

    `flags` are options without argument, `values` those with one, `joined` those whose argument follows `=` only.
    `assignments` says whether `NAME=value` may stand before the command.
    """

    flags: str = ""
    values: str = ""
    joined: str = ""
    operands: int = 0
    assignments: bool = False


_WRAPPERS = {
    "env": _Wrapper("-i - -0 -v --ignore-environment --null --debug", "-u --unset", assignments=True),
    "sudo": _Wrapper("-n -E -H -S -k -b --non-interactive", "-u -g --user --group", assignments=True),
    "doas": _Wrapper("-n", "-u"),
    "xargs": _Wrapper(
        "-0 -r -t -x -o --null --no-run-if-empty --verbose --exit",
        "-n -P -I -L -d -s -E -a --max-args --max-procs --delimiter --arg-file",
        "--replace --max-lines",
    ),
    "timeout": _Wrapper("-v --foreground --preserve-status --verbose", "-s -k --signal --kill-after", operands=1),
    "nohup": _Wrapper(),
    "nice": _Wrapper("", "-n --adjustment"),
    "ionice": _Wrapper("-t", "-c -n"),
    "time": _Wrapper("-p -v", "-o -f"),
    "stdbuf": _Wrapper("", "-i -o -e --input --output --error"),
    "setsid": _Wrapper("-f -w -c --fork --wait --ctty"),
    "builtin": _Wrapper(),
    "command": _Wrapper("-p"),
    "exec": _Wrapper("-c -l", "-a"),
    "coproc": _Wrapper(),
}
_WATCH = _Wrapper("-d -t -e -g -b -c --differences --no-title", "-n --interval")


def inner_commands(name: str, args: Words) -> Iterator[Inner]:
    """Yield what the command `name` runs with these arguments; nothing if it runs no other command. Raises Denied."""
    if name in _FIND_ACTIONS:
        yield from _from_find(args, _FIND_ACTIONS[name])
    elif name in SHELLS:
        yield _from_shell(name, args)
    elif name in {"source", "."}:
        yield ScriptFile(args[0] if args else _INPUT)
    elif name in {"eval", "watch"}:
        yield from _from_eval(name, args)
    elif name == "trap":
        yield from _from_trap(args)
    elif name == "nc" and any(_RUNS_PROGRAM.fullmatch(word.text or "") for word in args):
        raise Denied("shell_stdin", "nc would run a program for another machine; leave the option out")
    elif name == "command" and args and args[0].text in {"-v", "-V"}:
        return
    elif name in _WRAPPERS:
        yield from _from_wrapper(name, args)


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


def defer_variables(word: Word) -> Word:
    """Return a trap's text in double quotes as if in single quotes: `"kill $PID"` with the variable left in.

    The shell inserts the value when the trap is set, and parses the result. So this is an answer only where a value
    that holds commands can do no harm. Other words are returned unchanged.
    """
    match = _DEFERRED.fullmatch(word.source)
    return word if match is None else Word(word.source, match[1], match[1])


def _from_wrapper(name: str, args: Words) -> Iterator[Words]:
    wrapper = _WRAPPERS[name]
    index = _skip_options(name, args, wrapper)
    while wrapper.assignments and index < len(args) and _ASSIGNMENT.match(args[index].prefix):
        index += 1
    command = args[index + wrapper.operands :]
    if name == "xargs" and command:
        placeholder = _xargs_placeholder(args[:index])
        inserts = any(placeholder and placeholder in word.source for word in command)
        if inserts and (placeholder in command[0].source or any(word.text in {*SHELLS, "eval"} for word in command)):
            raise Denied("dynamic_command", "xargs would put its input into shell text; pass it as an argument")
        command = [*command, _INPUT]
    if command:
        yield command


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


def _skip_options(name: str, args: Words, wrapper: _Wrapper) -> int:
    """Return the index of the first operand. Raises Denied for an unknown option, which might take an argument."""
    flags, joined = {*wrapper.flags.split(), *wrapper.joined.split()}, {*wrapper.joined.split()}
    values = {*wrapper.values.split()}
    index = 0
    while index < len(args):
        text = args[index].plain
        if text is None:
            if args[index].prefix and not args[index].prefix.startswith("-"):
                return index
            raise Denied("dynamic_command", f"what {name} runs is not known in advance; spell the command out")
        if text == "--":
            return index + 1
        if not text.startswith("-") or (text == "-" and "-" not in flags):
            return index
        if text in values:
            index += 2
        elif text in flags or _has_joined(text, flags, values | joined) or (name == "nice" and text[1:].isdecimal()):
            index += 1
        else:
            raise Denied("wrapper", f"the option {text} of {name} is not supported here; leave it out")
    return index


def _has_joined(text: str, flags: set[str], values: set[str]) -> bool:
    """Return whether it is an option joined with its value (`-n5`, `--signal=KILL`), or several flags (`-0r`)."""
    if text.startswith("--"):
        name, equals, _ = text.partition("=")
        return bool(equals) and name in values
    return text[:2] in values or all(f"-{flag}" in flags for flag in text[1:])


def _from_find(args: Words, actions: tuple[str, ...]) -> Iterator[Words]:
    _require_known_tests(args)
    for index, word in enumerate(args):
        if word.text not in actions:
            continue
        rest = list(args[index + 1 :])
        end = next((n for n, part in enumerate(rest) if part.text in {";", "+"}), len(rest))
        command = rest[:end]
        if command and ("{}" in command[0].source or _inserts_into_shell_text(command)):
            raise Denied("dynamic_command", "find would run a file name as a command; pass it as an argument")
        for root in find_roots(args) or [literal_word(".")]:
            path = f"{root.text or root.prefix or '.'}/match"
            match = Word(path, path if root.text is not None else None, path)
            yield [match if part.text == "{}" else part for part in command]
        if "dir" in (word.text or ""):
            raise Denied("dynamic_command", f"{word.text} runs in directories that are not known; use -exec")


def _require_known_tests(args: Words) -> None:
    """Raise Denied when an unquoted variable or braces may add tests and actions to `find`."""
    for index, word in enumerate(args):
        quoted = word.is_double_quoted and not word.prefix.startswith("-")
        is_value = index > 0 and (args[index - 1].text or "") in _FIND_VALUES
        if (word.text is None and not quoted and not is_value) or "{" in word.source.replace("{}", ""):
            reason = f"what find does with {word.source} is not known in advance; quote it, or spell it out"
            raise Denied("dynamic_command", reason)


def _inserts_into_shell_text(command: Words) -> bool:
    """Return whether `{}` stands inside shell text rather than as an argument after it."""
    if not any(word.text in {*SHELLS, "eval"} for word in command):
        return False
    return any(
        "{}" in word.source and (word.text != "{}" or (command[index - 1].text or "-").startswith("-"))
        for index, word in enumerate(command)
    )


def _from_shell(name: str, args: Words) -> Inner:
    index, runs_text = 0, False
    while index < len(args):
        text = args[index].plain
        if text is None or not text.startswith(("-", "+")) or text in {"-", "--"}:
            index += text in {"-", "--"}
            break
        if text in _INFORMATIONAL:
            return []
        if text.startswith("--"):
            if text not in _SHELL_FLAGS:
                raise Denied("wrapper", f"the option {text} of {name} is not supported here; leave it out")
        else:
            if "s" in text[1:]:
                raise _reads_stdin(name)
            if "i" in text[1:]:
                raise Denied("wrapper", f"{name} {text} would run its start-up file first; leave the option out")
            runs_text = runs_text or ("c" in text and text[0] == "-")
            index += ("o" in text[1:]) + ("O" in text[1:])
        index += 1
    if index >= len(args):
        raise _reads_stdin(name)
    if not runs_text:
        return ScriptFile(args[index], posix=name in _POSIX)
    if args[index].plain is None:
        raise Denied("dynamic_command", f"what {name} -c runs is not known in advance; spell it out in single quotes")
    return ShellText(args[index].plain or "", posix=name in _POSIX)


def _reads_stdin(name: str) -> Denied:
    reason = f"{name} would run whatever it reads; run a script of the project, or use {name} -c"
    return Denied("shell_stdin", reason)


def _from_eval(name: str, args: Words) -> Iterator[ShellText]:
    if name == "watch":
        args = args[_skip_options(name, args, _WATCH) :]
    texts = [word.plain for word in args]
    if None in texts:
        raise Denied("dynamic_command", f"what {name} runs is not known in advance; spell the command out")
    if texts:
        yield ShellText(" ".join(text or "" for text in texts))


def _from_trap(args: Words) -> Iterator[ShellText]:
    if args and args[0].text == "--":
        args = args[1:]
    if not args or args[0].text in {"", "-", "-l", "-p"}:
        return
    if args[0].plain is None or (args[0].text or "").startswith("-"):
        raise Denied("dynamic_command", "what the trap runs is not known in advance; spell it out in single quotes")
    if not (args[0].text or "").isdecimal():
        yield ShellText(args[0].text or "")
