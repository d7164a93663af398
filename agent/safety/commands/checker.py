"""Checks one command line and everything it runs: each command against the allowlist and the rules."""

import os
import re
from pathlib import Path

from agent.platform import home_directory
from agent.safety.commands.context import CheckContext
from agent.safety.commands.denial import Denied
from agent.safety.commands.parser import parse, require_posix
from agent.safety.commands.paths import Directories, real_path
from agent.safety.commands.profiles import PRIVILEGED, profile_of
from agent.safety.commands.scripts import is_pending_activate, read_script, shell_for
from agent.safety.commands.walker import Command, CwdAfter, Walker, first_functions_in, functions_in
from agent.safety.commands.words import Word, Words, literal_word
from agent.safety.commands.wrappers import ScriptFile, ShellInput, ShellText, inner_commands

_SYSTEM_DIRECTORIES = frozenset({Path("/bin"), Path("/usr/bin"), Path("/usr/local/bin")})
_MAX_DEPTH = 8
"""Levels of commands within commands (`timeout 9 sh -c "xargs ..."`) that are checked."""
_MAX_WORDS = 200
"""Levels and words together: `env env env ...` nests by words alone."""
_SAME_SHELL = frozenset({"eval", "source", ".", "command", "builtin", "time", "exec", "coproc"})
"""Run their command in the calling shell, so that a `cd` in it stays in effect."""
_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred", "mv", "find"})
_SCRIPT_DIRECTORY = re.compile(r'"?\$\(dirname (--\s+)?"?(\$0|\$\{?BASH_SOURCE(\[0\]\})?)"?\)"?')
_PROGRAM_DIRECTORIES = (".venv/bin", "venv/bin", "env/bin", "node_modules/.bin", "vendor/bin")
"""Where the tools of a project install its programs; activating an environment makes them commands."""
_INSTALLERS = frozenset({"pip", "pip3", "pipx", "python", "python3", "uv", "go", "cargo", "npm", "pnpm", "bun", "gem"})
_INSTALLS = frozenset({"install", "sync", "link", "i"})
_UNKNOWN: Directories = frozenset({None})
_TOO_DEEP = "commands are nested too deeply to be checked; write it in a simpler way"


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
        self._confinement = context.confinement
        self._depth = depth
        self._script = script
        self._functions = functions
        self._stdin: str | None = None
        self._is_certain = True  # that a name which is not known is no function, and no new program
        self._changes_directory = False

    def check(self, text: str, directories: Directories, *, posix: bool = False) -> bool:
        """Check shell text that runs in one of `directories`, with `posix` in a shell that knows less than bash.

        Returns whether it may change the directory. Raises Denied.
        """
        if self._depth > _MAX_DEPTH:
            raise Denied("syntax", _TOO_DEEP)
        root = parse(text, self._confinement)
        self._is_certain = not root.has_error
        if posix and not self._confinement.sandboxed:
            require_posix(root)
        self._functions |= (functions_in if self._confinement.sandboxed else first_functions_in)(root)
        sandboxed = self._confinement.sandboxed
        walker = Walker(self._check_command, self._check_write, self._add_function, optimistic=sandboxed)
        walker.visit(root, directories)
        return self._changes_directory

    def _check_command(self, command: Command, directories: Directories) -> CwdAfter:
        self._stdin = command.stdin
        try:
            return self._check_words(command.words, directories, direct=True)
        except Denied as denied:
            if denied.command is None:
                denied.command = command.source
            raise

    def _add_function(self, name: str) -> None:
        self._functions |= {name}

    def _check_write(self, word: Word, directories: Directories) -> None:
        try:
            self._context.rules.check_redirect(word, directories)
        except Denied as denied:
            denied.command = denied.command or f"> {word.source}"
            raise
        if word.text is not None and not self._confinement.sandboxed:
            self._context.add_written(word.text, directories)

    def _check_words(self, words: Words, directories: Directories, *, direct: bool) -> CwdAfter:
        """Check a command with its arguments; `direct` unless another command runs it, which cannot call functions."""
        name, args = self._name(words[0]), words[1:]
        if not name:
            reason = f"what {words[0].source} runs is not known in advance; name the command"
            self._confinement.deny_unless_sandboxed("dynamic_command", reason)
            return _stay(directories)
        if "/" in name:
            name = self._resolve_program(name, directories)
        elif name not in self._context.allowlist:
            if (direct or self._confinement.sandboxed) and name in self._functions:
                return CwdAfter(_UNKNOWN, directories | _UNKNOWN) if self._changes_directory else _stay(directories)
            # In a text with errors, only names that are known may be taken for commands.
            if (self._is_certain or self._is_off(name)) and not self._is_installed(name):
                raise _not_allowed(name)
        self._context.rules.check(name, args, directories)
        if self._confinement.sandboxed and name in _INSTALLERS and any(word.text in _INSTALLS for word in args):
            self._is_certain = False
        if name == "unset":
            self._functions -= {word.source for word in args}
        if name in {"cd", "pushd", "popd"}:
            self._changes_directory = True
            return self._after_cd(name, args, directories)
        if name in _REMOVERS:
            self._context.check_links(args, directories, follows=name == "find")
        self._context.add_effects(name, args, directories)
        return self._check_inner(name, args, directories)

    def _name(self, word: Word) -> str | None:
        """Return the name of the command that a word runs, None when it is not known."""
        return word.usual_plain if self._confinement.sandboxed else word.plain

    def _is_installed(self, name: str) -> bool:
        """Return whether an environment of the project, or its caches, have this program, for a command in the sandbox.

        A file with the name of a program that is off, such as `docker`, and a link to one do not count.
        """
        if not self._confinement.sandboxed or self._is_off(name):
            return False
        project = self._context.paths.project
        paths = [place / name for place in (*map(project.joinpath, _PROGRAM_DIRECTORIES), *self._context.programs)]
        programs = [real_path(path) for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)]
        return any(not self._is_off(program.name) for program in programs)

    def _is_off(self, name: str) -> bool:
        """Return whether a command becomes another user, or belongs to a profile that is off."""
        return name not in self._context.allowlist and (name in PRIVILEGED or profile_of(name) is not None)

    def _check_inner(self, name: str, args: Words, directories: Directories) -> CwdAfter:
        """Check the commands that a command runs."""
        after = _stay(directories)
        for inner in inner_commands(name, args, self._confinement):
            moves = False
            match inner:
                case ShellText(text) if name == "trap":  # runs later, in this shell
                    moves = self._inner_checker(functions=self._functions).check(text, directories | _UNKNOWN)
                case ShellText(text, posix):
                    moves = self._inner_checker().check(text, directories, posix=posix)
                case ScriptFile(word, posix) if self._confinement.sandboxed:
                    self._add_functions(word, directories, sourced=name in {"source", "."})
                case ScriptFile(word, posix):
                    moves = self._check_script(word, directories, posix=posix)
                case ShellInput(shell, posix):
                    moves = self._check_input(shell, directories, posix=posix)
                case [_, *_]:
                    if self._depth + len(args) > _MAX_WORDS:
                        raise Denied("syntax", _TOO_DEEP)
                    inner_after = self._check_words(list(inner), directories, direct=False)
                    after = inner_after if name in _SAME_SHELL else after
            if moves and name in _SAME_SHELL:
                self._changes_directory = True
                after = CwdAfter(_UNKNOWN, directories | _UNKNOWN)
        return after

    def _check_input(self, shell: str, directories: Directories, *, posix: bool) -> bool:
        """Check what a shell reads from standard input. Returns whether it may change the directory."""
        reason = f"{shell} would run whatever it reads; run a script of the project, or use {shell} -c"
        self._confinement.deny_unless_sandboxed("shell_stdin", reason)
        if self._stdin is None:
            raise Denied("shell_stdin", f"{reason}, or a here-document")
        return self._inner_checker().check(self._stdin, directories, posix=posix)

    def _add_functions(self, word: Word, directories: Directories, *, sourced: bool) -> None:
        """Remember the functions of a script; those of one that is `sourced` but cannot be read may have any name."""
        for path in self._context.paths.resolve(word.usual, directories) if word.usual else [None]:
            if path is None or not os.path.isfile(path) or not os.access(path, os.R_OK):
                self._is_certain = self._is_certain and not sourced
            else:
                self._functions |= functions_in(parse(read_script(path, word.source), self._confinement))

    def _sandboxed_program(self, name: str, directories: Directories) -> str:
        """Return the allowed name of a program called by its path, "" for another one of the project."""
        allowlist, paths = self._context.allowlist, self._context.paths
        base = Path(name).name
        for path in paths.resolve(name, directories) if base not in allowlist else ():
            if path is not None and not paths.is_writable(path):
                if path.name not in allowlist:
                    raise Denied("allowlist", f"{name} is neither an allowed command nor a program of the project")
                base = path.name  # a link with another name still runs that program
        return base if base in allowlist else ""

    def _resolve_program(self, name: str, directories: Directories) -> str:
        """Return the allowed name of a program called by its path, "" for one of the project. Scripts are checked."""
        if self._confinement.sandboxed:
            return self._sandboxed_program(name, directories)
        allowlist, paths = self._context.allowlist, self._context.paths
        base = Path(name).name
        if name.startswith("/") and Path(name).parent in _SYSTEM_DIRECTORIES and base in allowlist:
            return base
        for directory in directories:
            if directory is None and not name.startswith("/"):
                reason = f"the directory of {name} is not known in advance; run it from the project's directory"
                raise Denied("outside_project", reason)
            path = Path(os.path.normpath((directory or Path("/")) / name))
            real = real_path(path)
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
        if self._confinement.sandboxed:
            functions = self._functions  # which may have been exported
        return CommandChecker(self._context, self._depth + 1, script or self._script, functions)

    def _after_cd(self, name: str, args: Words, directories: Directories) -> CwdAfter:
        target = _UNKNOWN
        if name == "cd" and not args:
            args = [literal_word(home_directory())]
        if name != "popd" and len(args) == 1 and not (args[0].plain or "").startswith("-"):
            if (text := self._name(args[0])) is not None:
                target = frozenset(_cd_target(text, directory) for directory in directories)
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
    return Path(path) if real_path(path) == Path(path) else None


def _not_allowed(name: str) -> Denied:
    profile = profile_of(name)
    remedy = f'profiles = ["{profile}"] in .agent/allow.toml' if profile else f"--allow {name}"
    return Denied("allowlist", f"{name} is not among the allowed commands; find another way, or ask for {remedy}")


def _created_by_same_command(source: str) -> Denied:
    return Denied("script", f"{source} is written by the same command; write it first, then run it")
