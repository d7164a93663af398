"""Notices that a run file was rewritten in place, although its first line is the same. Blocking.

A run file only grows, so a byte that was read once must not change. Digests of the blocks of each file are kept and
compared whenever its status says that it was written: all of them if it has not grown, which nothing but a rewrite
explains, else a bounded part each time, in turn.
"""

import secrets
import threading
from collections import OrderedDict

from observer.source.file_change import FileStamp, Identity
from observer.source.line_reader import Read

BLOCK_BYTES = 128 * 1024
MAX_CHECKED_BYTES = 4 * 1024 * 1024
"""Bytes that are compared at once of a file that has grown."""
_MAX_UNEXPLAINED_BYTES = 256 * 1024 * 1024
"""Bytes that are compared at once of a file that was written and has not grown."""
_MAX_FILES = 512
"""Files that are remembered: a digest of 8 bytes for each block."""


class Fingerprint:
    """Digests of the blocks of a file, as far as they were compared. Pure: the caller passes a read function."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, int]] = []
        """The length and the digest of each block; the last one may become longer."""
        self._next = 0

    def matches(self, read: Read, size: int, max_bytes: int) -> bool:
        """Return whether no block differs from what it was, of those that `max_bytes` allow to be compared.

        The last one that is known comes first, then the others in turn; new ones are added.
        """
        if self._blocks and not self._compare(read, len(self._blocks) - 1):
            return False
        count = -(-size // BLOCK_BYTES)
        for _ in range(min(count, max(1, max_bytes // BLOCK_BYTES))):
            self._next = self._next if self._next < count else 0
            if not self._compare(read, self._next):
                return False
            self._next += 1
        return True

    def _compare(self, read: Read, index: int) -> bool:
        data = read(BLOCK_BYTES, index * BLOCK_BYTES)
        if index == len(self._blocks):
            self._blocks.append((0, hash(b"")))
        length, digest = self._blocks[index]
        if hash(data[:length]) != digest:
            return False
        self._blocks[index] = len(data), hash(data)
        return True


class _KnownFile:
    """What is known of one file: its edition, its fingerprint, and how much is still to be compared."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.edition = ""
        self._fingerprint = Fingerprint()
        self._stamp: FileStamp | None = None
        self._unchecked = 0

    def check(self, read: Read, stamp: FileStamp) -> None:
        """Begin a new edition if the file no longer holds what it held."""
        previous, self._stamp = self._stamp, stamp
        if stamp != previous:
            self._unchecked = stamp.size
        elif not self._unchecked:
            return
        has_grown = previous is None or stamp == previous or stamp.size > previous.size
        budget = MAX_CHECKED_BYTES if has_grown else _MAX_UNEXPLAINED_BYTES
        if not self._fingerprint.matches(read, stamp.size, budget):
            self.renew()
        self._unchecked = max(0, self._unchecked - budget)

    def renew(self) -> None:
        """Begin a new edition, of which nothing is known yet."""
        self.edition = secrets.token_hex(8)
        self._fingerprint, self._stamp = Fingerprint(), None


class Editions:
    """The editions of the files that were opened most recently. An edition ends when its file is rewritten in place.

    The first one is empty, the same for every server; later ones are random, so that a server that is restarted does
    not take one for another.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[Identity, _KnownFile] = OrderedDict()

    def check(self, read: Read, stamp: FileStamp) -> str:
        """Return the edition of a file, given its status before this call. Raises UnreadableError."""
        file = self._file(stamp.identity)
        with file.lock:
            file.check(read, stamp)
            return file.edition

    def known(self, identity: Identity) -> str:
        """Return the edition of a file as it was last seen, without reading it."""
        with self._lock:
            file = self._files.get(identity)
        return file.edition if file else ""

    def renew(self, identity: Identity) -> None:
        """Begin a new edition of a file that is known to have been rewritten."""
        file = self._file(identity)
        with file.lock:
            file.renew()

    def _file(self, identity: Identity) -> _KnownFile:
        with self._lock:
            file = self._files.setdefault(identity, _KnownFile())
            self._files.move_to_end(identity)
            while len(self._files) > _MAX_FILES:
                self._files.popitem(last=False)
        return file
