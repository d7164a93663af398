"""Notices about content that is not a run file, or lacks a part: another encoding, NUL bytes, nothing. Pure."""

from observer.format.foreign_encoding import HEAD_BYTES, describe_encoding
from observer.source.items import Notice, NoticeKind


class ContentNotices:
    """Takes the content of a file, called `name` in messages, as it is read. Each fact is reported once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._reported: set[str] = set()
        self._head: bytes | None = b""
        """The beginning of a first line that has not ended; None once it has, or is too long to tell anything."""

    def take_head(self, head: bytes) -> list[Notice]:
        """Take the first bytes of the file, which are empty if it is."""
        sentence = describe_encoding(head[:HEAD_BYTES])
        return self._tell("encoding", sentence, unread=sentence) if sentence is not None else []

    def take(self, data: bytes, offset: int) -> list[Notice]:
        """Take the next bytes, which begin at `offset` in the file."""
        notices: list[Notice] = []
        if self._head is not None:
            head = self._head + data if offset else data
            notices = self.take_head(head)
            self._head = head if b"\n" not in data and len(head) < HEAD_BYTES else None
        if "encoding" not in self._reported and (index := data.find(b"\0")) >= 0:
            lost = f"NUL bytes stand at byte {offset + index:,}: what was there is lost"
            follows = ", what follows is shown" if data[index:].strip(b"\0") else ""
            notices += self._tell("hole", lost + follows)
        return notices

    def _tell(self, fact: str, sentence: str, unread: str | None = None) -> list[Notice]:
        if fact in self._reported:
            return []
        self._reported.add(fact)
        return [Notice(NoticeKind.CONTENT, f"{self._name}: {sentence}", unread)]
