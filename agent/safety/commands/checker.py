"""One command line, with all that it runs: each command is held to the allowlist and to the rules."""

import os
import re
import shutil
from pathlib import Path

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import Refused
from agent.safety.commands.evaluated import sets_unknown_names
from agent.safety.commands.known import ANYTHING, Known, as_trap, changed_by, known_in, names_in, with_values
from agent.safety.commands.loopback import LOOPBACK_ONLY, stays_here
from agent.safety.commands.parser import parse, require_posix
from agent.safety.commands.paths import Folders, Places
from agent.safety.commands.rules import Rules
from agent.safety.commands.scripts import is_still_to_be_made, shell_of, text_of
from agent.safety.commands.walker import After, Command, Walk, functions_in
from agent.safety.commands.whole import CheckContext
from agent.safety.commands.words import Word
from agent.safety.commands.wrappers import File, Text, inside

_SYSTEM_FOLDERS = frozenset({Path("/bin"), Path("/usr/bin"), Path("/usr/local/bin")})
_DEEPEST = 8
"""Commands within commands (`timeout 9 sh -c "xargs ..."`) that are looked through."""
_PATH_IS_SET = re.compile(r"\bPATH\b\+?=")
_IN_THIS_SHELL = frozenset({"eval", "source", ".", "command", "builtin", "time", "exec", "coproc"})
"""What is run without a shell of its own, so that a `cd` in it counts after it."""
_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred", "mv", "find"})
_WITH_VALUES = LOOPBACK_ONLY | {"kill"}
"""Commands for which it counts what a variable holds, and which do no harm should it hold nothing."""
_SCRIPT_FOLDER = re.compile(r'"?\$\(dirname (--\s+)?"?(\$0|\$\{?BASH_SOURCE(\[0\]\})?)"?\)"?')


