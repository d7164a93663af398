"""Which commands an agent may run: parsed by a real shell parser, held to an allowlist, refused when in doubt.

An allowlist stops mistakes and careless commands. It cannot stop an interpreter that is on it, such as `python -c` or
`make`, from doing whatever the system lets it: that is what the sandbox is for.
"""

from agent.safety.commands.allowlist import Allowlist, AllowlistError
from agent.safety.commands.denial import Denial, ToolCall
from agent.safety.commands.policy import Guard
from agent.safety.commands.processes import MarkedProcesses, OwnProcesses

__all__ = ["Allowlist", "AllowlistError", "Denial", "Guard", "MarkedProcesses", "OwnProcesses", "ToolCall"]
