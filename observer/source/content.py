"""The content of a file or a pipe as it is read: its lines, and notices about what is not a run file. Pure.

Another encoding, NUL bytes and no content at all are reported, once each.
"""

from observer.format.foreign_encoding import HEAD_BYTES, describe_encoding
from observer.format.lines import LineSplitter
from observer.source.items import Item, Lines, Notice, NoticeKind, PartialLine


class Content:
    """Takes the bytes of a content, called `name` in messages, from `offset` on."""

    def __init__(self, name: str, offset: int = 0) -> None:
        self._name = name
        self._offset = offset
        self._splitter = LineSplitter(offset)
        self._reported: set[str] = set()
        self._head: bytes | None = b""
        """The beginning of a first line that has not ended; None once it has, or is too long to tell anything."""

    def take_head(self, head: bytes) -> list[Notice]:
        """Take the first bytes of the content, of which `take` receives only later ones."""
        sentence = describe_encoding(head[:HEAD_BYTES])
        return self._report("encoding", sentence, unread=sentence) if sentence is not None else []

    def take(self, data: bytes) -> list[Item]:
        """Take the next bytes. Return the lines that they complete, after the notices about them."""
        notices: list[Item] = [*self._notices(data)]
        self._offset += len(data)
        return [*notices, Lines(self._splitter.feed_block(data))]

    def end(self) -> list[Notice]:
        """Return the notice that there is no content, if that is so at its end."""
        return self.take_head(b"") if self._offset == 0 else []

    def rest(self) -> PartialLine | None:
        """Return the bytes after the last newline so far, None if there are none."""
        rest = self._splitter.rest()
        return PartialLine(rest) if rest is not None else None

    def _notices(self, data: bytes) -> list[Notice]:
        notices: list[Notice] = []
        if self._head is not None:
            head = self._head + data if self._offset else data
            notices = self.take_head(head)
            self._head = head if b"\n" not in data and len(head) < HEAD_BYTES else None
        if "encoding" not in self._reported and (index := data.find(b"\0")) >= 0:
            lost = f"NUL bytes stand at byte {self._offset + index:,}: what was there is lost"
            follows = ", what follows is shown" if data[index:].strip(b"\0") else ""
            notices += self._report("hole", lost + follows)
        return notices

    def _report(self, fact: str, sentence: str, unread: str | None = None) -> list[Notice]:
        if fact in self._reported:
            return []
        self._reported.add(fact)
        return [Notice(NoticeKind.CONTENT, f"{self._name}: {sentence}", unread)]
