"""Denies, whatever the allowlist says, that a command removes, changes or ends what is not the project's.

In the sandbox, a path that is not known in advance passes: nothing outside the project can be written there.
"""

import fnmatch
import os
import re
from itertools import pairwise
from pathlib import Path

from agent.safety.agent_dir import AGENT_DIR
from agent.safety.commands.denial import Confinement, Denied
from agent.safety.commands.find_tests import ANYTHING, HISTORY, may_delete
from agent.safety.commands.parser import SPECIAL_VARIABLES
from agent.safety.commands.paths import Directories, ProjectPaths
from agent.safety.commands.remote import check_remote
from agent.safety.commands.words import Word, Words, expand_braces, literal_word
from agent.safety.commands.wrappers import find_roots

_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred"})
_KILLERS = frozenset({"kill", "pkill", "killall"})
_CHANGERS = frozenset({"mv", "tee", "truncate"})
"""Commands that move or overwrite the files they name."""
_COPIERS = frozenset({"cp", "install", "ln"})
"""Commands that overwrite the last file they name."""
_EXCLUDES = re.compile(r"--exclude(-dir)?(=.*)?")
_KEPT = "only paths below the project's directory may be removed, not all of it, nor its history"
_WILDCARD = re.compile(r"[*?\[{]")
_MAY_ESCAPE = re.compile(r"[*?\[][^/]*/|(^|/)\.[*?\[]")
"""A pattern for a directory, which may match a link out of the project; one for hidden names, which may match `..`."""
_SET_GROUP_MODE = re.compile(r"0*2\d{3}|g[+=][rwxXt]*s[rwxXst]*")
_SET_ID_MODE = re.compile(r"0*[2-7]\d{3}|.*[+=][rwxXt]*s.*")
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
_READERS = _TEXT_COMMANDS | {"ls", "cat", "head", "tail", "find", "tree", "stat", "wc", "test", "[", "diff", "git"}
_DEVICE = re.compile(r"/dev/(null|stdout|stderr|tty|fd/\d+)")
_SANDBOX_DEVICE = re.compile(r"/dev/(zero|full|(tcp|udp)/.+)")
"""Devices of the sandbox's own, and connections of bash."""


