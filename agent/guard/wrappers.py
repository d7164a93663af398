"""Commands that run other commands: what is really run by `env`, `xargs`, `timeout`, `sh -c` and their like."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.guard.denial import Refused
from agent.guard.words import Word

Words = Sequence[Word]

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_SHELL_FLAGS = frozenset({"--login", "--norc", "--noprofile", "--posix", "--verbose"})
_ABOUT = frozenset({"--version", "--help"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_UNKNOWN = Word("(from standard input)", None, "")
"""Stands for what `xargs` adds to a command."""


class Text(NamedTuple):
    """Shell text that is run."""

    text: str


class File(NamedTuple):
    """A shell script that is run."""

    word: Word


Inner = Words | Text | File


class _Wrapper(NamedTuple):
    """The options of a wrapper: `flags` stand alone, `values` take an argument; then come so many `operands`."""

    flags: str = ""
    values: str = ""
    operands: int = 0
    assignments: bool = False


_WRAPPERS = {
    "env": _Wrapper("-i - -0 -v --ignore-environment --null --debug", "-u -C --unset --chdir", assignments=True),
    "sudo": _Wrapper("-n -E -H -S -k -b --non-interactive", "-u -g -C -D --user --group", assignments=True),
    "doas": _Wrapper("-n", "-u"),
    "xargs": _Wrapper(
        "-0 -r -t -x -o --null --no-run-if-empty --verbose --exit",
        "-n -P -I -L -d -s -E -a --max-args --max-procs --replace --max-lines --delimiter --arg-file",
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
        if any(replaced and replaced in word.source for word in command) and command[0].text in {*SHELLS, "eval"}:
            raise Refused("dynamic_command", "xargs would put its input into shell text; pass it as an argument")
        command = [*command, _UNKNOWN]
    if command:
        yield command


def _replaced(options: Words) -> str:
    """What `xargs -I` replaces."""
    texts = [word.text or "" for word in options]
    for at, text in enumerate(texts):
        if text in {"-I", "--replace"} and at + 1 < len(texts):
            return texts[at + 1]
        if text.startswith(("-I", "--replace=")):
            return text.removeprefix("-I").removeprefix("--replace=")
    return ""


def _past_options(name: str, args: Words, wrapper: _Wrapper) -> int:
    """Where the operands begin. Raises Refused for an option that is not understood, as what follows it is a guess."""
    flags, values = set(wrapper.flags.split()), set(wrapper.values.split())
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
        elif text in flags or _is_joined(text, flags, values) or (name == "nice" and text[1:].isdecimal()):
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


def _of_find(args: Words, actions: tuple[str, ...]) -> Iterator[Words]:
    for at, word in enumerate(args):
        if word.text in actions:
            rest = list(args[at + 1 :])
            end = next((n for n, part in enumerate(rest) if part.text in {";", "+"}), len(rest))
            starts = [start for start in args[:at] if start.text is not None and not start.text.startswith("-")][:1]
            below = f"{starts[0].text if starts else '.'}/found"
            found = Word(below, below, below)
            yield [found if part.text == "{}" else part for part in rest[:end]]


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
            wants_text = wants_text or ("c" in text and text[0] == "-")
            at += "o" in text[1:] or "O" in text[1:]
        at += 1
    if at >= len(args):
        raise _reads_stdin(name)
    if not wants_text:
        yield File(args[at])
    elif args[at].plain is None:
        raise Refused("dynamic_command", f"what {name} -c runs is not known beforehand; spell it out in single quotes")
    else:
        yield Text(args[at].plain or "")


def _reads_stdin(name: str) -> Refused:
    return Refused(
        "shell_stdin",
        f"{name} would run whatever it reads; run a script of the project, or use {name} -c",
    )


def _of_text(name: str, args: Words) -> Iterator[Text]:
    if name == "watch":
        wrapper = _Wrapper("-d -t -e -g -b -c -x --differences --no-title", "-n --interval")
        args = args[_past_options(name, args, wrapper) :]
    texts = [word.plain for word in args]
    if None in texts:
        raise Refused("dynamic_command", f"what {name} runs is not known beforehand; spell the command out")
    if texts:
        yield Text(" ".join(text or "" for text in texts))


def _of_trap(args: Words) -> Iterator[Text]:
    if not args or (args[0].text or "").startswith("-") or args[0].text == "":
        return
    if args[0].plain is None:
        raise Refused("dynamic_command", "what the trap runs is not known beforehand; spell it out in single quotes")
    if not (args[0].text or "").isdecimal():
        yield Text(args[0].text or "")
