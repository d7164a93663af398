"""Tells which messages of a recorded session the harness would get without `record`, too.

Recording adds partial messages, and with a display of thinking the text of subagents. What the latter adds was seen
with CLI 2.1.332: nothing of a subagent in the background, of which everything arrives anyway. One in the foreground,
whose first message is its prompt, else sends only that, its calls and their results; and nothing if a subagent started
it.
"""

from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    Message,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.recorder.typed_messages import well_typed


class AskedFor:
    """The messages of one session that arrive with the options `given` by the harness as well."""

    def __init__(self, given: ClaudeAgentOptions) -> None:
        self._partial = given.include_partial_messages or "include-partial-messages" in given.extra_args
        self._subagents = given.forward_subagent_text or "forward-subagent-text" in given.extra_args
        self._open_calls: dict[str | None, str | None] = {}
        """The subagent that made each call which waits for its result; None is the main agent."""
        self._foreground: set[str | None] = set()
        """The subagents, by their calls, of which something arrives only because we asked for it."""

    def includes(self, message: Message) -> bool:
        """Process the next message. Returns whether it is one of these."""
        message = well_typed(message)
        match message:
            case StreamEvent() | SystemMessage(subtype="status", data={"status": "requesting"}):
                return self._partial
            case AssistantMessage(parent_tool_use_id=parent, content=list(blocks)):
                self._open_calls |= {block.id: parent for block in blocks if isinstance(block, ToolUseBlock)}
                if parent in self._foreground and not any(map(_is_call, blocks)):
                    return False
                return not self._is_nested(parent)
            case UserMessage(parent_tool_use_id=parent, content=content):
                if not self._subagents and parent in self._open_calls and _is_text(content):
                    self._foreground.add(parent)
                self._end_calls(content)
                return not self._is_nested(parent)
        return True

    def _is_nested(self, parent: str | None) -> bool:
        """Return whether this is a subagent in the foreground that another subagent started."""
        return parent in self._foreground and self._open_calls.get(parent) is not None

    def _end_calls(self, content: Any) -> None:
        for block in content if isinstance(content, list) else []:
            if isinstance(block, ToolResultBlock):
                self._open_calls.pop(block.tool_use_id, None)
                self._foreground.discard(block.tool_use_id)


def _is_call(block: Any) -> bool:
    return not isinstance(block, TextBlock | ThinkingBlock)


def _is_text(content: Any) -> bool:
    return isinstance(content, str) or any(isinstance(block, TextBlock) for block in content or [])