class CommandRules:
    """The rules of one project."""

    def __init__(self, paths: ProjectPaths, confinement: Confinement) -> None:
        self._paths = paths
        self._confinement = confinement

    def check(self, name: str, args: Words, directories: Directories) -> None:
        """Raise Denied when the command `name` with these arguments breaks a rule in one of the directories."""
        sandboxed = self._confinement.sandboxed
        if not sandboxed:
            _check_settings(name, args)
        readers = _READERS if sandboxed else _TEXT_COMMANDS
        if name not in readers and any(map(_names_agent_directory, _without_excluded(args))):
            raise _agent_directory()
        check_remote(name, args)
        if name in _REMOVERS:
            self._check_remove(args, directories)
        elif name in _CHANGERS or name in _COPIERS:
            self._check_history(args if name in _CHANGERS else args[-1:], directories)
        elif name == "rsync" and any((word.text or "").startswith("--del") for word in args):
            self._check_remove([word for word in args if not word.prefix.startswith("-")][-1:], directories)
        elif name == "find" and _deletes(args):
            self._check_find_delete(args, directories)
        elif name in {"chmod", "chown", "chgrp"}:
            self._check_mode(name, args, directories)
        elif name in _KILLERS and not sandboxed:
            _check_kill(name, args)

    def check_redirect(self, word: Word, directories: Directories) -> None:
        """Raise Denied when output is redirected to a file that is neither the project's nor temporary."""
        text = self._value(word)
        if text is None:
            if not word.prefix or word.prefix.startswith(("/", "~")) or ".." in word.prefix:
                reason = f"the file {word.source} is not known in advance; spell the path out"
                self._confinement.deny_unless_sandboxed("outside_project", reason)
            return
        if _AGENT_DIRECTORY.search(text):
            raise _agent_directory()
        if _DEVICE.fullmatch(text) or (self._confinement.sandboxed and _SANDBOX_DEVICE.fullmatch(text)):
            return
        for path in self._paths.resolve(text, directories):
            reason = f"{text} is outside the project; write inside the project's directory"
            if path is None and ".." in Path(text).parts:
                self._confinement.deny_unless_sandboxed("outside_project", reason)
            elif path is not None and not self._paths.is_writable(path):
                raise Denied("outside_project", reason)
            elif path is not None and self._paths.is_history(path):
                raise Denied("rm", f"{text} is part of the project's history; leave it to git")

    def _value(self, word: Word) -> str | None:
        """Return the path that a word means, None when it is not known."""
        return word.usual_plain if self._confinement.sandboxed else word.plain

    def _check_remove(self, args: Words, directories: Directories) -> None:
        recursive, options = False, True
        for word in args:
            text = word.text or ""
            if options and text == "--":
                options = False
            elif options and word.plain is not None and text.startswith("-"):
                short = not text.startswith("--") and bool({*"rR"} & {*text})
                recursive = recursive or short or text == "--recursive"
            else:
                self._check_removed(word, directories, recursive=recursive)

    def _check_removed(self, word: Word, directories: Directories, *, recursive: bool) -> None:
        """Check one operand of `rm`."""
        if word.text is None or word.source.startswith("~"):
            reason = "its path is not known in advance, or not the project's; spell it out"
            self._deny_unknown(word, reason)
        text = word.usual
        if text is None:
            return
        if not word.pattern:
            self._check_remove_path(word, text, directories)
            return
        if ".." in text or ("{" in text and "/" in text) or _MAY_ESCAPE.search(text):
            self._deny_unknown(word, "such a pattern may match paths elsewhere; name the paths")
        for alternative in expand_braces(text):
            if _WILDCARD.search(alternative):
                self._check_remove_pattern(word, alternative, directories, recursive=recursive)
            else:
                self._check_remove_path(word, alternative, directories)

    def _check_remove_pattern(self, word: Word, text: str, directories: Directories, *, recursive: bool) -> None:
        match = _WILDCARD.search(text)
        parent, slash, _ = text[: match.start() if match else None].rpartition("/")
        pattern = text[len(parent + slash) :]
        for path in self._paths.resolve(parent + slash or ".", directories):
            if path is None:
                self._deny_unknown(word, "the directory is not known in advance; spell it out")
                continue
            if ".." in pattern:
                continue
            everything = recursive and pattern.strip("*.{}[]!,?/") == "" and self._paths.is_vital(path)
            history = path == self._paths.project and pattern[:1] == "." and fnmatch.fnmatchcase(".git", pattern)
            inside = self._paths.is_removable(path / pattern) and self._paths.is_writable(path)
            if everything or history or not inside:
                raise _not_removable(word, _KEPT)

    def _check_remove_path(self, word: Word, text: str, directories: Directories) -> None:
        parent, slash, name = text.rpartition("/")
        # Otherwise `rm` removes the entry in `parent`, and the target of a link does not matter.
        follows = name in {"", ".", ".."}
        for path in self._paths.resolve(text if follows else (parent + slash or "."), directories):
            if path is None:
                self._deny_unknown(word, "only paths below the project's directory may be removed")
            elif not self._paths.is_removable(path if follows else path / name):
                raise _not_removable(word, _KEPT)

    def _check_history(self, args: Words, directories: Directories) -> None:
        for word in args:
            for path in self._paths.resolve(word.usual, directories) if word.usual else ():
                if path is None:
                    continue
                hidden = word.pattern and path.name[:1] == "." and path.parent == self._paths.project
                if self._paths.is_history(path) or (hidden and fnmatch.fnmatchcase(".git", path.name)):
                    raise _not_removable(word, _KEPT)

    def _check_find_delete(self, args: Words, directories: Directories) -> None:
        roots = find_roots(args) or [literal_word(".")]
        for word in roots:
            text = self._value(word)
            for path in self._paths.resolve(text, directories) if text is not None else [None]:
                if path is None:
                    self._deny_unknown(word, "the directory that find searches is not known in advance; spell it out")
                elif not self._paths.is_writable(path) or self._paths.is_history(path):
                    raise _not_removable(word, "find may delete below the project's directory only, not its history")
                elif self._paths.is_vital(path):
                    self._check_find_tests(args, (word.text or word.prefix).rstrip("/"), path)

    def _check_find_tests(self, args: Words, root: str, path: Path) -> None:
        """Check what `find` deletes in a vital directory, whose name as written is `root`."""
        unknown, project = not self._confinement.sandboxed, self._paths.project
        if may_delete(args, [f"{root}/{ANYTHING}"], unknown=unknown):
            raise Denied("rm", "find would delete nearly everything; restrict it with -name before the action")
        git = [os.path.relpath(project / name, path) for name in HISTORY] if project.is_relative_to(path) else []
        if may_delete(args, [f"{root}/{name}" for name in git], unknown=unknown):
            reason = "find would delete from the project's history; add -not -path './.git*' in front of the action"
            raise Denied("rm", reason)

    def _check_mode(self, name: str, args: Words, directories: Directories) -> None:
        operands = [word for word in args if not _CHMOD_OPTIONS.fullmatch(word.text or "")]
        mode = (operands[0].text or "") if name == "chmod" and operands else ""
        shares = _SET_GROUP_MODE.fullmatch(mode) and self._are_directories(operands[1:], directories)
        if _SET_ID_MODE.fullmatch(mode) and not shares:
            raise Denied("chmod", "a program may not run as another user; leave the set-user and set-group bits out")
        for word in operands[1:]:
            for path in self._paths.resolve(word.usual_plain, directories) if word.usual_plain else ():
                if path is not None and not self._paths.is_writable(path):
                    raise Denied("chmod", f"{word.source} is outside the project; its permissions may not be changed")
        if not _is_executable_mode(name, operands):
            reason = "permissions may be changed in one way only: `chmod +x FILE` makes a file executable"
            self._confinement.deny_unless_sandboxed("chmod", reason)

    def _are_directories(self, words: Words, directories: Directories) -> bool:
        paths = [path for word in words for path in self._paths.resolve(word.usual_plain or "/dev/null", directories)]
        return all(path is not None and os.path.isdir(path) for path in paths)

    def _deny_unknown(self, word: Word, reason: str) -> None:
        self._confinement.deny_unless_sandboxed("rm", f"{word.source} may not be removed: {reason}")


