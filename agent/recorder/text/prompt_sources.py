"""Records the texts that a model receives as those of its user, and tells who wrote them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from claude_agent_sdk import TaskStartedMessage, TextBlock, UserMessage

from agent.events import Prompt, PromptSource
from agent.recorder.entry import Entry


class PromptSources:
    """The prompts of a session: those that we send, and those that the CLI writes or passes on."""

    def __init__(self) -> None:
        self._sent: Counter[str] = Counter()
        self._subagents: dict[str, str] = {}
        """The prompt of each subagent until the CLI has repeated it, by the ID of the call that started it."""
        self._is_turn_running = False

    def send(self, prompt: Prompt) -> None:
        """Process a prompt that is about to be sent. While a turn is running, it waits for the end of that."""
        if self._is_turn_running:
            prompt.source = "queued"
        self._sent[prompt.text] += 1
        self._is_turn_running = True

    def begin_turn(self) -> None:
        """Note that the CLI began a turn, perhaps with a prompt that had to wait."""
        self._is_turn_running = True

    def end_turn(self) -> None:
        """Note that the turn is over."""
        self._is_turn_running = False

    def of_subagent(self, message: Any) -> Iterator[Entry]:
        """Process a message about a task. The start of a subagent has its prompt; no other message may have it."""
        match message:
            case TaskStartedMessage(tool_use_id=str(parent), data={"prompt": str(text)}):
                if parent not in self._subagents:
                    self._subagents[parent] = text
                    yield Entry(Prompt(text=text, source="subagent"), parent)

    def receive(self, message: UserMessage) -> Iterator[Entry]:
        """Process a message of the CLI; its text may be new, or that of a prompt that is known."""
        content = message.content
        if not isinstance(content, str):
            content = "\n".join(block.text for block in content if isinstance(block, TextBlock))
        if content and (source := self._source(message, content)):
            yield Entry(Prompt(text=content, source=source), message.parent_tool_use_id)

    def _source(self, message: UserMessage, text: str) -> PromptSource | None:
        """Return who wrote a text; None if it only repeats a prompt."""
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
