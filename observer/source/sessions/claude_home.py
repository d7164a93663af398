"""Claude Code's own directory: its sessions, the files of their subagents, and the register of its processes.

`CLAUDE_CONFIG_DIR` names the directory, `~/.claude` is the default. A session is `projects/PROJECT/ID.jsonl`, where
PROJECT is the working directory with `-` in place of everything but letters and digits. Its subagents write
`projects/PROJECT/ID/subagents/**/agent-*.jsonl`, those of old versions `projects/PROJECT/agent-*.jsonl`. Each process
describes itself in `sessions/PID.json`, and removes that file at a clean exit (seen in version 2.1.332).
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from observer.format.fields import Fields
from observer.format.tolerant_json import parse_object
from observer.platform.files import home_directory
from observer.platform.process_info import is_process_running, process_namespace
from observer.source.sessions.process import BUSY, NOT_KNOWN, Process
from observer.source.sessions.session_paths import is_inside, matching, written

SUFFIX = ".jsonl"
_SUBAGENT = "agent-"
_MAX_REGISTERED_BYTES = 64 * 1024
_HEAD_BYTES = 16 * 1024
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^A-Za-z0-9]")
_LARGEST_UNIT = 0xFFFF
"""The last character that counts as one in JavaScript; each later one counts as two."""
_MAX_NAME_LETTERS = 200
"""Letters of the name of a project's directory before its digest."""
_REGISTER_TTL_S = 0.2
"""Seconds between two reads of the register, no matter how many sessions are looked up in it."""
_SESSION_ID = re.compile(rb'"sessionId":"([^"\\]+)"')
_TICKS = re.compile(r"[0-9]{1,18}")
"""The start of a process, in clock ticks since the start of the system."""
_STATES = {"busy": BUSY, "idle": "waiting_for_prompt", "waiting": "waiting_on_human"}
"""What a heartbeat says in each state that a process registers."""


def claude_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return Claude Code's directory."""
    return Path(environment.get("CLAUDE_CONFIG_DIR") or home_directory() / ".claude")


class ClaudeHome:
    """The sessions in Claude Code's directory, and the processes that write them."""

    program = "Claude Code"

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.home = home
        self.root = home / "projects"
        """The directory of the sessions."""
        self._clock = clock
        self._entries: list[Fields] = []
        self._read_at = -_REGISTER_TTL_S

    def sessions(self, project: Path | None = None) -> list[Path]:
        """Return the files of all sessions, or of those in a working directory, the most recently written first."""
        name = "*" if project is None else _directory_of(project)
        timed = [session for directory in matching(self.root, name) for session in _sessions_in(directory, self.root)]
        return [Path(path) for _, path in sorted(timed, reverse=True)]

    def is_part(self, _path: Path) -> bool:
        """Return False: the files of subagents are not among the sessions."""
        return False

    def contains(self, path: Path) -> bool:
        """Return whether a file is one of the sessions here."""
        return is_inside(path, self.root)

    def session_id(self, path: Path) -> str:
        """Return the ID of the session at a path."""
        return path.name.removesuffix(SUFFIX)

    def companions(self, path: Path) -> list[tuple[str, Path]]:
        """Return the files of a session's subagents, each with its path relative to the session's own directory."""
        own = path.with_suffix("")
        agents = matching(own, f"subagents/**/{_SUBAGENT}*") if is_inside(own / "subagents", path.parent) else ()
        files = [
            (file.relative_to(own).as_posix(), file)
            for file in sorted(agents)
            if file.name.endswith((SUFFIX, ".meta.json")) and _is_part(file, path)
        ]
        files.sort(key=lambda pair: not pair[0].endswith(".meta.json"))  # a subagent's description before its lines
        return files + [
            (file.name, file) for file in sorted(matching(path.parent, f"{_SUBAGENT}*{SUFFIX}")) if _is_of(file, path)
        ]

    def process_of(self, path: Path) -> Process:
        """Return what the register says of the process that writes a session."""
        session = self.session_id(path)
        processes = [_process(entry) for entry in self._registered() if entry.text("sessionId") == session]
        return next((process for process in processes if process.alive), processes[0] if processes else NOT_KNOWN)

    def _registered(self) -> list[Fields]:
        """Return what processes have registered, as of a moment ago."""
        now = self._clock()
        if now - self._read_at >= _REGISTER_TTL_S:
            self._entries, self._read_at = self._read_register(), now
        return self._entries

    def _read_register(self) -> list[Fields]:
        entries: list[Fields] = []
        for path in matching(self.home / "sessions", "*.json"):
            try:
                with path.open("rb") as file:
                    data = parse_object(file.read(_MAX_REGISTERED_BYTES))
            except (OSError, ValueError):  # removed meanwhile, or half written: the next look finds it
                continue
            if data is not None:
                entries.append(Fields(data))
        return entries


def _process(entry: Fields) -> Process:
    pid, started = entry.integer("pid"), entry.text("procStart")
    domain = entry.text("pidDomain")
    if pid is None or (domain and not domain.endswith(process_namespace() or domain)):
        return NOT_KNOWN  # of another machine or container
    registered_ms = entry.number("startedAt")  # of versions without the start of the process
    alive = is_process_running(
        pid,
        started_at=int(started) if _TICKS.fullmatch(started) else None,
        started_before=None if registered_ms is None else registered_ms / 1000,
    )
    if not alive:
        return Process(alive)
    since_ms = entry.number("statusUpdatedAt")
    state, since = _STATES.get(entry.text("status"), ""), None if since_ms is None else since_ms / 1000
    return Process(alive, state, entry.text("waitingFor"), since)


def _directory_of(project: Path) -> str:
    """Return a pattern for the name of a working directory's directory, in whose place a long one has a digest."""
    name = _NEITHER_LETTER_NOR_DIGIT.sub(lambda match: "-" if ord(match[0]) <= _LARGEST_UNIT else "--", str(project))
    return name if len(name) <= _MAX_NAME_LETTERS else f"{name[:_MAX_NAME_LETTERS]}-*"


def _is_part(file: Path, session: Path) -> bool:
    """Return whether something beside a session is a file, and not a link to one elsewhere."""
    return os.path.isfile(file) and (not os.path.islink(file) or is_inside(file, session.parent))


def _is_of(file: Path, session: Path) -> bool:
    """Return whether a file of an old version belongs to a session."""
    if not _is_part(file, session):
        return False
    try:
        with file.open("rb") as opened:
            match = _SESSION_ID.search(opened.read(_HEAD_BYTES))
    except OSError:
        return False
    return match is not None and os.fsdecode(match[1]) == session.name.removesuffix(SUFFIX)


def _sessions_in(directory: Path, home: Path) -> list[tuple[float, str]]:
    """Return the paths of the sessions in a project's directory, each with the time when it was written."""
    try:
        with os.scandir(directory) as entries:
            names = [entry.path for entry in entries if entry.name.endswith(SUFFIX)]
    except OSError:  # no directory, or not permitted
        return []
    paths = [path for path in names if not os.path.basename(path).startswith(_SUBAGENT)]
    return [(time, path) for path in paths if (time := written(path, home)) is not None]
