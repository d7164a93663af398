"""How long a build waits between its sessions, and in them."""

from msgspec import Struct

from agent.session.timeouts import SILENCE_TIMEOUT_S

PAUSE_S: float = 3


class SessionTimes(Struct, frozen=True):
    """The pause between two sessions, and how long a model may be silent while no tool is running, in seconds."""

    pause_s: float = PAUSE_S
    silence_timeout_s: float = SILENCE_TIMEOUT_S
