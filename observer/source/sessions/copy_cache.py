"""Keeps short copies of sessions between two lists, so that only those that have changed are converted again.

The files are in `$XDG_CACHE_HOME/runtail/sessions-N`, by default in `~/.cache`, for their owner only: they hold text of
the sessions. They may be removed at any time.
"""

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import msgspec

from observer.dialects.prices import Prices
from observer.platform.files import home_directory
from observer.source.file_change import FileStamp, stamp_at
from observer.source.sessions.session_paths import matching

_NAME = "sessions-"
_VERSION = 5
"""Changes whenever sessions are converted in another way."""
_MAX_FILES = 20_000
"""Copies that are kept. When there are more, all are removed, and are created again when needed."""
_UNUSED_S = 30 * 24 * 3600.0
"""Seconds without a new copy after which those of another version count as unused."""


def cache_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the directory of the copies."""
    configured = environment.get("XDG_CACHE_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else home_directory() / ".cache"
    return base / "runtail" / f"{_NAME}{_VERSION}"


class CopyCache:
    """Copies of sessions in a directory, each valid as long as the session's file is the same.

    Their costs are those of `prices`. Where the directory cannot be used, nothing is found and nothing kept. With
    `links`, a copy that is taken or kept is one file with two names, if that is possible: for who writes nothing to it
    and reads it once, as each new name of a file changes its status for those who watch it.
    """

    def __init__(self, directory: Path, prices: Prices, *, links: bool = False) -> None:
        self._directory = directory
        self._links = links
        self._prices = blake2b(msgspec.json.encode(prices), digest_size=16).hexdigest()

    def take(self, session: Path, target: Path) -> FileStamp | None:
        """Put the copy of a session at `target`, with the time of the session; return of which content it is a copy.

        Return None if there is none.
        """
        stamp = stamp_at(session)
        if stamp is None:
            return None
        kept = self._path_of(session, stamp)
        try:
            if not (self._links and _link(kept, target)):
                shutil.copyfile(kept, target)
                target.chmod(0o600)
                os.utime(target, ns=(stamp.written_ns, stamp.written_ns))
        except OSError:
            target.unlink(missing_ok=True)  # what there was room for
            return None
        return stamp

    def keep(self, session: Path, copy: Path, stamp: FileStamp | None) -> None:
        """Keep a copy that was made of a session when its file had this stamp."""
        if stamp is None or stamp != stamp_at(session):
            return
        kept = Path(self._path_of(session, stamp))
        temporary = kept.with_suffix(f".{os.getpid()}")  # created for its owner only, as its directory is
        with suppress(OSError):  # a cache that cannot be written costs time and nothing else
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not (self._links and _link(str(copy), temporary)):
                shutil.copyfile(copy, temporary)
                temporary.chmod(0o600)
            os.utime(temporary, ns=(stamp.written_ns, stamp.written_ns))
            temporary.replace(kept)

    def tidy(self) -> None:
        """Remove all copies if there are too many, and those of other versions, if none has kept one for a month."""
        with suppress(OSError):
            for other in matching(self._directory.parent, f"{_NAME}*"):
                if other != self._directory and time.time() - other.stat().st_mtime > _UNUSED_S:
                    shutil.rmtree(other)
            if len(os.listdir(self._directory)) > _MAX_FILES:
                shutil.rmtree(self._directory)

    def _path_of(self, session: Path, stamp: FileStamp) -> str:
        """Return where the copy is: a session keeps its name and its inode if the directory above is renamed."""
        identity = f"{session.name}\n{stamp.identity.inode}\n{stamp.size}\n{stamp.written_ns}\n{self._prices}"
        return os.path.join(self._directory, blake2b(os.fsencode(identity), digest_size=16).hexdigest())


def _link(kept: str, target: Path) -> bool:
    """Give a file another name; return whether that was possible, as it is not on another file system."""
    try:
        os.link(kept, target)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True
