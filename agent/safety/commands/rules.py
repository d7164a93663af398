"""Denies, whatever the allowlist says, that a command removes, changes or ends what is not the project's."""

import fnmatch
import re
from itertools import zip_longest
from pathlib import Path

from agent.safety.commands.denial import Denied
from agent.safety.commands.parser import SPECIAL_VARIABLES
from agent.safety.commands.paths import Directories, ProjectPaths
from agent.safety.commands.words import Word
from agent.safety.commands.wrappers import Words, find_roots

_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred"})
_KILLERS = frozenset({"kill", "pkill", "killall"})
_NARROWING = re.compile(r"-(i?(name|path|regex|lname)|wholename|size|empty|newer\w*|[acm](min|time)|perm)")
"""Tests of `find` that only some files pass, unless it is a test for the name `*`."""
_WILDCARD = re.compile(r"[*?\[{]")
_MAY_ESCAPE = re.compile(r"[*?\[][^/]*/|(^|/)\.[*?\[]")
"""A pattern for a directory, which may match a link out of the project; one for hidden names, which may match `..`."""
_EXECUTABLE_MODE = re.compile(r"[ugoa]*\+x(,[ugoa]*\+x)*")
_CHMOD_OPTIONS = re.compile(r"-[vcfR]+|--(verbose|changes|silent|quiet|recursive)")
_SIGNAL = re.compile(r"-(\d+|(SIG)?(HUP|INT|QUIT|KILL|TERM|USR1|USR2|CONT|STOP|TSTP|ALRM|PIPE|CHLD|WINCH|ABRT))")
_OWN_JOB = re.compile(r'"\$!"|"\$\{!\}"|%[\w?+%-]*')
"""A background job of the same shell. Without quotes, `$!` may be split into several numbers, as with IFS=3."""
_AGENT_DIRECTORY = re.compile(r"(^|[=/:,{}])\.agent($|[/,}])")
_SHELL_OPTIONS = frozenset({"expand_aliases", "lastpipe", "dotglob", "globskipdots", "extdebug"})
"""With these options set, commands mean something else than this package takes them to mean."""
_TEXT_COMMANDS = frozenset({"echo", "printf", "grep", "rg"})
"""Commands whose words are text rather than paths."""
_DEVICE = re.compile(r"/dev/(null|stdout|stderr|tty|fd/\d+)")


class CommandRules:
    """The rules of one project. With `sandboxed`, commands run in the sandbox and can end their own processes only."""

    def __init__(self, paths: ProjectPaths, *, sandboxed: bool) -> None:
        self._paths = paths
        self.sandboxed = sandboxed

    def check(self, name: str, args: Words, directories: Directories) -> None:
        """Raise Denied when the command `name` with these arguments breaks a rule in one of the directories."""
        if any(re.split(r"[=\[+]", word.text or word.prefix, maxsplit=1)[0] in SPECIAL_VARIABLES for word in args):
            raise Denied("syntax", "a variable that changes what the shell does may not be set")
        if name == "shopt" and any((word.text or "") in _SHELL_OPTIONS or word.text is None for word in args):
            raise Denied("syntax", "a shell option that changes what commands mean may not be set")
        if name not in _TEXT_COMMANDS and any(_names_agent_directory(word) for word in args):
            raise _agent_directory()
        if name == "hash" and any((word.text or "-p").startswith("-p") for word in args):
            raise Denied("hash", "hash -p makes a name run another program; call that program by its own name")
        if name in _REMOVERS:
            self._check_remove(args, directories)
        elif name == "find" and any(word.text == "-delete" for word in args):
            self._check_find_delete(args, directories)
        elif name in {"chmod", "chown", "chgrp"}:
            _check_mode(name, args)
        elif name in _KILLERS and not self.sandboxed:
            _check_kill(name, args)

    def check_redirect(self, word: Word, directories: Directories) -> None:
        """Raise Denied when output is redirected to a file that is neither the project's nor temporary."""
        text = word.plain
        if text is None:
            if word.prefix and not word.prefix.startswith(("/", "~")) and ".." not in word.prefix:
                return
            raise Denied("outside_project", f"the file {word.source} is not known in advance; spell the path out")
        if _AGENT_DIRECTORY.search(text):
            raise _agent_directory()
        if _DEVICE.fullmatch(text):
            return
        for path in self._paths.resolve(text, directories):
            if path is None and ".." not in Path(text).parts:
                continue
            if path is None or not self._paths.is_writable(path):
                raise Denied("outside_project", f"{text} is outside the project; write inside the project's directory")

    def _check_remove(self, args: Words, directories: Directories) -> None:
        recursive, options = False, True
        for word in args:
            text = word.text or ""
            if options and text == "--":
                options = False
            elif options and word.plain is not None and text.startswith("-"):
                short = not text.startswith("--") and bool({*"rR"} & {*text})
                recursive = recursive or short or text == "--recursive"
            elif word.text is None or word.source.startswith("~"):
                raise _not_removable(word, "its path is not known in advance, or not the project's; spell it out")
            elif word.pattern:
                self._check_remove_pattern(word, text, directories, recursive=recursive)
            else:
                self._check_remove_path(word, text, directories)

    def _check_remove_pattern(self, word: Word, text: str, directories: Directories, *, recursive: bool) -> None:
        if ".." in text or ("{" in text and "/" in text) or _MAY_ESCAPE.search(text):
            raise _not_removable(word, "such a pattern may match paths elsewhere; name the paths")
        match = _WILDCARD.search(text)
        literal = text[: match.start()] if match else text
        parent, slash, _ = literal.rpartition("/")
        matches_all = text[len(parent + slash) :].strip("*.{}[]!,?") == ""
        for path in self._paths.resolve(parent + slash or ".", directories):
            everything = matches_all and recursive and path == self._paths.project
            if path is None or not self._paths.is_writable(path) or everything:
                raise _not_removable(word, "only paths below the project's directory may be removed, not all of it")

    def _check_remove_path(self, word: Word, text: str, directories: Directories) -> None:
        parent, slash, name = text.rpartition("/")
        # Otherwise `rm` removes the entry in `parent`, and the target of a link does not matter.
        follows = name in {"", ".", ".."}
        for path in self._paths.resolve(text if follows else (parent + slash or "."), directories):
            if path is None or not self._paths.is_removable(path if follows else path / name):
                raise _not_removable(word, "only paths below the project's directory may be removed")

    def _check_find_delete(self, args: Words, directories: Directories) -> None:
        roots = find_roots(args)
        for word in roots:
            if word.plain is None:
                raise _not_removable(word, "the directory that find searches is not known in advance; spell it out")
            for path in self._paths.resolve(word.plain, directories):
                if path is None or not self._paths.is_writable(path):
                    raise _not_removable(word, "find may delete below the project's directory only")
        if not roots and None in directories:
            raise Denied("rm", "the directory that find searches is not known in advance; spell it out")
        texts = [word.plain or "." for word in roots] or ["."]
        searched = {path for text in texts for path in self._paths.resolve(text, directories)}
        narrows = any(
            _NARROWING.fullmatch(word.text or "") and (value is None or value.text != "*")
            for word, value in zip_longest(args, args[1:])
        )
        if self._paths.project in searched and not narrows:
            raise Denied("rm", "find would delete the whole project; restrict it with -name or another test")


