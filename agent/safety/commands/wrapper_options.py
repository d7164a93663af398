"""The options of commands that run another command: which of them take an argument, and where the command begins."""

import re
from typing import NamedTuple

from agent.safety.commands.denial import Confinement
from agent.safety.commands.words import Words

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


class Wrapper(NamedTuple):
    """The command line of a wrapper: options, then a number of operands, then the command.

    `flags` are options without argument, `values` those with one, `joined` those whose argument follows `=` only.
    `assignments` says whether `NAME=value` may stand before the command; `text` whether a shell runs the command, whose
    words are joined.
    """

    flags: str = ""
    values: str = ""
    joined: str = ""
    operands: int = 0
    assignments: bool = False
    text: bool = False


WRAPPERS = {
    "env": Wrapper("-i - -0 -v --ignore-environment --null --debug", "-u --unset", assignments=True),
    "sudo": Wrapper("-n -E -H -S -k -b --non-interactive", "-u -g --user --group", assignments=True),
    "doas": Wrapper("-n", "-u"),
    "xargs": Wrapper(
        "-0 -r -t -x -o --null --no-run-if-empty --verbose --exit",
        "-n -P -I -L -d -s -E -a --max-args --max-procs --delimiter --arg-file",
        "--replace --max-lines",
    ),
    "timeout": Wrapper("-v --foreground --preserve-status --verbose", "-s -k --signal --kill-after", operands=1),
    "strace": Wrapper("-f -ff -c -C -q -v -y -t -T -r -k -x -i -n -w -z -Z", "-e -o -p -s -P -u -E -a -S -I -O -b -X"),
    "ltrace": Wrapper("-f -c -C -i -r -S -t -T", "-e -o -p -s -a -n -u -x -l -A -D -F"),
    "nohup": Wrapper(),
    "nice": Wrapper("", "-n --adjustment"),
    "ionice": Wrapper("-t", "-c -n"),
    "time": Wrapper("-p -v", "-o -f"),
    "stdbuf": Wrapper("", "-i -o -e --input --output --error"),
    "setsid": Wrapper("-f -w -c --fork --wait --ctty"),
    "builtin": Wrapper(),
    "command": Wrapper("-p"),
    "exec": Wrapper("-c -l", "-a"),
    "coproc": Wrapper(),
    "flock": Wrapper("-e -x -s -n -u -o --exclusive --shared --nonblock", "-w -E --timeout", operands=1),
    "xvfb-run": Wrapper("-a -l --auto-servernum", "-n -s -e -f -w -p --server-num --server-args --error-file"),
    "watch": Wrapper("-d -t -e -g -b -c --differences --no-title", "-n --interval", text=True),
    "eval": Wrapper(text=True),
    "parallel": Wrapper(
        "-k -q -X -m -0 -t -u --keep-order --quote --bar --progress --will-cite --ungroup --line-buffer --dry-run",
        "-j -n -N -I -a -d -L -C --jobs --max-procs --colsep --joblog --halt --timeout --retries --delay",
        text=True,
    ),
}


def skip_options(name: str, args: Words, wrapper: Wrapper, confinement: Confinement) -> int:
    """Return the index of the first operand.

    Without the sandbox, raises Denied for an unknown option, which might take an argument. In the sandbox nothing
    behind it is known, and the result is the number of all arguments.
    """
    flags, joined = {*wrapper.flags.split(), *wrapper.joined.split()}, {*wrapper.joined.split()}
    values = {*wrapper.values.split()}
    index = 0
    while index < len(args):
        text = args[index].plain
        if text is None:
            if args[index].prefix and not args[index].prefix.startswith("-"):
                return index
            confinement.deny_unless_sandboxed(
                "dynamic_command", f"what {name} runs is not known in advance; spell it out"
            )
            return index
        if text == "--":
            return index + 1
        if not text.startswith("-") or (text == "-" and "-" not in flags):
            return index
        if text in values:
            index += 2
        elif text in flags or _has_joined(text, flags, values | joined) or (name == "nice" and text[1:].isdecimal()):
            index += 1
        else:
            reason = f"the option {text} of {name} is not supported here; leave it out"
            confinement.deny_unless_sandboxed("wrapper", reason)
            return len(args)
    return index


def _has_joined(text: str, flags: set[str], values: set[str]) -> bool:
    """Return whether it is an option joined with its value (`-n5`, `--signal=KILL`), or several flags (`-0r`)."""
    if text.startswith("--"):
        name, equals, _ = text.partition("=")
        return bool(equals) and name in values
    return text[:2] in values or all(f"-{flag}" in flags for flag in text[1:])
