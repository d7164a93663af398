"""Tells whether the writer of a run is alive, from its lock or its process; else only its heartbeats can tell."""

from observer.platform.process_info import is_process_running
from observer.runs.state.state import USUAL_HEARTBEAT_S, RunState

OVERDUE_BEATS = 1.5
"""Heartbeats after which one is overdue. A process that cannot be seen counts as ended only then: a container may have
the name of this machine, but processes of its own."""


def is_writer_alive(state: RunState, silent_s: float, *, hostname: str, locked: bool | None) -> bool | None:
    """Return whether the writer of a run, whose last event arrived `silent_s` seconds ago, is alive; None if not known.

    `hostname` is the name of this machine, `locked` whether a process holds a writer's lock on the file, None if
    unknown. A held lock proves that there is a writer, except for a session whose process was never seen. A
    missing one proves nothing unless the writer said that it holds one, and is on this machine.
    """
    writer = state.writer
    if locked and not writer.is_unseen:  # else the lock is that of who copies the file from a stream
        return True
    if writer.host != hostname:
        return None
    if writer.holds_lock:
        return locked
    if writer.pid is None:
        return None
    running = is_process_running(writer.pid, started_at=writer.pid_start, started_before=state.started)
    overdue_s = OVERDUE_BEATS * (state.heartbeat_s or USUAL_HEARTBEAT_S)
    return None if running is False and silent_s <= overdue_s else running
