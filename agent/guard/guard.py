"""The guard: looks at each tool call before it happens, and refuses it with a reason or lets it pass."""

import os
import re
import shutil
from pathlib import Path

from agent.guard.allowlist import Allowlist
from agent.guard.denial import Denial, Refused, ToolCall
from agent.guard.known import Known, as_trap, known_in, with_values
from agent.guard.loopback import LOOPBACK_ONLY, leads_away, stays_here
from agent.guard.places import Folders, Places
from agent.guard.processes import OwnProcesses
from agent.guard.rules import Rules
from agent.guard.syntax import parse, require_posix
from agent.guard.walk import After, Command, Walk, functions_in
from agent.guard.words import Word
from agent.guard.wrappers import File, Text, inside

_PATHS = ("file_path", "notebook_path")
_WRITERS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_SYSTEM_FOLDERS = frozenset({Path("/bin"), Path("/usr/bin"), Path("/usr/local/bin")})
_DEEPEST = 8
"""Commands within commands (`timeout 9 sh -c "xargs ..."`) that are looked through."""
_LONGEST_SCRIPT = 256 * 1024
_ACTIVATE = ("bin", "activate")
"""What `python -m venv` writes, often a moment before it is sourced."""
_SHEBANG = re.compile(rb"#!\s*\S*?/?(env\s+(-S\s+)?)?(\S*/)?(ba|da|z|k)?sh\b")
_PATH_IS_SET = re.compile(r"\bPATH\b\+?=")
_IN_THIS_SHELL = frozenset({"eval", "source", ".", "command", "builtin", "time", "exec", "coproc"})
"""What is run without a shell of its own, so that a `cd` in it counts after it."""
_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred", "mv", "find"})
_LINKERS = frozenset({"ln", "cp", "mv", "rsync", "tar", "unzip", "git"})
"""What can make symbolic links."""
_MAKERS = _LINKERS | {"tee", "install", "sed", "patch", "truncate", "dd"}
_WITH_VALUES = LOOPBACK_ONLY | {"kill"}
"""Commands for which it counts what a variable holds, and which do no harm should it hold nothing."""
_JOBS = "$(jobs -p)"
_SCRIPT_FOLDER = re.compile(r'"?\$\(dirname (--\s+)?"?(\$0|\$\{?BASH_SOURCE(\[0\]\})?)"?\)"?')


class Guard:
    """Holds the commands of one project to `allowlist`, and keeps the harness's own folder out of reach."""

    def __init__(self, allowlist: Allowlist, project: Path, processes: OwnProcesses) -> None:
        self._allowlist = allowlist
        self._places = Places(project)
        self._rules = Rules(self._places, processes)

    def __call__(self, call: ToolCall) -> Denial | None:
        """Why `call` may not happen; None when it may."""
        try:
            if call.name in _WRITERS:
                self._check_file(call)
            elif call.name == "Bash" or isinstance(call.input.get("command"), str):
                self._check_shell(call)
        except Refused as refused:
            return refused.denial
        except RecursionError:
            return Denial("it is nested too deeply to be checked; write it plainer", "syntax")
        return None

    def _check_file(self, call: ToolCall) -> None:
        for key in _PATHS:
            path = call.input.get(key)
            if isinstance(path, str):
                real = Path(os.path.realpath(call.cwd / path))
                if real.is_relative_to(self._places.project / ".agent"):
                    raise Refused("agent_folder", "the folder .agent belongs to the harness; leave it alone", path)

    def _check_shell(self, call: ToolCall) -> None:
        command = call.input.get("command")
        if not isinstance(command, str):
            raise Refused("syntax", "the command is no text")
        if call.input.get("dangerouslyDisableSandbox"):
            raise Refused("sandbox", "the sandbox stays on; do without what is outside the project", command)
        _Check(self._allowlist, self._places, self._rules).text(command, frozenset({Path(os.path.realpath(call.cwd))}))