def _check_kill(name: str, args: Words) -> None:
    """Raise Denied unless only background jobs of the same shell are ended."""
    if name != "kill":
        raise Denied("kill", f'without the sandbox, {name} may end other programs; use `kill %1` or `kill "$!"`')
    texts = [word.text or "" for word in args]
    if texts[:1] in (["-l"], ["-L"], ["--list"]) or _only_tests(args):
        return
    skipped = 2 if texts[:1] in (["-s"], ["-n"]) else 1 if texts and _SIGNAL.fullmatch(texts[0]) else 0
    skipped += texts[skipped : skipped + 1] == ["--"]
    for word in args[skipped:]:
        if not _OWN_JOB.fullmatch(word.source):
            reason = "without the sandbox, kill may end only background jobs of the same command"
            raise Denied("kill", f'{word.source}: {reason}, as in `kill %1` or `kill "$!"`')


def _only_tests(args: Words) -> bool:
    """Return whether it is `kill -0 PID`, which ends nothing. PID must be one word, as several could be options."""
    if len(args) != 2 or args[0].plain != "-0":  # noqa: PLR2004 - the option and the process id
        return False
    return args[1].plain is not None or (args[1].is_double_quoted and "@" not in args[1].source)


def _check_mode(name: str, args: Words) -> None:
    operands = [word for word in args if not _CHMOD_OPTIONS.fullmatch(word.text or "")]
    valid = name == "chmod" and bool(operands) and bool(_EXECUTABLE_MODE.fullmatch(operands[0].plain or ""))
    for word in operands[1:]:
        one_word = word.text is not None or word.is_double_quoted
        braces = "{" in word.source.replace("${", "")
        valid = valid and one_word and not braces and not (word.text or word.prefix).startswith("-")
    if not valid:
        reason = "permissions may be changed in one way only: `chmod +x FILE` makes a file executable"
        raise Denied("chmod", reason)


def _names_agent_directory(word: Word) -> bool:
    """Return whether a word is a path into `.agent`, or a pattern that matches it."""
    text = word.text or word.prefix
    if _AGENT_DIRECTORY.search(text):
        return True
    parts = text.split("/") if word.pattern else []
    return any(part.startswith(".") and fnmatch.fnmatchcase(".agent", part) for part in parts)


def _agent_directory() -> Denied:
    return Denied("agent_folder", "the directory .agent belongs to the harness; do not touch it")


def _not_removable(word: Word, reason: str) -> Denied:
    return Denied("rm", f"{word.source} may not be removed: {reason}")
