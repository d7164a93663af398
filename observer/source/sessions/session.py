"""A session of another program, as those find it who know where the program keeps its sessions."""

from pathlib import Path

from msgspec import Struct

from observer.dialects.recognize import Recognize, recognize
from observer.source.sessions.process import NOT_KNOWN, ProcessOf
from observer.source.sessions.session_files import Companions


class Session(Struct, frozen=True):
    """A session of another program: its file, its ID, and who can tell more of it, its dialect included.

    `scheme` is what its address begins with, if it is in the program's own directory.
    """

    path: Path
    id: str
    companions: Companions = lambda _: []
    process_of: ProcessOf = lambda _: NOT_KNOWN
    recognize: Recognize = recognize
    scheme: str = ""