def _without_excluded(args: Words) -> Words:
    """Return the words but for what `--exclude=NAME` or `--exclude NAME` names."""
    options = [_EXCLUDES.fullmatch(word.text or "") for word in args]
    return [
        word
        for word, option, before in zip(args, options, [None, *options], strict=False)
        if not option and (not before or before[2])
    ]


def _check_settings(name: str, args: Words) -> None:
    """Raise Denied for settings with which commands mean something else than this package takes them to mean."""
    if any(re.split(r"[=\[+]", word.text or word.prefix, maxsplit=1)[0] in SPECIAL_VARIABLES for word in args):
        raise Denied("syntax", "a variable that changes what the shell does may not be set")
    if name == "shopt" and any((word.text or "") in _SHELL_OPTIONS or word.text is None for word in args):
        raise Denied("syntax", "a shell option that changes what commands mean may not be set")
    if name == "hash" and any((word.text or "-p").startswith("-p") for word in args):
        raise Denied("hash", "hash -p makes a name run another program; call that program by its own name")


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


def _deletes(args: Words) -> bool:
    """Return whether `find` removes what it finds."""
    texts = [word.text for word in args]
    return "-delete" in texts or any(
        text in {"-exec", "-execdir"} and command in {*_REMOVERS, "mv"} for text, command in pairwise(texts)
    )


def _is_executable_mode(name: str, operands: Words) -> bool:
    """Return whether it is `chmod +x FILE`, with files that cannot be taken for options."""
    valid = name == "chmod" and bool(operands) and bool(_EXECUTABLE_MODE.fullmatch(operands[0].plain or ""))
    for word in operands[1:]:
        one_word = word.text is not None or word.is_double_quoted
        braces = "{" in word.source.replace("${", "")
        valid = valid and one_word and not braces and not (word.text or word.prefix).startswith("-")
    return valid


def _names_agent_directory(word: Word) -> bool:
    """Return whether a word is a path into `.agent`, or a pattern that matches it."""
    text = word.text or word.prefix
    if _AGENT_DIRECTORY.search(text):
        return True
    parts = text.split("/") if word.pattern else []
    return any(part.startswith(".") and fnmatch.fnmatchcase(AGENT_DIR, part) for part in parts)


def _agent_directory() -> Denied:
    return Denied("agent_folder", "the directory .agent belongs to the harness; do not touch it")


def _not_removable(word: Word, reason: str) -> Denied:
    return Denied("rm", f"{word.source} may not be removed: {reason}")
