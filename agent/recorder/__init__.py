"""What the Claude Agent SDK says, as events of a run file: messages and the time in, events out."""

from agent.recorder.entry import Entry, Refusal
from agent.recorder.loop_detector import Stuck
from agent.recorder.recorder import Recorder, TurnResult
from agent.recorder.sandbox_errors import Sandbox

__all__ = ["Entry", "Recorder", "Refusal", "Sandbox", "Stuck", "TurnResult"]
