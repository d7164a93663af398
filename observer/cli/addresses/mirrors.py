"""Lists the mirrors with which the commands copy runs of other machines and of other programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observer.format.line import OWN_BEGINNING
from observer.source.locate import is_compressed
from observer.source.mirror import CopyRequest, LocalRun, Mirror, Mirrors

_SESSIONS = ("claude:", "codex:")
"""What the addresses of sessions begin with."""


@contextmanager
def _nats(address: str, request: CopyRequest) -> Iterator[LocalRun]:
    from observer.nats.fetch_thread import mirrored

    with mirrored(address, request) as local:
        yield local


@contextmanager
def _sessions(address: str, request: CopyRequest) -> Iterator[LocalRun]:
    from observer.cli.addresses.session_mirror import mirrored_address

    with mirrored_address(address, request) as local:
        yield local


@contextmanager
def _session_file(address: str, _request: CopyRequest) -> Iterator[LocalRun]:
    from observer.cli.addresses.session_mirror import path_of_address

    yield LocalRun(str(path_of_address(address)))


def _of_file(path: Path) -> Mirror | None:
    """Return the mirror of a file that another program wrote; only then is its code imported."""
    try:
        with path.open("rb") as file:
            beginning = file.read(len(OWN_BEGINNING))
    except OSError:  # whoever reads it says why
        return None
    if beginning == OWN_BEGINNING or is_compressed(path):  # these are translated as they are read
        return None
    from observer.cli.addresses.session_mirror import mirror_of_file

    return mirror_of_file(path)


def session_places() -> list[tuple[str, int]]:
    """Return the addresses of other programs' sessions on this machine, each with their number, if there are any."""
    from observer.source.sessions.session_names import HOMES

    homes = {f"{scheme}:": make() for scheme, make in HOMES.items()}
    counts = [(place, sum(not home.is_part(path) for path in home.sessions())) for place, home in homes.items()]
    return [(place, count) for place, count in counts if count]


def unreadable_sessions() -> list[str]:
    """Return for each other program whose sessions on this machine cannot be read a sentence that says so."""
    from observer.source.sessions.session_names import unreadable_homes

    return unreadable_homes()


def is_address_of_sessions(name: str) -> bool:
    """Return whether a name stands for sessions of other programs."""
    return name.lower().startswith(_SESSIONS)


_STREAMS: dict[str, Mirror] = {"nats://": _nats, "tls://": _nats}
MIRRORS = Mirrors(_STREAMS | dict.fromkeys(_SESSIONS, _sessions), _of_file)
SESSIONS = Mirrors(dict.fromkeys(_SESSIONS, _sessions))
"""Only those of other programs' sessions."""
FILES = Mirrors(_STREAMS | dict.fromkeys(_SESSIONS, _session_file))
"""The same, but of sessions of other programs their own files instead of copies."""
