"""Tracks the subagents that a session of Codex starts: one `subagent_start` and one `subagent_complete` each. Pure.

Codex calls each of them a thread; it has a rollout of its own. How it ended is said in several places, the items of the
calls that wait for it, their outputs and notifications to the model, of which the first counts.
"""

from observer.dialects.codex.codex_calls import AGENT, Call
from observer.dialects.codex.codex_messages import Emit
from observer.dialects.event_data import Data
from observer.dialects.records import decode_record
from observer.format.fields import Fields

_STATUSES = {
    "completed": "completed",
    "errored": "failed",
    "failed": "failed",
    "shutdown": "stopped",
    "closed": "stopped",
    "interrupted": "stopped",
}
"""How a subagent ended, by Codex's word for it; any other word means that it is still running."""
_TOOLS = frozenset({AGENT, "wait_agent", "wait", "list_agents", "close_agent"})
_NOTIFICATION = "<subagent_notification>"


class Subagents:
    """The subagents of one thread. `threads` holds the call that started each, for all threads of a session."""

    def __init__(self, emit: Emit, threads: dict[str, str]) -> None:
        self._emit = emit
        self._threads = threads
        self._running: dict[str, str] = {}
        self._paths: dict[str, str] = {}

    def start(self, thread: str, call: str, *, agent_type: str = "", description: str = "", path: str = "") -> None:
        """Note that a call has started a subagent."""
        if not thread or thread in self._threads:
            return
        self._threads[thread] = self._running[thread] = call
        self._paths[path or thread] = thread
        data: Data = {"id": thread, "tool_use_id": call, "agent_type": agent_type or None, "description": description}
        self._emit("subagent_start", data)

    def update(self, states: Fields | None) -> None:
        """Take the states of subagents by their threads or paths: a word, or an object that has it as its only key."""
        for name, state in (states.data if states else {}).items():
            if isinstance(state, str):
                self.end(name, state)
            elif isinstance(state, dict) and "status" in state:  # as `codex exec` writes them
                self.end(name, Fields(state).text("status"), Fields(state).text("message"))
            elif isinstance(state, dict):
                for word, summary in state.items():
                    self.end(name, word, summary if isinstance(summary, str) else "")

    def notify(self, text: str) -> bool:
        """Take a text that the model receives; return whether it is a notification about a subagent."""
        if not text.startswith(_NOTIFICATION):
            return False
        inner = text.removeprefix(_NOTIFICATION).partition("</")[0]
        record = decode_record(inner.encode("utf-8", "surrogatepass"))
        if record is not None:
            self.update(Fields({record.text("agent_path"): record.value("status")}))
        return True

    def read_output(self, call_id: str, call: Call, text: str) -> None:
        """Take the output of a call that may concern subagents: which one it started, or how they are."""
        if call.name not in _TOOLS or (record := decode_record(text.encode("utf-8", "surrogatepass"))) is None:
            return
        if call.name == AGENT and (thread := record.text("agent_id")):
            arguments = Fields(call.input)
            role, about = arguments.text("subagent_type"), arguments.text("description") or arguments.text("prompt")
            self.start(thread, call_id, agent_type=role, description=about)
        self.update(record.fields("status"))
        for agent in record.items("agents"):
            self.update(Fields({agent.text("agent_name"): agent.value("agent_status")}))

    def end(self, name: str, word: str, summary: str = "") -> None:
        """End a subagent, named by its thread or path, if Codex's word says that it has ended."""
        thread = self._paths.get(name, name)
        if word not in _STATUSES or thread not in self._running:
            return
        call = self._running.pop(thread)
        data: Data = {
            "id": thread,
            "tool_use_id": call,
            "status": _STATUSES[word],
            "duration_ms": None,
            "tool_uses": None,
            "tokens": None,
            "summary": summary,
        }
        self._emit("subagent_complete", data)

    def end_all(self) -> None:
        """End the subagents that are still running: their process is gone."""
        for thread in list(self._running):
            self.end(thread, "shutdown")
