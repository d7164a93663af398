"""What the Claude Agent SDK says, as events of a run file: messages and the time in, events out."""

from agent.recorder.entry import Entry
from agent.recorder.recorder import Recorder, Turn

__all__ = ["Entry", "Recorder", "Turn"]
