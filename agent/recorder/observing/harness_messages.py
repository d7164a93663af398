"""Tells which messages of a recorded session the harness would get without `record`, too.

Recording adds partial messages and, with a display of thinking, the text of subagents. With CLI 2.1.332 this text was
seen to change nothing for a subagent in the background, whose messages all arrive anyway. A subagent in the foreground
is known by its first message, which is its prompt. Without its text the CLI sends only this prompt, its calls and their
results; and nothing at all if another subagent has started it.
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

from agent.recorder.sdk.typed_messages import well_typed


class HarnessMessages:
    """The messages of one session that would arrive with the harness's own `options` as well."""

    def __init__(self, options: ClaudeAgentOptions) -> None:
        self._partial = options.include_partial_messages or "include-partial-messages" in options.extra_args
        self._subagents = options.forward_subagent_text or "forward-subagent-text" in options.extra_args
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
