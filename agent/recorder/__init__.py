"""What the Claude Agent SDK says, as events of a run file: messages and the time in, events out."""

from agent.recorder.entry import Entry, Refusal
from agent.recorder.recorder import Recorder, Turn
from agent.recorder.sandbox import Sandbox
from agent.recorder.stuck import Stuck

__all__ = ["Entry", "Recorder", "Refusal", "Sandbox", "Stuck", "Turn"]
