"""Checks one command line and everything it runs: each command against the allowlist and the rules."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import Denied
from agent.safety.commands.parser import parse, require_posix
from agent.safety.commands.paths import Directories, ProjectPaths
from agent.safety.commands.rules import CommandRules
from agent.safety.commands.scripts import is_pending_activate, read_script, shell_for
from agent.safety.commands.walker import Command, CwdAfter, Walker, functions_in
from agent.safety.commands.words import Word
from agent.safety.commands.wrappers import ScriptFile, ShellText, Words, defer_variables, inner_commands

_SYSTEM_DIRECTORIES = frozenset({Path("/bin"), Path("/usr/bin"), Path("/usr/local/bin")})
_MAX_DEPTH = 8
"""Levels of commands within commands (`timeout 9 sh -c "xargs ..."`) that are checked."""
_MAX_WORDS = 200
"""Levels and words together: `env env env ...` nests by words alone."""
_SETS_PATH = re.compile(r"\bPATH\b\+?=")
_SAME_SHELL = frozenset({"eval", "source", ".", "command", "builtin", "time", "exec", "coproc"})
"""Run their command in the calling shell, so that a `cd` in it stays in effect."""
_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred", "mv", "find"})
_LINKERS = frozenset({"ln", "cp", "mv", "rsync", "tar", "unzip", "git"})
"""Commands that can create symbolic links."""
_WRITERS = _LINKERS | {"tee", "install", "sed", "patch", "truncate", "dd", "curl", "wget"}
_SCRIPT_DIRECTORY = re.compile(r'"?\$\(dirname (--\s+)?"?(\$0|\$\{?BASH_SOURCE(\[0\]\})?)"?\)"?')
_UNKNOWN: Directories = frozenset({None})
_TOO_DEEP = "commands are nested too deeply to be checked; write it in a simpler way"


class CheckContext:
    """Shared by the checkers of one command line: the policy, and the files and links that the command line creates."""

    def __init__(self, allowlist: Allowlist, paths: ProjectPaths, rules: CommandRules) -> None:
        self.allowlist = allowlist
        self.paths = paths
        self.rules = rules
        self._written: set[Path | None] = set()
        self._linked: set[Path] = set()

    def add_written(self, text: str, directories: Directories) -> None:
        """Record a file that output goes to."""
        self._written |= set(self.paths.resolve(text, directories))

    def add_effects(self, name: str, args: Words, directories: Directories) -> None:
        """Record the files and links that a command may create or change."""
        if name not in _WRITERS:
            return
        texts = [word.plain for word in args if word.plain is not None and not word.plain.startswith("-")]
        names = {Path(text).name for text in texts}
        names |= {*texts, *(f"{texts[-1]}/{Path(text).name}" for text in texts[:-1])}
        for text in names:
            self.add_written(text, directories)
            if name in _LINKERS:
                self._linked |= set(_absolute(text, directories))

    def is_created(self, real: Path | None, path: Path | None = None) -> bool:
        """Return whether the command line writes the file `real`, or creates a link at `path`."""
        return real in self._written or path in self._linked

    def check_links(self, args: Words, directories: Directories, *, follows: bool) -> None:
        """Raise Denied when something may be removed through a link that the same command line creates.

        The link itself may be removed, unless the command `follows` it.
        """
        for word in args if self._linked else ():
            text = word.text or word.prefix
            for path in _absolute(text, directories):
                through = {*path.parents, path} if follows or text.endswith(("/", "/.")) else {*path.parents}
                if word.text is None or self._linked & through:
                    reason = f"{word.source} may lead through a link that this command creates; create it beforehand"
                    raise Denied("rm", reason)


class CommandChecker:
    """Checks shell text: the command line, with `depth` 0, or text that it runs. `script` is the file it comes from."""

    def __init__(
        self,
        context: CheckContext,
        depth: int = 0,
        script: Path | None = None,
        functions: frozenset[str] = frozenset(),
    ) -> None:
        self._context = context
        self._depth = depth
        self._script = script
        self._functions = functions
        self._changes_directory = False

    def check(self, text: str, directories: Directories, *, posix: bool = False) -> bool:
        """Check shell text that runs in one of `directories`, with `posix` in a shell that knows less than bash.

        Returns whether it may change the directory. Raises Denied.
        """
        if self._depth > _MAX_DEPTH:
            raise Denied("syntax", _TOO_DEEP)
        root = parse(text)
        if posix:
            require_posix(root)
        if not _SETS_PATH.search(text):  # a new PATH may turn a name into a program's
            self._functions |= frozenset(name for name in functions_in(root) if shutil.which(name) is None)
        Walker(self._check_command, self._check_write).visit(root, directories)
        return self._changes_directory

    def _check_command(self, command: Command, directories: Directories) -> CwdAfter:
        try:
            return self._check_words(command.words, directories, direct=True)
        except Denied as denied:
            if denied.command is None:
                denied.command = command.source
            raise

    def _check_write(self, word: Word, directories: Directories) -> None:
        try:
            self._context.rules.check_redirect(word, directories)
        except Denied as denied:
            denied.command = denied.command or f"> {word.source}"
            raise
        if word.text is not None:
            self._context.add_written(word.text, directories)

    def _check_words(self, words: Words, directories: Directories, *, direct: bool) -> CwdAfter:
        """Check a command with its arguments; `direct` unless another command runs it, which cannot call functions."""
        name, args = words[0].plain, words[1:]
        if not name:
            raise Denied("dynamic_command", f"what {words[0].source} runs is not known in advance; name the command")
        if "/" in name:
            name = self._resolve_program(name, directories)
        elif name not in self._context.allowlist:
            if direct and name in self._functions:
                return CwdAfter(_UNKNOWN, directories | _UNKNOWN) if self._changes_directory else _stay(directories)
            reason = f"{name} is not among the allowed commands; find another way, or ask for --allow {name}"
            raise Denied("allowlist", reason)
        if name == "trap" and self._context.rules.sandboxed:
            args = [defer_variables(word) for word in args]
        self._context.rules.check(name, args, directories)
        if name == "unset":
            self._functions -= {word.source for word in args}
        if name in {"cd", "pushd", "popd"}:
            self._changes_directory = True
            return self._after_cd(name, args, directories)
        if name in _REMOVERS:
            self._context.check_links(args, directories, follows=name == "find")
        self._context.add_effects(name, args, directories)
        return self._check_inner(name, args, directories)

    def _check_inner(self, name: str, args: Words, directories: Directories) -> CwdAfter:
        """Check the commands that a command runs."""
        after = _stay(directories)
        for inner in inner_commands(name, args):
            moves = False
            match inner:
                case ShellText(text) if name == "trap":  # runs later, in this shell
                    moves = self._inner_checker(functions=self._functions).check(text, _UNKNOWN)
                case ShellText(text, posix):
                    moves = self._inner_checker().check(text, directories, posix=posix)
                case ScriptFile(word, posix):
                    moves = self._check_script(word, directories, posix=posix)
                case [_, *_]:
                    if self._depth + len(args) > _MAX_WORDS:
                        raise Denied("syntax", _TOO_DEEP)
                    inner_after = self._check_words(list(inner), directories, direct=False)
                    after = inner_after if name in _SAME_SHELL else after
            if moves and name in _SAME_SHELL:
                self._changes_directory = True
                after = CwdAfter(_UNKNOWN, directories | _UNKNOWN)
        return after

    def _resolve_program(self, name: str, directories: Directories) -> str:
        """Return the allowed name of a program called by its path, "" for one of the project. Scripts are checked."""
        allowlist, paths = self._context.allowlist, self._context.paths
        base = Path(name).name
        if name.startswith("/") and Path(name).parent in _SYSTEM_DIRECTORIES and base in allowlist:
            return base
        for directory in directories:
            if directory is None and not name.startswith("/"):
                reason = f"the directory of {name} is not known in advance; run it from the project's directory"
                raise Denied("outside_project", reason)
            path = Path(os.path.normpath((directory or Path("/")) / name))
            real = Path(os.path.realpath(path))
            if not paths.is_inside(path):
                raise Denied("allowlist", f"{name} is neither an allowed command nor a program of the project")
            if self._context.is_created(real, path):
                raise _created_by_same_command(name)
            if not paths.is_inside(real):
                if real.name not in allowlist:
                    raise Denied("allowlist", f"{name} links to {real}, which is not among the allowed commands")
                base = real.name  # a link with another name still runs that program
            elif shell := shell_for(real):
                self._check_script(Word(name, str(path), str(path)), directories, posix=shell == "sh")
        return base if base in allowlist else ""

    def _check_script(self, word: Word, directories: Directories, *, posix: bool = False) -> bool:
        """Check a script that the command line runs. Returns whether it may change the directory."""
        if word.plain is None:
            raise Denied("dynamic_command", f"the script {word.source} is not known in advance; name it")
        moves = False
        for path in self._context.paths.resolve(word.plain, directories):
            if path is None or not self._context.paths.is_inside(path):
                reason = f"the script {word.source} may lie outside the project; only scripts of the project may run"
                raise Denied("outside_project", reason)
            if self._context.is_created(path):
                raise _created_by_same_command(word.source)
            if not is_pending_activate(path):
                moves |= self._check_script_text(path, word.source, directories, posix=posix)
        return moves

    def _check_script_text(self, path: Path, source: str, directories: Directories, *, posix: bool) -> bool:
        text = read_script(path, source)
        try:
            return self._inner_checker(path).check(text, directories, posix=posix)
        except Denied as denied:
            raise Denied(denied.rule, f"in {source}: {denied.reason}", denied.command) from None

    def _inner_checker(self, script: Path | None = None, functions: frozenset[str] = frozenset()) -> "CommandChecker":
        return CommandChecker(self._context, self._depth + 1, script or self._script, functions)

    def _after_cd(self, name: str, args: Words, directories: Directories) -> CwdAfter:
        target = _UNKNOWN
        if name != "popd" and len(args) == 1 and not (args[0].plain or "").startswith("-"):
            if args[0].plain is not None:
                target = frozenset(_cd_target(args[0].plain, directory) for directory in directories)
            elif self._script and _SCRIPT_DIRECTORY.fullmatch(args[0].source):
                target = frozenset({self._script.parent})
        return CwdAfter(target, directories | target)


def _stay(directories: Directories) -> CwdAfter:
    return CwdAfter(directories, directories)


def _cd_target(text: str, directory: Path | None) -> Path | None:
    """Return where `cd` leads, None when it goes through a link: the shell's `..` then leads back by name."""
    if directory is None and not text.startswith("/"):
        return None
    path = os.path.normpath((directory or Path("/")) / text)
    return Path(path) if os.path.realpath(path) == path else None


def _absolute(text: str, directories: Directories) -> Iterator[Path]:
    """Yield the path in each of the directories by its name, without following links."""
    return (Path(os.path.normpath((directory or Path("/")) / text)) for directory in directories)


def _created_by_same_command(source: str) -> Denied:
    return Denied("script", f"{source} is written by the same command; write it first, then run it")
