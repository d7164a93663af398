"""Tells an event loop at once that an open file or a directory has changed, by inotify(7); only on Linux.

One descriptor for each loop watches all its files and is read by the loop itself, without a thread in between. Watched
are the open files, whatever their names are by now, and which files a directory has. Like all change events these are
only hints.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from struct import Struct
from weakref import WeakKeyDictionary

_READ_BYTES = 4096
"""Bytes of events that are read at once: more than the longest, and enough for 200 writes. What is left comes next."""
_EVENT = Struct("iIII")
"""The head of `struct inotify_event`: watch, mask, cookie, and the length of the name behind it, with its NUL bytes."""

Listener = Callable[[str], None]
"""Takes the name of the file of a directory that has changed; empty for an open file, or if any may have."""


def load_inotify() -> bool:
    """Import the library, which takes some milliseconds that another thread can spare; return whether it is there."""
    if sys.platform == "linux":
        with suppress(ImportError):
            import ctypes  # noqa: PLC0415 - only for what follows

            import inotify_simple  # noqa: PLC0415 - a replay watches nothing

            # Python is linked with the C library, which the library would start a process to find.
            inotify_simple._libc = inotify_simple._libc or ctypes.CDLL(None, use_errno=True)
            return True
    return False


class FileEvents:
    """The change events of the files that are watched on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open a descriptor, which is closed with the last watch.

        Raises OSError if the user has too many of them, NotImplementedError on another system, without the library, or
        on a loop that cannot wait for descriptors.
        """
        if not load_inotify():
            raise NotImplementedError
        from inotify_simple import INotify, flags  # noqa: PLC0415 - see `load_inotify`

        self._file_mask = flags.MODIFY | flags.ATTRIB | flags.CLOSE_WRITE | flags.MOVE_SELF | flags.DELETE_SELF
        self._directory_mask = flags.CREATE | flags.MOVED_FROM | flags.MOVED_TO | flags.DELETE | flags.ONLYDIR
        self._overflow, self._removed = int(flags.Q_OVERFLOW), int(flags.IGNORED)
        self._listeners: dict[int, list[Listener]] = {}
        self._loop = loop
        self._inotify = INotify(nonblocking=True)
        try:
            loop.add_reader(self._inotify.fileno(), self._read)
        except BaseException:
            self._inotify.close()
            raise

    @classmethod
    def of_running_loop(cls) -> "FileEvents":
        """Return those of the loop that is running. Raises as the constructor does."""
        loop = asyncio.get_running_loop()
        events = _events_of.get(loop)
        if events is None:
            events = _events_of[loop] = cls(loop)
        return events

    def add(self, descriptor: int, listener: Listener) -> int:
        """Call `listener` at each change of the file that is open at `descriptor`; return the number of the watch.

        A change is a write, a new name or none, other permissions, or that a writer closes the file. Raises OSError if
        the file cannot be watched.
        """
        return self._add(f"/proc/self/fd/{descriptor}", self._file_mask, listener)

    def add_directory(self, path: str, listener: Listener) -> int:
        """Call `listener` whenever a name in a directory is new or gone, or stands for another file.

        It is not called when a file is written. Returns and raises the same as `add`.
        """
        return self._add(path, self._directory_mask, listener)

    def _add(self, path: str, mask: int, listener: Listener) -> int:
        try:
            watch: int = self._inotify.add_watch(path, mask)
        except OSError:
            self._close_if_unused()
            raise
        self._listeners.setdefault(watch, []).append(listener)  # the same file has the same watch
        return watch

    def remove(self, watch: int, listener: Listener) -> None:
        """End what `add` or `add_directory` began."""
        listeners = self._listeners.get(watch, [])
        if listener in listeners:
            listeners.remove(listener)
            if not listeners:
                del self._listeners[watch]
                with suppress(OSError):  # it has just ended with its file
                    self._inotify.rm_watch(watch)
        self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._listeners or self._inotify.closed:
            return
        _events_of.pop(self._loop, None)
        self._loop.remove_reader(self._inotify.fileno())
        self._inotify.close()

    def _read(self) -> None:
        try:
            data = os.read(self._inotify.fd, _READ_BYTES)
        except BlockingIOError:  # another process that was forked from this one has read them
            return
        for watch, name in self._changes(data):
            for listener in self._listeners.get(watch, ()):
                listener(name)

    def _changes(self, data: bytes) -> Iterable[tuple[int, str]]:
        """Return the watches of which some events tell, each with the name that it tells of, once."""
        changes: dict[tuple[int, str], None] = {}
        index = 0
        while index < len(data):
            watch, mask, _, size = _EVENT.unpack_from(data, index)
            begin, index = index + _EVENT.size, index + _EVENT.size + size
            name = os.fsdecode(data[begin:index].rstrip(b"\0")) if size else ""
            changes[watch, name] = None
            if mask & self._overflow:
                changes.update(((other, ""), None) for other in self._listeners)
            if mask & self._removed and watch in self._listeners:  # its file system was unmounted
                for listener in self._listeners.pop(watch):
                    listener("")
        return changes


_events_of: "WeakKeyDictionary[asyncio.AbstractEventLoop, FileEvents]" = WeakKeyDictionary()
