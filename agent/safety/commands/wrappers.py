"""Commands that run other commands: what is really run by `env`, `xargs`, `timeout`, `sh -c` and their like."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.safety.commands.denial import Refused
from agent.safety.commands.words import Word

Words = Sequence[Word]

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_SHELL_FLAGS = frozenset({"--login", "--norc", "--noprofile", "--posix", "--verbose"})
_POSIX = frozenset({"sh", "dash"})
_ABOUT = frozenset({"--version", "--help"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_UNKNOWN = Word("(from standard input)", None, "")
"""Stands for what `xargs` adds to a command."""


_FIND_OPTION = re.compile(r"-[HLP]|-O\d|-D")
_FIND_VALUES = frozenset({
    "-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-newer", "-mtime", "-mmin", "-ctime",
    "-cmin", "-atime", "-amin", "-size", "-maxdepth", "-mindepth", "-type", "-user", "-group", "-perm", "-e", "-E",
    "-g", "-t", "-d",
})  # fmt: skip
"""Tests that take an argument, which may be anything."""


class Text(NamedTuple):
    """Shell text that is run, by a shell that may know less than bash (`posix`)."""

    text: str
    posix: bool = False


class File(NamedTuple):
    """A shell script that is run, by a shell that may know less than bash (`posix`)."""

    word: Word
    posix: bool = False


Inner = Words | Text | File


class _Wrapper(NamedTuple):
    """The options of a wrapper: `flags` stand alone, `values` take an argument, `joined` only one joined by `=`; then
    come so many `operands`."""

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
_FIND = {"find": ("-exec", "-execdir", "-ok", "-okdir"), "fd": ("-x", "-X", "--exec", "--exec-batch")}


def inside(name: str, args: Words) -> Iterator[Inner]:
    """What the command `name` runs with these arguments; nothing when it runs nothing else. Raises Refused."""
    if name in _FIND:
        yield from _of_find(args, _FIND[name])
    elif name in SHELLS:
        yield from _of_shell(name, args)
    elif name in {"source", "."}:
        yield File(args[0] if args else _UNKNOWN)
    elif name in {"eval", "watch"}:
        yield from _of_text(name, args)
    elif name == "trap":
        yield from _of_trap(args)
    elif name == "command" and args and args[0].text in {"-v", "-V"}:
        return
    elif name in _WRAPPERS:
        yield from _of_wrapper(name, args)


def _of_wrapper(name: str, args: Words) -> Iterator[Words]:
    wrapper = _WRAPPERS[name]
    at = _past_options(name, args, wrapper)
    while wrapper.assignments and at < len(args) and _ASSIGNMENT.match(args[at].prefix):
        at += 1
    command = args[at + wrapper.operands :]
    if name == "xargs" and command:
        replaced = _replaced(args[:at])
        put = any(replaced and replaced in word.source for word in command)
        if put and (replaced in command[0].source or any(word.text in {*SHELLS, "eval"} for word in command)):
            raise Refused("dynamic_command", "xargs would put its input into shell text; pass it as an argument")
        command = [*command, _UNKNOWN]
    if command:
        yield command


def _replaced(options: Words) -> str:
    """What `xargs -I` replaces."""
    texts = [word.text or "" for word in options]
    for at, text in enumerate(texts):
        if text == "-I" and at + 1 < len(texts):
            return texts[at + 1]
        if text == "--replace":
            return "{}"
        if text.startswith(("-I", "--replace=")):
            return text.removeprefix("-I").removeprefix("--replace=")
    return ""


def _past_options(name: str, args: Words, wrapper: _Wrapper) -> int:
    """Where the operands begin. Raises Refused for an option that is not understood, as what follows it is a guess."""
    flags, values = set(wrapper.flags.split()) | set(wrapper.joined.split()), set(wrapper.values.split())
    at = 0
    while at < len(args):
        text = args[at].plain
        if text is None:
            if args[at].prefix and not args[at].prefix.startswith("-"):
                return at
            raise Refused("dynamic_command", f"what {name} runs is not known beforehand; spell the command out")
        if text == "--":
            return at + 1
        if not text.startswith("-") or (text == "-" and "-" not in flags):
            return at
        if text in values:
            at += 2
        elif (
            text in flags
            or _is_joined(text, flags, values | set(wrapper.joined.split()))
            or (name == "nice" and text[1:].isdecimal())
        ):
            at += 1
        else:
            raise Refused("wrapper", f"the option {text} of {name} is not understood; leave it out")
    return at


def _is_joined(text: str, flags: set[str], values: set[str]) -> bool:
    """Whether it is an option with its value (`-n5`, `--signal=KILL`), or several flags in one (`-0r`)."""
    if text.startswith("--"):
        name, equals, _ = text.partition("=")
        return bool(equals) and name in values
    return text[:2] in values or all(f"-{flag}" in flags for flag in text[1:])


def find_starts(args: Words) -> list[Word]:
    """Where `find` begins to look: what stands before its first test, without the options before that."""
    at = 0
    while at < len(args) and _FIND_OPTION.fullmatch(args[at].text or ""):
        at += 2 if args[at].text == "-D" else 1
    starts = []
    for word in args[at:]:
        if word.text is not None and word.text.startswith(("-", "(", "!")):
            break
        starts.append(word)
    return starts


def _of_find(args: Words, actions: tuple[str, ...]) -> Iterator[Words]:
    for at, word in enumerate(args):
        quoted = word.source.startswith('"') and word.source.endswith('"') and not word.prefix.startswith("-")
        value = at > 0 and (args[at - 1].text or "") in _FIND_VALUES
        if (word.text is None and not quoted and not value) or "{" in word.source.replace("{}", ""):
            said = f"what find shall do with {word.source} is not known beforehand; quote it, or spell it out"
            raise Refused("dynamic_command", said)
    for at, word in enumerate(args):
        if word.text in actions:
            rest = list(args[at + 1 :])
            end = next((n for n, part in enumerate(rest) if part.text in {";", "+"}), len(rest))
            command = rest[:end]
            if command and ("{}" in command[0].source or _is_text_of_shell(command)):
                raise Refused("dynamic_command", "find would make a command of what it finds; pass it as an argument")
            for start in find_starts(args) or [Word(".", ".", ".")]:
                below = f"{start.text or start.prefix or '.'}/found"
                found = Word(below, below if start.text is not None else None, below)
                yield [found if part.text == "{}" else part for part in command]
            if "dir" in (word.text or ""):
                raise Refused("dynamic_command", f"{word.text} runs in folders that are not known; use -exec")


def _is_text_of_shell(command: Words) -> bool:
    """Whether `{}` would stand in shell text rather than beside it."""
    if not any(word.text in {*SHELLS, "eval"} for word in command):
        return False
    return any(
        "{}" in word.source and (word.text != "{}" or (command[at - 1].text or "-").startswith("-"))
        for at, word in enumerate(command)
    )


def _of_shell(name: str, args: Words) -> Iterator[Inner]:
    at, wants_text = 0, False
    while at < len(args):
        text = args[at].plain
        if text is None or not text.startswith(("-", "+")) or text in {"-", "--"}:
            at += text in {"-", "--"}
            break
        if text in _ABOUT:
            return
        if text.startswith("--"):
            if text not in _SHELL_FLAGS:
                raise Refused("wrapper", f"the option {text} of {name} is not understood; leave it out")
        else:
            if "s" in text[1:]:
                raise _reads_stdin(name)
            if "i" in text[1:]:
                raise Refused("wrapper", f"{name} {text} would read its start-up file first; leave the option out")
            wants_text = wants_text or ("c" in text and text[0] == "-")
            at += ("o" in text[1:]) + ("O" in text[1:])
        at += 1
    if at >= len(args):
        raise _reads_stdin(name)
    if not wants_text:
        yield File(args[at], posix=name in _POSIX)
    elif args[at].plain is None:
        raise Refused("dynamic_command", f"what {name} -c runs is not known beforehand; spell it out in single quotes")
    else:
        yield Text(args[at].plain or "", posix=name in _POSIX)


def _reads_stdin(name: str) -> Refused:
    return Refused(
        "shell_stdin",
        f"{name} would run whatever it reads; run a script of the project, or use {name} -c",
    )


def _of_text(name: str, args: Words) -> Iterator[Text]:
    if name == "watch":
        wrapper = _Wrapper("-d -t -e -g -b -c --differences --no-title", "-n --interval")
        args = args[_past_options(name, args, wrapper) :]
    texts = [word.plain for word in args]
    if None in texts:
        raise Refused("dynamic_command", f"what {name} runs is not known beforehand; spell the command out")
    if texts:
        yield Text(" ".join(text or "" for text in texts))


def _of_trap(args: Words) -> Iterator[Text]:
    if args and args[0].text == "--":
        args = args[1:]
    if not args or args[0].text in {"", "-", "-l", "-p"}:
        return
    if args[0].plain is None or (args[0].text or "").startswith("-"):
        raise Refused("dynamic_command", "what the trap runs is not known beforehand; spell it out in single quotes")
    if not (args[0].text or "").isdecimal():
        yield Text(args[0].text or "")