class CommandChecker:
    """One command line, with all that it runs. `depth` counts how deep within others."""

    def __init__(
        self, allowlist: Allowlist, places: Places, rules: Rules, whole: CheckContext, depth: int = 0,
        script: Path | None = None,
    ) -> None:  # fmt: skip
        self._allowlist = allowlist
        self._places = places
        self._rules = rules
        self._whole = whole
        self._depth = depth
        self._script = script
        self._functions: frozenset[str] = frozenset()
        self._known: Known = {}
        self._used: set[str] = set()
        self._doubtful: set[str] = set()
        self._moves = False

    def text(self, text: str, folders: Folders, *, posix: bool = False) -> bool:
        """Check a piece of shell, which a shell runs that may know less than bash (`posix`). Raises Refused.

        Returns whether it may go to another folder.
        """
        if self._depth > _DEEPEST:
            raise Refused("syntax", "commands are nested too deeply to be checked; write it plainer")
        root = parse(text)
        if posix:
            require_posix(root)
        if not _PATH_IS_SET.search(text):  # else a name that is no program's now may become one
            self._functions |= frozenset(name for name in functions_in(root) if shutil.which(name) is None)
        if not (self._depth and self._whole.sets_unknown_names):
            self._known = {**self._known, **known_in(root, self._whole.text)}
        self._whole.add(text)
        self._whole.sets_unknown_names |= sets_unknown_names(root)
        Walk(self._run, self._write).visit(root, folders)
        if self._used and self._doubtful & {*self._used, ANYTHING}:  # in a loop, or a function, it came before
            said = f"a trap or a sourced script may change {', '.join(sorted(self._used))}; take another name"
            raise Refused("dynamic_command", said)
        return self._moves

    def _run(self, command: Command, folders: Folders) -> After:
        try:
            return self._words(command.words, folders, direct=True)
        except Refused as refused:
            if refused.command is None:
                refused.command = command.source
            raise

    def _write(self, word: Word, folders: Folders) -> None:
        try:
            self._rules.check_target(word, folders)
        except Refused as refused:
            refused.command = refused.command or f"> {word.source}"
            raise
        if word.text is not None:
            self._whole.writes(word.text, folders)

    def _words(self, words: list[Word], folders: Folders, *, direct: bool) -> After:
        name, args = words[0].plain, words[1:]
        if not name:
            said = f"what {words[0].source} stands for is not known beforehand; name the command itself"
            raise Refused("dynamic_command", said)
        if "/" in name:
            name = self._by_path(name, folders)
        elif direct and name in self._functions and name not in self._allowlist:
            return After(frozenset({None}), folders | {None}) if self._moves else After(folders, folders)
        elif name not in self._allowlist:
            self._stays_here(name, args, folders)
        if name in _WITH_VALUES:
            args = [word for word in args if not self._whole.lists_jobs(word)]
            if name == "kill":
                self._whole.splits(name, args)
            args = [with_values(word, self._known_of(word)) for word in args]
        elif name == "trap":
            args = [as_trap(word, self._known_of(word)) for word in args]
        self._rules.check(name, args, folders)
        if name == "unset":
            self._functions -= {word.source for word in args}
        if name in {"cd", "pushd", "popd"}:
            self._moves = True
            return self._moved(name, args, folders)
        if name in _REMOVERS:
            self._whole.check_links(args, folders, itself=name == "find")
        self._whole.makes(name, args, folders)
        return self._inside(name, args, folders)

    def _known_of(self, word: Word) -> Known:
        """The variables that are certain, of which those in `word` are noted as used."""
        known = {} if ANYTHING in self._doubtful else {n: v for n, v in self._known.items() if n not in self._doubtful}
        self._used |= names_in(word, known)
        return known

    def _stays_here(self, name: str, args: list[Word], folders: Folders) -> None:
        """Let a command pass that is not on the list, but only asks a server of this machine. Raises Refused."""
        if name not in LOOPBACK_ONLY:
            raise Refused("allowlist", f"{name} is not among the allowed commands; find another way, or ask for "
                          f"--allow {name}")  # fmt: skip
        known: Known = {name: value for word in args for name, value in self._known_of(word).items()}
        files = None if self._places.is_inside(_home()) else stays_here(name, args, known)  # else it has our settings
        if files is None:
            raise Refused("allowlist", f"{name} is not among the allowed commands, but for asking this machine: with "
                          "everyday options and addresses whose host is written out, such as http://localhost:3000/ or "
                          '"http://localhost:$PORT/$X" after PORT=3000')  # fmt: skip
        self._whole.asks(name, args)
        self._whole.splits(name, args)
        for file in files:
            self._write(file, folders)

    def _inside(self, name: str, args: list[Word], folders: Folders) -> After:
        """Check what a command runs. Returns where the shell may be after it."""
        after, unknown = After(folders, folders), frozenset({None})
        for inner in inside(name, args):
            moves = False
            match inner:
                case Text(text, posix):
                    check = self._of_trap() if name == "trap" else self._within()
                    moves = check.text(text, unknown if name == "trap" else folders, posix=posix)
                    self._doubtful |= changed_by(parse(text)) if name == "trap" else set()
                case File(word, posix):
                    moves = self._script_file(word, folders, posix=posix, sourced=name in _IN_THIS_SHELL)
                case _:
                    if self._depth + len(args) > 200:  # noqa: PLR2004 - `env env env ...`
                        raise Refused("syntax", "commands are nested too deeply to be checked; write it plainer")
                    found = self._words(list(inner), folders, direct=False)
                    after = found if name in _IN_THIS_SHELL else after
            if moves and name in _IN_THIS_SHELL:
                self._moves = True
                after = After(unknown, folders | unknown)
        return after

    def _by_path(self, name: str, folders: Folders) -> str:
        """The name of a command that is given by its path. Scripts of the project are looked into."""
        base = Path(name).name
        if name.startswith("/") and Path(name).parent in _SYSTEM_FOLDERS and base in self._allowlist:
            return base
        for folder in folders:
            if folder is None and not name.startswith("/"):
                raise Refused("outside_project", f"where {name} lies is not known beforehand; run it from the project")
            path = Path(os.path.normpath((folder or Path("/")) / name))
            real = Path(os.path.realpath(path))
            if not self._places.is_inside(path):
                raise Refused("allowlist", f"{name} is neither an allowed command nor a program of the project")
            if self._whole.has_made(real, path):
                raise Refused("script", f"{name} is written by the same command; write it first, then run it")
            if not self._places.is_inside(real):
                if real.name not in self._allowlist:
                    raise Refused("allowlist", f"{name} leads to {real}, which is not among the allowed commands")
                base = real.name  # a link by another name is still that program
            elif shell := shell_of(real):
                self._script_file(Word(name, str(path), str(path)), folders, posix=shell == "sh")
        return base if base in self._allowlist else ""

    def _script_file(self, word: Word, folders: Folders, *, posix: bool = False, sourced: bool = False) -> bool:
        """Check a script. Returns whether it may go to another folder; what it may do to variables, if it is `sourced`,
        is noted."""
        if word.plain is None:
            raise Refused("dynamic_command", f"which script {word.source} is, is not known beforehand; name it")
        moves = False
        for path in self._places.resolved(word.plain, folders):
            if path is None or not self._places.is_inside(path):
                raise Refused("outside_project", f"the script {word.source} is not known to be the project's; only "
                              "scripts of the project may be run")  # fmt: skip
            if self._whole.has_made(path):
                raise Refused("script", f"{word.source} is written by the same command; write it first, then run it")
            if not is_still_to_be_made(path):
                inner = self._read_script(path, word.source, folders, posix=posix)
                moves |= inner._moves
                self._doubtful |= inner._doubtful | changed_by(parse(text_of(path, word.source))) if sourced else set()
        return moves

    def _read_script(self, path: Path, source: str, folders: Folders, *, posix: bool) -> "CommandChecker":
        inner = self._within(path)
        try:
            inner.text(text_of(path, source), folders, posix=posix)
        except Refused as refused:
            raise Refused(refused.rule, f"in {source}: {refused.reason}", refused.command) from None
        return inner

    def _within(self, script: Path | None = None) -> "CommandChecker":
        return CommandChecker(
            self._allowlist, self._places, self._rules, self._whole, self._depth + 1, script or self._script
        )

    def _of_trap(self) -> "CommandChecker":
        """What a trap runs, it runs in this shell, with its functions and variables."""
        inner = self._within()
        inner._functions, inner._known = self._functions, self._known
        inner._used, inner._doubtful = self._used, self._doubtful
        return inner

    def _moved(self, name: str, args: list[Word], folders: Folders) -> After:
        operands = [word for word in args if word.plain is None or not word.plain.startswith("-")]
        moved: Folders = frozenset({None})
        if name != "popd" and len(operands) == 1 == len(args):
            if operands[0].plain is not None:
                moved = frozenset(_logical(operands[0].plain, folder) for folder in folders)
            elif self._script and _SCRIPT_FOLDER.fullmatch(operands[0].source):
                moved = frozenset({self._script.parent})
        return After(moved, folders | moved)


def _logical(text: str, folder: Path | None) -> Path | None:
    """Where `cd` leads. Not known when that is by way of a link: the shell's `..` goes back by name, not by place."""
    if folder is None and not text.startswith("/"):
        return None
    path = os.path.normpath((folder or Path("/")) / text)
    return Path(path) if os.path.realpath(path) == path else None


def _home() -> Path:
    """Where programs look for the settings of their user."""
    return Path(os.path.realpath(os.path.expanduser("~")))
