"""What a run's first line says of the process that writes it. Pure."""

from msgspec import Struct

from observer.format.event import Event

_MAX_PID = 2**31 - 1


class Writer(Struct, frozen=True):
    """A process: its machine, its ID and its start time, in clock ticks since the machine's boot; None if not known.

    `holds_lock` says whether it holds a lock on the file for as long as it lives. Writers of runtail always did, but
    before they said so: whether such a file has a writer is told by the process, like for a writer without a lock.
    """

    host: str | None = None
    pid: int | None = None
    pid_start: int | None = None
    holds_lock: bool = False
    is_unseen: bool = False
    """Whether the file is a copy of another program's, of whose process nothing is known."""


def parse_writer(event: Event) -> Writer:
    """Return what a `run_start` event says of the writer."""
    pid = event.integer("pid")
    return Writer(
        host=event.text("host") or None,
        pid=pid if pid is not None and 0 < pid <= _MAX_PID else None,
        pid_start=event.integer("pid_start"),
        holds_lock=event.text("lock") in {"ofd", "flock"},
        is_unseen=bool(event.text("recorded_from")) and event.value("pid") is None and event.value("lock") is None,
    )
