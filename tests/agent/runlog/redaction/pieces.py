"""Stand-ins for what redacts a text that arrives in pieces, for tests of what writes it."""

from collections.abc import Callable

from agent.runlog.redaction.text_pieces import Piece, RedactPiece, TextEnd

SHORT_CHARS = 8
"""A text that was cut off keeps a shorter end."""


def holding(length: Callable[[str], int]) -> RedactPiece:
    """Return what redacts nothing, and holds back as much of the end of what has not been written as `length` says."""

    def redact_piece(text: str, start: int, end: TextEnd) -> Piece:
        held = 0 if end is TextEnd.COMPLETE else length(text[start:])
        ready = len(text) - (0 if end is TextEnd.CUT_OFF and held < SHORT_CHARS else held)
        return Piece(text[start:ready], ready)

    return redact_piece


HOLDING_NOTHING = holding(lambda _text: 0)
