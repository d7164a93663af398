"""Cuts the texts of copied lines elsewhere, so that no secret is cut in two: lines are redacted one by one."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from agent.events import Thinking, Thought
from agent.runlog.encoder import CopiedLine
from agent.runlog.streamed_text import MAX_CUT_CHARS

_TYPES = frozenset({Thought.type, Thinking.type})
_Key = tuple[str, str | None, str, str]


class CopiedTexts:
    """Takes lines in order. The end of a text that may be the beginning of a secret goes to the line of its next piece.

    `pending_length` returns how long that end of a text is. Text that nothing continues becomes a line of its own, with
    the rest of the line that it was in.
    """

    def __init__(self, pending_length: Callable[[str], int]) -> None:
        self._pending_length = pending_length
        self._held: dict[_Key, CopiedLine] = {}

    def take(self, line: CopiedLine) -> Iterator[CopiedLine]:
        """Add the next line; yield what can be written."""
        key = _key(line)
        if key is None:
            ended = [one for one in self._held if one[1] == line.parent]  # that of another agent may go on
            yield from map(self._held.pop, ended)
            yield line
            return
        held = self._held.pop(key, None)
        text = (held.data["text"] if held else "") + line.data["text"]
        ready = len(text) - self._pending_length(text)
        replaces = line.data.get("replaces") or (held.data.get("replaces") if held else None)
        if ready or not text:
            yield _with_text(line, text[:ready], replaces)
            replaces = None
        if ready < len(text):
            self._held[key] = _with_text(line, text[ready:], replaces)

    def end(self, *, cut_off: bool) -> Iterator[CopiedLine]:
        """Yield what is held back; of a run that is `cut_off` without what may be most of a secret."""
        for line in self._held.values():
            if not cut_off or len(line.data["text"]) < MAX_CUT_CHARS:
                yield line
        self._held.clear()


def _key(line: CopiedLine) -> _Key | None:
    """Return which text a line has a piece of; None if it has none."""
    if line.type not in _TYPES or not isinstance(line.data.get("text"), str):
        return None
    return line.type, line.parent, str(line.data.get("message")), str(line.data.get("block"))


def _with_text(line: CopiedLine, text: str, replaces: object) -> CopiedLine:
    same = line.data.get("replaces") == replaces  # a line that lacks the field gets none
    return replace(line, data=line.data | {"text": text} | ({} if same else {"replaces": replaces}))
