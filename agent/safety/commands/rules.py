"""What is refused whatever the allowlist says: removing, opening up and ending what is not the project's."""

import fnmatch
import re
from itertools import zip_longest
from pathlib import Path

from agent.safety.commands.denial import Refused
from agent.safety.commands.parser import ACTED_UPON
from agent.safety.commands.paths import Folders, Places
from agent.safety.commands.processes import OwnProcesses
from agent.safety.commands.words import Word, literal_word
from agent.safety.commands.wrappers import Words, find_starts

_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred"})
_RECURSIVE = re.compile(r"-\w*[rR]")
_HERE = literal_word(".")
_NARROWS = re.compile(r"-(i?(name|path|regex|lname)|wholename|size|empty|newer\w*|[acm](min|time)|perm)")
"""Tests of `find` that are true of some files only, unless it is a test for the name `*`."""
_META = re.compile(r"[*?\[{]")
_LOOSE = re.compile(r"[*?\[][^/]*/|(^|/)\.[*?\[]")
"""A pattern for a folder, which may match a link out of the project; one for hidden names, which may match `..`."""
_PLAIN_MODE = re.compile(r"[ugoa]*\+x(,[ugoa]*\+x)*")
_CHMOD_OPTIONS = re.compile(r"-[vcfR]+|--(verbose|changes|silent|quiet|recursive)")
_SIGNAL = re.compile(r"-(\d+|(SIG)?(HUP|INT|QUIT|KILL|TERM|USR1|USR2|CONT|STOP|TSTP|ALRM|PIPE|CHLD|WINCH|ABRT))")
_PROCESS_NAME = re.compile(r"(?!.*[*+]{2})[\w ./:=@+*-]+\$?")
"""What Python and pkill read alike; two quantifiers in a row they do not."""
_OWN_JOBS = frozenset({"$!", '"$!"', "${!}", "-$!"})
_JOB = re.compile(r"%[\w?+%-]*")
_AGENT_FOLDER = re.compile(r"(^|[=/:,{}])\.agent($|[/,}])")
_SHELL_OPTIONS = frozenset({"expand_aliases", "lastpipe", "dotglob", "globskipdots", "extdebug"})
"""With these a text means something else than it says."""
_TELLING = frozenset({"echo", "printf", "grep", "rg"})
"""Commands whose words are text rather than paths."""


