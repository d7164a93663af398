"""The messages of a client of the Claude Agent SDK, also behind one that the SDK cannot parse."""

from collections.abc import AsyncIterator, Awaitable, Callable

from claude_agent_sdk import (
    ClaudeSDKClient,
    ClaudeSDKError,
    CLIConnectionError,
    CLIJSONDecodeError,
    Message,
    ProcessError,
)

_UNREADABLE = (ClaudeSDKError, AttributeError, LookupError, TypeError, ValueError)
"""What the SDK raises for a message that it cannot parse; the next call goes on behind it."""
_LAST = (CLIConnectionError, CLIJSONDecodeError, ProcessError)
"""What it raises when no other message follows."""


def is_unreadable(error: Exception) -> bool:
    """Return whether the SDK has raised an error because it cannot parse one message, so that others may follow."""
    return isinstance(error, _UNREADABLE) and not isinstance(error, _LAST)


async def readable_messages(
    client: ClaudeSDKClient, on_unreadable: Callable[[Exception], Awaitable[None]]
) -> AsyncIterator[Message]:
    """Yield the messages of a client; `on_unreadable` is awaited with the error of each that cannot be parsed.

    Raises what the SDK raises when no other message follows.
    """
    messages = client.receive_messages()
    while True:
        try:
            message = await anext(messages)
        except StopAsyncIteration:
            return
        except Exception as error:
            if not is_unreadable(error):
                raise
            await on_unreadable(error)
            messages = client.receive_messages()
        else:
            yield message
