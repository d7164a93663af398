"""Tells who wrote the texts that the model of a stream receives as its user's. Pure."""

from collections.abc import Iterator
from typing import Any

from observer.dialects.claude.own_events import prompt
from observer.dialects.claude.result_content import image_of
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields, as_items


class StreamPrompts:
    """The prompts of a stream: those that the CLI repeats, and those that it writes itself."""

    def __init__(self) -> None:
        self._subagents: dict[str, str] = {}
        """The prompt of each subagent until the CLI has repeated it, by the ID of the call that started it."""

    def of_subagent(self, data: Fields) -> Iterator[ForeignEvent]:
        """Process a message about a task. The start of a subagent has its prompt; no other message may have it."""
        match data.data:
            case {"subtype": "task_started", "tool_use_id": str(parent), "prompt": str(text)}:
                if parent not in self._subagents:
                    self._subagents[parent] = text
                    yield prompt(text, "subagent", parent)

    def receive(self, record: Fields, content: Any, parent: str | None) -> Iterator[ForeignEvent]:
        """Process a message of the user; its text may be new, or that of a prompt that is known."""
        text, images = prompt_content(content)
        if text and (source := self._source(record, text, parent)):
            yield prompt(text, source, parent, images)

    def _source(self, record: Fields, text: str, parent: str | None) -> str | None:
        """Return who wrote a text; None if it only repeats a prompt."""
        if parent is None:
            return "user" if record.object("origin").text("kind") == "human" else "cli"
        if parent not in self._subagents:
            self._subagents[parent] = ""
            return "subagent"
        known, self._subagents[parent] = self._subagents[parent], ""
        return None if text == known else "cli"


def prompt_content(content: Any) -> tuple[str, list[dict[str, object]]]:
    """Return the text and the images of the content of a prompt, without results of tools."""
    if isinstance(content, str):
        return content, []
    blocks = as_items(content)
    text = "\n".join(block.text("text") for block in blocks if block.text("type") == "text")
    return text, [image for block in blocks if (image := image_of(block.data))]