class Rules:
    """The rules of one project."""

    def __init__(self, places: Places, processes: OwnProcesses) -> None:
        self._places = places
        self._processes = processes

    def check(self, name: str, args: Words, folders: Folders) -> None:
        """Raise Refused when the command `name` with these arguments breaks a rule in one of the folders."""
        if any(re.split(r"[=\[+]", word.text or word.prefix, maxsplit=1)[0] in ACTED_UPON for word in args):
            raise Refused("syntax", "a variable that the shell itself acts upon may not be set")
        if name == "shopt" and any((word.text or "") in _SHELL_OPTIONS or word.text is None for word in args):
            raise Refused("syntax", "a shell option that changes what commands mean may not be set")
        if name not in _TELLING and any(_names_agent_folder(word) for word in args):
            raise Refused("agent_folder", "the folder .agent belongs to the harness; leave it alone")
        if name == "hash" and any((word.text or "-p").startswith("-p") for word in args):
            raise Refused("hash", "hash -p gives a command another meaning; call the program by its own name")
        if name in _REMOVERS:
            self._remove(args, folders)
        elif name == "find" and any(word.text == "-delete" for word in args):
            self._find_delete(args, folders)
        elif name in {"chmod", "chown", "chgrp"}:
            _check_mode(name, args)
        elif name == "kill":
            self._kill(args)
        elif name in {"pkill", "killall"}:
            self._kill_by_name(name, args)

    def check_target(self, word: Word, folders: Folders) -> None:
        """Raise Refused when output is redirected to a file that is neither the project's nor temporary."""
        text = word.plain
        if text is None:
            if word.prefix and not word.prefix.startswith(("/", "~")) and ".." not in word.prefix:
                return
            raise Refused("outside_project", f"where {word.source} leads is not known beforehand; spell the path out")
        if _AGENT_FOLDER.search(text):
            raise Refused("agent_folder", "the folder .agent belongs to the harness; leave it alone")
        if re.fullmatch(r"/dev/(null|stdout|stderr|tty|fd/\d+)", text):
            return
        for path in self._places.resolved(text, folders):
            if path is None and ".." not in Path(text).parts:
                continue
            if path is None or not (self._places.is_inside(path) or self._places.is_temporary(path)):
                raise Refused("outside_project", f"{text} is outside the project; write inside the project folder")

    def _remove(self, args: Words, folders: Folders) -> None:
        recursive, options = False, True
        for word in args:
            text = word.text or ""
            if options and text == "--":
                options = False
            elif options and word.plain is not None and text.startswith("-"):
                recursive = (
                    recursive or text == "--recursive" or (not text.startswith("--") and bool({*"rR"} & {*text}))
                )
            else:
                self._remove_one(word, folders, recursive=recursive)

    def _remove_one(self, word: Word, folders: Folders, *, recursive: bool) -> None:
        text = word.text
        if text is None or word.source.startswith("~"):
            raise _not_removed(word, "what that is, is not known beforehand, or not the project's; spell it out")
        if word.pattern:
            if ".." in text or ("{" in text and "/" in text) or _LOOSE.search(text):
                raise _not_removed(word, "such a pattern may lead anywhere; name what shall go")
            stem = text[: match.start()] if (match := _META.search(text)) else text
            folder = stem.rpartition("/")[0] + ("/" if "/" in stem else "")
            everything = text[len(folder) :].strip("*.{}[]!,?") == ""
            for path in self._places.resolved(folder or ".", folders):
                inside = path is not None and (self._places.is_inside(path) or self._places.is_temporary(path))
                if not inside or (everything and recursive and path == self._places.project):
                    raise _not_removed(word, "only what is below the project folder may be removed, and not all of it")
            return
        parent, slash, name = text.rpartition("/")
        whole = name in {"", ".", ".."}  # else it is the entry that goes, and where a symlink leads does not matter
        for path in self._places.resolved(text if whole else (parent + slash or "."), folders):
            if path is None or not self._places.may_be_removed(path if whole else path / name):
                raise _not_removed(word, "only what is below the project folder may be removed")

    def _find_delete(self, args: Words, folders: Folders) -> None:
        starts = find_starts(args)
        for word in starts:
            if word.plain is None:
                raise _not_removed(word, "where find begins is not known beforehand; spell the path out")
            for path in self._places.resolved(word.plain, folders):
                if path is None or not (self._places.is_inside(path) or self._places.is_temporary(path)):
                    raise _not_removed(word, "find may delete below the project folder only")
        if not starts and None in folders:
            raise Refused("rm", "where find begins is not known beforehand; spell the path out")
        beginnings = {path for word in starts or [_HERE] for path in self._places.resolved(word.plain or ".", folders)}
        narrows = any(
            _NARROWS.fullmatch(word.text or "") and (value is None or value.text != "*")
            for word, value in zip_longest(args, args[1:])
        )
        if self._places.project in beginnings and not narrows:
            raise Refused("rm", "find would delete the whole project; say with -name or another test what shall go")

    def _kill(self, args: Words) -> None:
        words = list(args)
        if words and (words[0].text or "") in {"-l", "-L", "--list"}:
            return
        if words and (words[0].text or "") in {"-s", "-n"}:
            words = words[2:]
        elif words and _SIGNAL.fullmatch(words[0].text or ""):
            words = words[1:]
        if words and words[0].text == "--":
            words = words[1:]
        if _only_asks(args):
            return
        for word in words:
            text = word.text or ""
            if word.source in _OWN_JOBS or _JOB.fullmatch(text):
                continue
            if not (text.isdecimal() and int(text) > 1 and len(text) < 12 and self._processes.owns(int(text))):  # noqa: PLR2004
                raise Refused(
                    "kill", f"{word.source} is not known to be a process of this project; only those may be ended: "
                    "keep the number where a server is started, `PID=$!`, and end it in the same command with "
                    "`kill $PID`; nothing in it may set PID otherwise, as eval and arithmetic with values from "
                    "elsewhere might (`[[ $X -eq 1 ]]`; take `[ \"$X\" = 1 ]`)"
                )  # fmt: skip

    def _kill_by_name(self, name: str, args: Words) -> None:
        full, patterns = False, []
        for word in args:
            text = word.plain
            if text is None:
                raise Refused("kill", f"whom {name} would end is not known beforehand; spell the name out")
            if text in {"-f", "--full"} and name == "pkill":
                full = True
            elif not (text in {"-x", "-e", "-w", "-q"} or _SIGNAL.fullmatch(text)):
                patterns.append(text)
        if len(patterns) != 1 or not _PROCESS_NAME.fullmatch(patterns[0]) or patterns[0].startswith("-"):
            raise Refused("kill", f"{name} may be used with one name and a signal, nothing else")
        if name == "killall" and "/" in patterns[0]:
            raise Refused("kill", "killall may be used with the name of a process, not with the path of a program")
        pattern = patterns[0] if name == "pkill" else f"^{re.escape(patterns[0])}$"
        if not self._processes.all_owned(pattern, full=full):
            raise Refused("kill", f"{name} {patterns[0]} would end processes that are not this project's")


def _only_asks(args: Words) -> bool:
    """Whether it is `kill -0 PID`, which ends nothing. One word, lest it become options."""
    one = len(args) == 2 and (args[1].plain is not None or args[1].source.startswith('"'))  # noqa: PLR2004 - with `-0`
    return one and args[0].plain == "-0" and "@" not in args[1].source


def _check_mode(name: str, args: Words) -> None:
    operands = [word for word in args if not _CHMOD_OPTIONS.fullmatch(word.text or "")]
    good = name == "chmod" and bool(operands) and bool(_PLAIN_MODE.fullmatch(operands[0].plain or ""))
    for word in operands[1:]:
        known = word.text is not None or (word.source.startswith('"') and word.source.endswith('"'))
        braces = "{" in word.source.replace("${", "")
        good = good and known and not braces and not (word.text or word.prefix).startswith("-")
    if not good:
        raise Refused("chmod", "no permission may be changed but one: use `chmod +x FILE` to make a file executable")


def _names_agent_folder(word: Word) -> bool:
    """Whether a word leads to the harness's folder, also as a pattern."""
    text = word.text or word.prefix
    if _AGENT_FOLDER.search(text):
        return True
    parts = text.split("/") if word.pattern else []
    return any(part.startswith(".") and fnmatch.fnmatchcase(".agent", part) for part in parts)


def _not_removed(word: Word, why: str) -> Refused:
    return Refused("rm", f"{word.source} may not be removed: {why}")
