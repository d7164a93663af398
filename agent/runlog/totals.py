"""What a run amounts to so far: cost, features that pass, refused calls. Pure."""

from agent.events import Blocked, Event, Heartbeat, Progress, SessionEnd, ToolResult, ToolStatus

_LONGEST_COMMAND = 200


class Totals:
    """A fold over the events of a run, for heartbeats and the last line. A count that nobody told yet is None."""

    def __init__(self) -> None:
        self.cost_usd: float | None = None
        self.passing: int | None = None
        self.total: int | None = None
        self.blocked: list[Blocked] = []

    def note(self, event: Event) -> None:
        """Take in an event of the run."""
        if isinstance(event, SessionEnd) and event.cost_usd is not None:
            self.cost_usd = round((self.cost_usd or 0.0) + event.cost_usd, 6)
        elif isinstance(event, Progress):
            self.passing, self.total = event.passing, event.total
        elif isinstance(event, ToolResult) and event.status is ToolStatus.BLOCKED:
            self.blocked.append(_blocked(event))

    def told(self, beat: Heartbeat) -> Heartbeat:
        """The heartbeat with the totals in it."""
        beat.passing, beat.total, beat.cost_usd = self.passing, self.total, self.cost_usd
        return beat


def _blocked(result: ToolResult) -> Blocked:
    """A refused call, as the run's last line lists it."""
    command = result.command and result.command[:_LONGEST_COMMAND]
    return Blocked(
        tool_use_id=result.tool_use_id, name=result.name, rule=result.rule, command=command, reason=result.reason
    )
