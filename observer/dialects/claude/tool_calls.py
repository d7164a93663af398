"""What follows from a call: its events, the list that it changes, its whole output, its subagent. Pure."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from observer.dialects.claude.call_failures import Denial
from observer.dialects.claude.saved_outputs import SavedOutputs
from observer.dialects.claude.server_tools import ServerResult
from observer.dialects.claude.todo_lists import TodoLists
from observer.dialects.claude.tool_pairs import ToolPairs
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields

SUBAGENT_TOOLS = frozenset({"Agent", "Task"})
"""Both names of the tool that starts a subagent."""


class Spawn(Struct, frozen=True):
    """A call that starts a subagent: by whom, of which type, with which description and prompt."""

    parent: str | None
    agent_type: str | None
    description: str
    prompt: str


class ToolCalls:
    """The tool calls of a session."""

    def __init__(self) -> None:
        self.pairs = ToolPairs()
        self.outputs = SavedOutputs()
        self.spawns: dict[str, Spawn] = {}
        """The calls that start subagents, by their IDs."""
        self._todos = TodoLists()
        self._parents: dict[str, str | None] = {}

    def origin(self, tool_use_id: str | None) -> str | None:
        """Return who made a call, if that was a subagent."""
        return self._parents.get(tool_use_id or "")

    def use(
        self,
        id_: str,
        name: str,
        input_: dict[str, Any],
        parent: str | None,
        stamp: str | None,
        *,
        of_server: bool = False,
    ) -> Iterator[ForeignEvent]:
        """Yield the event of a call, once; one `of_server` is run by the API."""
        self._todos.use(id_, name, input_)
        self._parents.setdefault(id_, parent)
        if name in SUBAGENT_TOOLS:
            fields = Fields(input_)
            agent_type, description = fields.optional_text("subagent_type"), fields.text("description")
            self.spawns.setdefault(id_, Spawn(parent, agent_type, description, fields.text("prompt")))
        yield from self.pairs.use(id_, name, input_, parent, stamp, of_server=of_server)

    def result(
        self,
        block: Fields,
        parent: str | None,
        stamp: str | None,
        response: Any,
        refusal: Denial | None = None,
    ) -> Iterator[ForeignEvent]:
        """Yield the event of a call's result, and what follows from it.

        `block` is the result that the model receives, `response` the tool's own, if known.
        """
        id_ = block.text("tool_use_id")
        is_error = bool(block.value("is_error"))
        result = self.pairs.result(id_, block.value("content"), parent, stamp, is_error=is_error, refusal=refusal)
        if result is not None:
            self.outputs.check(result.data, response)
            yield result.event
            yield from self._todos.result(result)

    def server_result(self, result: ServerResult, parent: str | None, stamp: str | None) -> Iterator[ForeignEvent]:
        """Yield the event of the result of a call that the API has run."""
        ended = self.pairs.result(result.tool_use_id, result.output, parent, stamp, is_error=result.is_error)
        if ended is not None:
            yield ended.event


def input_of(block: Fields) -> dict[str, Any]:
    """Return the input of a call, which must be an object."""
    input_ = block.fields("input")
    return {"malformed": block.value("input")} if input_ is None else input_.data
