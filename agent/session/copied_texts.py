"""Cuts the texts of copied lines elsewhere, so that no secret is cut in two: lines are redacted one by one."""

from collections.abc import Iterator

from msgspec.structs import replace

from agent.events import Thinking, Thought
from agent.runlog.encoder import CopiedLine
from agent.runlog.redaction.text_pieces import RedactPiece, TextEnd, TextPieces

_TYPES = frozenset({Thought.type, Thinking.type})
_Key = tuple[str, str | None, str, str]


class CopiedTexts:
    """Takes lines in order. The end of a text that may be the beginning of a secret goes to the line of its next piece.

    Text that nothing continues becomes a line of its own, with the rest of the line that it was in.
    """

    def __init__(self, redact_piece: RedactPiece) -> None:
        self._redact_piece = redact_piece
        self._texts: dict[_Key, TextPieces] = {}
        self._last: dict[_Key, CopiedLine] = {}
        """The last line of each text, whose end may be held back, and which may not be written at all."""

    def take(self, line: CopiedLine) -> Iterator[CopiedLine]:
        """Add the next line; yield what can be written."""
        key = _key(line)
        if key is None:
            for ended in [one for one in self._texts if one[1] == line.parent]:  # that of another agent may go on
                yield from self._end(ended, TextEnd.COMPLETE)
            yield line
            return
        text = self._texts.setdefault(key, TextPieces(self._redact_piece))
        held = self._last.get(key)
        ready = text.add(line.data["text"])
        replaces = line.data.get("replaces") or (held.data.get("replaces") if held else None)
        if ready or not text.holds_back:
            yield _with_text(line, ready, replaces)
            replaces = None
        self._last[key] = _with_text(line, "", replaces)

    def end(self, *, cut_off: bool) -> Iterator[CopiedLine]:
        """Yield what is held back; of a run that is `cut_off` without what may be most of a secret."""
        for key in list(self._texts):
            yield from self._end(key, TextEnd.CUT_OFF if cut_off else TextEnd.COMPLETE)

    def _end(self, key: _Key, end: TextEnd) -> Iterator[CopiedLine]:
        rest, line = self._texts.pop(key).end(end), self._last.pop(key)
        if rest:
            yield _with_text(line, rest, line.data.get("replaces"))


def _key(line: CopiedLine) -> _Key | None:
    """Return which text a line has a piece of; None if it has none."""
    if line.type not in _TYPES or not isinstance(line.data.get("text"), str):
        return None
    return line.type, line.parent, str(line.data.get("message")), str(line.data.get("block"))


def _with_text(line: CopiedLine, text: str, replaces: object) -> CopiedLine:
    same = line.data.get("replaces") == replaces  # a line that lacks the field gets none
    return replace(line, data=line.data | {"text": text} | ({} if same else {"replaces": replaces}))
