"""The subagents of a transcript: which call started each, and their beginnings and ends, once each. Pure.

The records of a subagent are in a file of its own, or in older transcripts among the others. A second file, or only the
result of the call, says which call it was; of the oldest ones, only their prompts tell. What a subagent does is known
before that, so its records may have to wait.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from observer.dialects.claude.notifications import Notification, agent_in_result, report_in_result, usage_in_result
from observer.dialects.claude.tasks import subagent_complete
from observer.dialects.claude.tool_calls import ToolCalls
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields, as_fields

_PREFIX, _META, _LINES = "agent-", ".meta.json", ".jsonl"
_LAUNCHED = "Async agent launched"
"""The beginning of the result of a call whose subagent works on in the background."""


class Agent(Struct):
    """A subagent: its call if that is known, what its files say of it, and the records that wait for its call."""

    id: str
    call: str | None = None
    agent_type: str | None = None
    description: str = ""
    calls: int = 0
    is_started: bool = False
    is_ended: bool = False
    is_prompted: bool = False
    waiting: list[Fields] = []

    @property
    def parent(self) -> str:
        """The name of its conversation: the ID of its call, or its own if it has no call."""
        return self.call or self.id


class AgentFiles:
    """The subagents of one session; `calls` are the calls of all agents."""

    def __init__(self, calls: ToolCalls) -> None:
        self._calls = calls
        self._agents: dict[str, Agent] = {}
        self._by_call: dict[str, Agent] = {}
        self._chains: dict[str, str] = {}
        """For each record of a subagent without an ID, the first record of its conversation."""

    def describe(self, agent_id: str, meta: Fields) -> Agent:
        """Note what the second file of a subagent says of it."""
        agent = self._agent(agent_id)
        agent.agent_type = meta.optional_text("agentType") or agent.agent_type
        agent.description = meta.text("description") or agent.description
        if call := meta.text("toolUseId"):
            self.assign(agent, call)
        return agent

    def of_record(self, record: Fields, file_id: str | None) -> Agent:
        """Return the subagent that a record is of; `file_id` is the one whose file the record is in, if any."""
        id_ = record.text("agentId") or file_id
        uuid, before = record.text("uuid"), record.text("parentUuid")
        if not id_:
            id_ = self._chains.get(before) or uuid or "sidechain"
            self._chains[uuid] = id_
        return self._agent(id_)

    def find_call(self, agent: Agent, prompt: str) -> None:
        """Find the call of a subagent by its prompt, if it is not known."""
        if agent.call is None and prompt:
            for id_, spawn in self._calls.spawns.items():
                if spawn.prompt == prompt and id_ not in self._by_call and self._calls.pairs.is_open(id_):
                    self.assign(agent, id_)
                    return

    def assign(self, agent: Agent, call: str) -> None:
        """Note which call started a subagent."""
        if agent.call is None and call not in self._by_call:
            agent.call = call
            self._by_call[call] = agent

    def is_ready(self, agent: Agent) -> bool:
        """Return whether the call of a subagent has been recorded, so that its own events can follow."""
        return agent.call is not None and self._calls.pairs.is_announced(agent.call)

    def ready(self) -> list[Agent]:
        """Return the subagents that have not started and whose calls have been recorded."""
        return [agent for agent in self._agents.values() if not agent.is_started and self.is_ready(agent)]

    def unassigned(self) -> list[Agent]:
        """Return the subagents with records that wait for their call."""
        return [agent for agent in self._agents.values() if agent.waiting]

    def start(self, agent: Agent) -> Iterator[ForeignEvent]:
        """Yield the beginning of a subagent, once."""
        if agent.is_started:
            return
        agent.is_started = True
        spawn = self._calls.spawns.get(agent.call or "")
        data: dict[str, object] = {
            "id": agent.id,
            "tool_use_id": agent.call,
            "agent_type": agent.agent_type or (spawn.agent_type if spawn else None),
            "description": agent.description or (spawn.description if spawn else ""),
        }
        yield ForeignEvent("subagent_start", data, parent=spawn.parent if spawn else None)

    def result(self, call: str, result: dict[str, Any], response: Any) -> Agent | None:
        """Note the result of a call. Returns the subagent that the call started, None if it started none.

        `result` is the event's data, `response` the tool's own result.
        """
        if call not in self._calls.spawns:
            return None
        agent = self._by_call.get(call)
        own = as_fields(response)
        id_ = own.text("agentId") or agent_in_result(result["output"])
        if agent is None and (id_ or "totalDurationMs" in own.data):
            agent = self._agent(id_ or call)
            self.assign(agent, call)
        return agent

    def is_over(self, result: dict[str, Any], response: Any) -> bool:
        """Return whether the subagent whose call has this result has ended; else it works on in the background."""
        is_launched = as_fields(response).text("status") == "async_launched" or result["output"].startswith(_LAUNCHED)
        return not is_launched

    def end(self, agent: Agent, result: dict[str, Any], response: Any) -> Iterator[ForeignEvent]:
        """Yield the end of a subagent whose call has this result."""
        own = as_fields(response)
        names = {"total_tokens": "totalTokens", "tool_uses": "totalToolUseCount", "duration_ms": "totalDurationMs"}
        usage = {name: figure for name, key in names.items() if (figure := own.whole(key)) is not None}
        failed = "completed" if result["status"] == "success" else "failed"
        status = own.text("status") or failed
        texts = [block.text("text") for block in own.items("content")]
        summary = texts[-1] if texts else report_in_result(result["output"])
        yield from self._end(agent, status, summary, usage or usage_in_result(result["output"]))

    def notice(self, notice: Notification) -> Agent | None:
        """Return the subagent that a notice is about; None if it is about a command."""
        agent = self._agents.get(notice.task_id)
        call = notice.tool_use_id
        if agent is None and call and call in self._calls.spawns:
            agent = self._agent(notice.task_id)
        if agent is not None and call:
            self.assign(agent, call)
        return agent

    def end_by_notice(self, agent: Agent, notice: Notification) -> Iterator[ForeignEvent]:
        """Yield the end of a subagent in the background. The CLI may report it several times."""
        yield from self._end(agent, notice.status, notice.summary, notice.usage)

    def _end(self, agent: Agent, status: str, summary: str, usage: dict[str, int]) -> Iterator[ForeignEvent]:
        if agent.is_ended:
            return
        agent.is_ended = True
        spawn = self._calls.spawns.get(agent.call or "")
        parent = spawn.parent if spawn else None
        yield subagent_complete(agent.id, agent.call, status, summary, Fields(usage), agent.calls, parent)

    def _agent(self, id_: str) -> Agent:
        agent = self._agents.get(id_)
        if agent is None:
            agent = self._agents[id_] = Agent(id_)
        return agent


def agent_of_file(origin: str) -> str | None:
    """Return the ID of the subagent whose file this is; None for the session's own file.

    >>> agent_of_file("subagents/agent-a1e3.jsonl"), agent_of_file("subagents/agent-a1e3.meta.json"), agent_of_file("")
    ('a1e3', 'a1e3', None)
    """
    name = origin.rpartition("/")[2]
    return name.removeprefix(_PREFIX).removesuffix(_META).removesuffix(_LINES) or None


def is_description(origin: str) -> bool:
    """Return whether this is the second file of a subagent, which says what it is for."""
    return origin.endswith(_META)
