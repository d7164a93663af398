"""Looks for regular expressions in a process of its own, `python -m observer.web.searcher`, as `patterns` asks it to.

Python's `re` can take longer than a life, lets no other thread run meanwhile, and cannot be stopped; a process can.
"""

import re
import signal
import struct
import sys
from typing import BinaryIO

from observer.format.event import Event, decode
from observer.format.lines import Line
from observer.runs.filter import texts

HEAD = struct.Struct(">II")
"""What stands before a question: the lengths of the pattern and of the line, which follow."""
YES, NO = b"y", b"n"
LONGEST_S = 0.5
"""Seconds of computing for one line; then the system ends this process."""


def answer(questions: BinaryIO, answers: BinaryIO) -> None:
    """Tell of each question, a pattern and a line of a run, whether it is found in a text of that, until none comes."""
    while head := questions.read(HEAD.size):
        pattern, line = (questions.read(length) for length in HEAD.unpack(head))
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
        found = is_in(pattern.decode("utf-8", "surrogatepass"), line)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        answers.write(YES if found else NO)
        answers.flush()


def is_in(pattern: str, line: bytes) -> bool:
    """Tell whether a pattern is found in any text of a line's event."""
    event = decode(Line(line, 0))
    return isinstance(event, Event) and any(map(re.compile(pattern).search, texts(event.data)))


if __name__ == "__main__":
    answer(sys.stdin.buffer, sys.stdout.buffer)
