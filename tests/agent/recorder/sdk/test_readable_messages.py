"""What the SDK cannot parse is left out, and what follows is received."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from claude_agent_sdk import (
    ClaudeSDKClient,
    CLIConnectionError,
    Message,
    ProcessError,
    SystemMessage,
)
from claude_agent_sdk._errors import MessageParseError

from agent.recorder.sdk.readable_messages import readable_messages

FIRST, SECOND = SystemMessage("first", {}), SystemMessage("second", {})


class Client:
    """A client whose messages are these; an exception ends a generator, and the next one goes on behind it."""

    def __init__(self, *messages: Message | Exception) -> None:
        self._messages = iter(messages)

    async def receive_messages(self) -> AsyncIterator[Message]:
        for message in self._messages:
            if isinstance(message, Exception):
                raise message
            yield message


async def read(*messages: Message | Exception) -> tuple[list[Message], list[Exception]]:
    errors: list[Exception] = []

    async def note(error: Exception) -> None:
        errors.append(error)

    client: Any = Client(*messages)
    return [message async for message in readable_messages(cast("ClaudeSDKClient", client), note)], errors


@pytest.mark.parametrize("error", [MessageParseError("no"), TypeError("None"), KeyError("a"), ValueError("b")])
async def test_a_message_that_cannot_be_parsed_is_reported_and_the_others_are_yielded(error: Exception) -> None:
    assert await read(FIRST, error, SECOND) == ([FIRST, SECOND], [error])


@pytest.mark.parametrize("error", [CLIConnectionError("gone"), ProcessError("killed"), OSError("no disk")])
async def test_an_error_that_no_message_follows_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        await read(FIRST, error, SECOND)