class _Check:
    """One command line, with all that it runs. `depth` counts how deep within others."""

    def __init__(
        self, allowlist: Allowlist, places: Places, rules: Rules, depth: int = 0, script: Path | None = None
    ) -> None:
        self._allowlist = allowlist
        self._places = places
        self._rules = rules
        self._depth = depth
        self._script = script
        self._functions: frozenset[str] = frozenset()
        self._written: set[Path | None] = set()
        self._linked: set[Path] = set()
        self._texts: list[str] = []
        self._known: Known = {}
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
        self._known = {**self._known, **known_in(root, "\n".join(self._texts))}
        self._texts.append(text)
        Walk(self._run, self._write).visit(root, folders)
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
            self._written |= set(self._places.resolved(word.text, folders))

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
            args = [with_values(word, self._known) for word in args if word.source != _JOBS or not self._lists_jobs]
        elif name == "trap":
            args = [as_trap(word, self._known) for word in args]
        self._rules.check(name, args, folders)
        if name == "unset":
            self._functions -= {word.source for word in args}
        if name in {"cd", "pushd", "popd"}:
            self._moves = True
            return self._moved(name, args, folders)
        if name in _REMOVERS:
            self._check_links(args, folders, itself=name == "find")
        self._note_made(name, args, folders)
        return self._inside(name, args, folders)

    @property
    def _lists_jobs(self) -> bool:
        """Whether `jobs` is the shell's own, whose processes are all the text's."""
        return not any("jobs" in text.replace(_JOBS, "").replace("jobs -p", "") for text in self._texts)

    def _stays_here(self, name: str, args: list[Word], folders: Folders) -> None:
        """Let a command pass that is not on the list, but only asks a server of this machine. Raises Refused."""
        if name not in LOOPBACK_ONLY:
            raise Refused("allowlist", f"{name} is not among the allowed commands; find another way, or ask for "
                          f"--allow {name}")  # fmt: skip
        files = stays_here(name, [with_values(word, self._known) for word in args])
        if files is None or any(leads_away(text) for text in self._texts):
            raise Refused("allowlist", f"{name} is not among the allowed commands, but for asking this machine: with "
                          "everyday options and written-out addresses such as http://localhost:3000/")  # fmt: skip
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
                case File(word, posix):
                    moves = self._script_file(word, folders, posix=posix)
                case _:
                    if self._depth + len(args) > 200:  # noqa: PLR2004 - `env env env ...`
                        raise Refused("syntax", "commands are nested too deeply to be checked; write it plainer")
                    found = self._words(list(inner), folders, direct=False)
                    after = found if name in _IN_THIS_SHELL else after
            if moves and name in _IN_THIS_SHELL:
                self._moves = True
                after = After(unknown, folders | unknown)
        return after

    def _note_made(self, name: str, args: list[Word], folders: Folders) -> None:
        """Remember the files that a command makes or changes: what they hold later is not what they hold now."""
        if name not in _MAKERS:
            return
        texts = [word.plain for word in args if word.plain is not None and not word.plain.startswith("-")]
        names = {
            *texts,
            *(Path(text).name for text in texts),
            *(f"{texts[-1]}/{Path(text).name}" for text in texts[:-1]),
        }
        for text in names:
            self._written |= set(self._places.resolved(text, folders))
            if name in _LINKERS:
                self._linked |= {Path(os.path.normpath((folder or Path("/")) / text)) for folder in folders}

    def _check_links(self, args: list[Word], folders: Folders, *, itself: bool) -> None:
        """Refuse to remove anything by way of a link that the same command makes. The link itself may go, but where a
        command would follow it (`itself`).
        """
        for word in args:
            text = word.text or word.prefix
            for folder in folders if self._linked else ():
                path = Path(os.path.normpath((folder or Path("/")) / text))
                ways = {path, *path.parents} if itself or text.endswith(("/", "/.")) else {*path.parents}
                if word.text is None or self._linked & ways:
                    raise Refused("rm", f"{word.source} may lead through a link that this command makes; make it first")

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
            if real in self._written or path in self._linked:
                raise Refused("script", f"{name} is written by the same command; write it first, then run it")
            if not self._places.is_inside(real):
                if real.name not in self._allowlist:
                    raise Refused("allowlist", f"{name} leads to {real}, which is not among the allowed commands")
                base = real.name  # a link by another name is still that program
            elif shell := _shell_of(real):
                self._script_file(Word(name, str(path), str(path)), folders, posix=shell == "sh")
        return base if base in self._allowlist else ""

    def _script_file(self, word: Word, folders: Folders, *, posix: bool = False) -> bool:
        """Check a script. Returns whether it may go to another folder."""
        if word.plain is None:
            raise Refused("dynamic_command", f"which script {word.source} is, is not known beforehand; name it")
        moves = False
        for path in self._places.resolved(word.plain, folders):
            if path is None or not self._places.is_inside(path):
                raise Refused("outside_project", f"the script {word.source} is not known to be the project's; only "
                              "scripts of the project may be run")  # fmt: skip
            if path in self._written:
                raise Refused("script", f"{word.source} is written by the same command; write it first, then run it")
            if not (path.parts[-2:] == _ACTIVATE and not path.exists()):
                moves |= self._read_script(path, word.source, folders, posix=posix)
        return moves

    def _read_script(self, path: Path, source: str, folders: Folders, *, posix: bool) -> bool:
        try:
            with path.open("rb") as file:
                text = file.read(_LONGEST_SCRIPT + 1).decode("utf-8", "replace")
        except OSError as error:
            said = f"the script {source} cannot be checked ({error.strerror}); write it first, then run it"
            raise Refused("script", said) from None
        inner = self._within(path)
        try:
            return inner.text(text.replace("\r\n", "\n"), folders, posix=posix)
        except Refused as refused:
            raise Refused(refused.rule, f"in {source}: {refused.reason}", refused.command) from None

    def _within(self, script: Path | None = None) -> "_Check":
        inner = _Check(self._allowlist, self._places, self._rules, self._depth + 1, script or self._script)
        inner._written, inner._linked, inner._texts = self._written, self._linked, self._texts
        return inner

    def _of_trap(self) -> "_Check":
        """What a trap runs, it runs in this shell, with its functions and variables."""
        inner = self._within()
        inner._functions, inner._known = self._functions, self._known
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


def _shell_of(path: Path) -> str:
    """The shell that runs a file: `sh`, `bash`, or empty when it is no shell script.

    A text without a first line that says so is run by the shell that was asked to run it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(128)
    except OSError:
        return "bash" if path.suffix in {".sh", ".bash"} else ""
    if shebang := _SHEBANG.match(head):
        return "bash" if shebang[4] in {b"ba", b"z", b"k"} else "sh"
    return "" if head.startswith(b"#!") or b"\0" in head else "bash"
