"""What a name of sessions stands for: `claude:` or `codex:`, with an ID or a prefix of one, with `all`, or alone.

Alone, a name stands for the newest session of the working directory where one session is wanted, and for all of them
where several are.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from itertools import islice
from pathlib import Path

from msgspec import Struct

from observer.errors import UnreadableError, UsageError
from observer.source.dialect_plugins import recognize_any
from observer.source.sessions.claude_home import ClaudeHome, claude_home
from observer.source.sessions.codex_home import CodexHome, codex_home
from observer.source.sessions.session import Session
from observer.source.sessions.session_paths import NO_PLACE, why_unreadable

ALL = "all"
Home = ClaudeHome | CodexHome
HOMES: Mapping[str, Callable[[], Home]] = {
    "claude": lambda: ClaudeHome(claude_home()),
    "codex": lambda: CodexHome(codex_home()),
}
"""The directory of each program, by what the names of its sessions begin with."""
_MAX_CANDIDATES = 5
_MAX_DIGITS = 6


class SessionName(Struct, frozen=True):
    """A name, in two parts: `claude:204a` has the scheme `claude` and the ID, or a prefix of it, `204a`."""

    scheme: str
    id: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.id}"

    @property
    def may_mean_all(self) -> bool:
        """Whether the name can stand for all sessions of a program."""
        return self.id in {"", ALL}


def parse_name(text: str) -> SessionName:
    """Return a name of sessions. Raises UsageError for any other text.

    >>> parse_name("Claude:204a")
    SessionName(scheme='claude', id='204a')
    """
    scheme, colon, id_ = text.partition(":")
    if not colon or scheme.lower() not in HOMES:
        beginnings = " or ".join(f"{known}:" for known in HOMES)
        raise UsageError(f"{text} cannot be combined with sessions of other programs; use {beginnings}")
    return SessionName(scheme.lower(), id_)


class AllSessions:
    """All sessions of some programs, at any time the newest first; with a `limit` the newest and those at work."""

    def __init__(self, names: Sequence[SessionName], limit: int | None = None) -> None:
        """Raises UnreadableError if there are no sessions, or if those of one of the programs cannot be read."""
        self._homes = {name.scheme: HOMES[name.scheme]() for name in names}
        self._limit = limit
        for home in self._homes.values():
            _check_readable(home)
        self._first: list[Session] | None = self._look()
        if not self._first:
            places = " and ".join(f"{home.program} sessions in {home.home}" for home in self._homes.values())
            raise UnreadableError(f"no {places}")

    def __call__(self) -> list[Session]:
        """Return the sessions that there are now; the first time, those that there were when this was made."""
        sessions, self._first = self._first, None
        return self._look() if sessions is None else sessions

    def _look(self) -> list[Session]:
        return [session for scheme, home in self._homes.items() for session in self._of(scheme, home)]

    def _of(self, scheme: str, home: Home) -> list[Session]:
        paths = iter(home.sessions())
        newest = list(islice((path for path in paths if not home.is_part(path)), self._limit))
        at_work = [path for path in paths if home.process_of(path).alive and not home.is_part(path)]
        return [session_of(home, path, scheme) for path in [*newest, *at_work]]


def session_named(name: SessionName) -> Session:
    """Return the session whose ID or whose prefix a name has, or the newest one of the working directory.

    Raises UnreadableError if there is none, or if there are several.
    """
    home = HOMES[name.scheme]()
    _check_readable(home)
    if not name.id:
        project = _working_directory()
        path = next((each for each in home.sessions(project) if not home.is_part(each)), None)
        if path is None:
            missing = f"no {home.program} session of {project} in {home.home}"
            raise UnreadableError(f"{missing} (try: observe list {name})")
        return session_of(home, path)
    sessions = home.sessions()
    paths = [path for path in sessions if home.session_id(path).startswith(name.id)] or _numbered(
        home, sessions, name.id
    )
    if not paths:
        raise UnreadableError(f'no {home.program} session matches "{name.id}" (try: observe list {name.scheme}:)')
    exact = [path for path in paths if home.session_id(path) == name.id]
    main = [path for path in paths if not home.is_part(path)]
    if len({home.session_id(path) for path in main}) > 1 and not exact:  # of copies with one ID, the newest counts
        candidates = ", ".join(home.session_id(path) for path in main[:_MAX_CANDIDATES])
        raise UnreadableError(f'{len(main)} sessions match "{name.id}": {candidates}; add more of the ID')
    return session_of(home, (exact or main or paths)[0])


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UnreadableError(f"the working directory is gone ({error.strerror}); name a session by its ID") from None


def unreadable_homes() -> list[str]:
    """Return for each program whose sessions cannot be read a sentence that says so, with the reason.

    At a path at which no directory can be, there are no sessions.
    """
    return [sentence for make in HOMES.values() if (sentence := _why_unreadable(make(), NO_PLACE))]


def _check_readable(home: Home) -> None:
    """Raise UnreadableError if the directory of a program's sessions cannot be read."""
    if sentence := _why_unreadable(home):
        raise UnreadableError(sentence)


def _why_unreadable(home: Home, ignored: Container[int] = ()) -> str:
    reason = why_unreadable(home.root, ignored)
    return f"cannot read the {home.program} sessions in {home.home} ({reason})" if reason else ""


def _numbered(home: Home, sessions: Sequence[Path], numbered_id: str) -> list[Path]:
    """Return the session that a list names by its ID with a number, such as `ID-2`: the second newest with that ID."""
    id_, _, number = numbered_id.rpartition("-")
    same = [path for path in sessions if home.session_id(path) == id_ and not home.is_part(path)]
    index = int(number) if number.isascii() and number.isdigit() and len(number) < _MAX_DIGITS else 0
    return same[index - 1 : index] if index > 1 else []


def session_at(path: Path) -> Session:
    """Return the session in a file; of one that is not in a program's own directory no process is known."""
    for home in (make() for make in HOMES.values()):
        if home.contains(path):
            return session_of(home, path)
    return Session(path, path.stem, ClaudeHome(claude_home()).companions, recognize=recognize_any)


def session_of(home: Home, path: Path, scheme: str = "") -> Session:
    """Return the session in a file of a program's own directory; `scheme` is what its address begins with."""
    return Session(path, home.session_id(path), home.companions, home.process_of, scheme=scheme)
