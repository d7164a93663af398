"""Tells who wrote the texts that a model receives as those of its user."""

from collections import Counter

from claude_agent_sdk import UserMessage

from agent.events import PromptSource


class PromptSources:
    """The prompts of a session: those that we send, and those that the CLI writes or passes on."""

    def __init__(self) -> None:
        self._sent: Counter[str] = Counter()
        self._subagents: dict[str, str] = {}
        """The prompt of each subagent, by the ID of the call that started it."""
        self._is_turn_running = False

    def send(self, text: str, source: PromptSource) -> PromptSource:
        """Note a prompt of ours. Returns its source: while a turn is running, it waits for the end of that."""
        queued = self._is_turn_running
        self._sent[text] += 1
        self._is_turn_running = True
        return "queued" if queued else source

    def begin_turn(self) -> None:
        """Note that the CLI began a turn, perhaps with a prompt that had to wait."""
        self._is_turn_running = True

    def end_turn(self) -> None:
        """Note that the turn is over."""
        self._is_turn_running = False

    def start_subagent(self, parent: str, text: str) -> bool:
        """Note the prompt of a subagent as its start reports it. Returns whether it is new."""
        is_new = parent not in self._subagents
        self._subagents.setdefault(parent, text)
        return is_new

    def receive(self, message: UserMessage, text: str) -> PromptSource | None:
        """Return the source of a text in a message of the CLI; None if it only repeats a prompt that is known."""
        parent = message.parent_tool_use_id
        if parent is not None:
            if parent not in self._subagents:
                self._subagents[parent] = ""
                return "subagent"
            known, self._subagents[parent] = self._subagents[parent], ""
            return None if text == known else "cli"
        if self._sent[text]:
            self._sent[text] -= 1
            return None
        return "user" if message.origin and message.origin["kind"] == "human" else "cli"
