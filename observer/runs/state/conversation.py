"""Reads what the events of a conversation state: prompts, to-do lists, images, and why a message ended. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from observer.format.event import Event

USER_MESSAGE = "user_message"
"""The kind of `info` by which the first writers of format 1 recorded a prompt."""
PROMPT_TYPES = frozenset({"prompt", "info"})
"""The types of events that may hold a prompt."""
_INNER_SOURCES = frozenset({"cli", "subagent"})
"""The sources of prompts that do not begin a turn, but come from inside of one."""
STOPS = {
    "refusal": "the model refused to answer",
    "max_tokens": "the answer was cut off at its limit of tokens",
    "model_context_window_exceeded": "the answer was cut off: the model's context is full",
    "pause_turn": "the API paused the turn",
}
"""Why a message ended other than by itself, by its `stop_reason`."""

USUAL_STOPS = frozenset({"", "end_turn", "tool_use", "stop_sequence"})
"""Why a message ends that is complete."""
_GOOD_SERVER_STATES = frozenset({"connected", "pending", "disabled"})
_MAX_SHOWN = 1024
"""Messages whose pieces are remembered: of a writer without `message` events, none would ever be forgotten."""


class Image(Struct, frozen=True):
    """An image beside a prompt or a result. `file` is relative to the runs directory, empty if it was not kept."""

    media_type: str
    size: int
    file: str


class Prompt(Struct, frozen=True):
    """What was sent to the model, and by whom: `user`, `harness`, `cli`, `subagent` or `queued`."""

    text: str
    source: str
    images: tuple[Image, ...] = ()

    @property
    def begins_turn(self) -> bool:
        """Whether it is not a text that the CLI or a subagent's parent wrote during a turn."""
        return self.source not in _INNER_SOURCES


class TodoItem(Struct, frozen=True):
    """A thing to do, and its state: `pending`, `in_progress` or `completed`."""

    text: str
    status: str


def prompt_of(event: Event) -> Prompt | None:
    """Return the prompt that an event holds; None for an event of another kind."""
    if event.type == "prompt":
        return Prompt(event.words("text"), event.text("source") or "user", tuple(images_of(event)))
    if event.type == "info" and event.text("kind") == USER_MESSAGE:
        return Prompt(event.words("message"), "user")
    return None


def images_of(event: Event) -> list[Image]:
    """Return the images of a prompt or of a result."""
    return [
        Image(image.text("media_type") or "image", max(0, image.integer("bytes") or 0), image.text("file"))
        for image in event.items("images")
    ]


def todo_of(event: Event) -> list[TodoItem]:
    """Return the things to do that a `todo` event lists."""
    return [TodoItem(item.words("text"), item.text("status")) for item in event.items("items")]


def count_done(items: Iterable[TodoItem]) -> int:
    """Return how many things are done."""
    return sum(item.status == "completed" for item in items)


def current_item(items: Iterable[TodoItem]) -> str:
    """Return what the model is working on; empty if it does not say."""
    return next((item.text for item in items if item.status == "in_progress"), "")


def describe_todo(items: list[TodoItem]) -> str:
    """Return how much of a list is done, such as `1/3 done`."""
    return f"{count_done(items)}/{len(items)} done"


def describe_stop(event: Event) -> str:
    """Return why a message ended, if that is not the usual end of one; else an empty text."""
    reason = event.text("stop_reason")
    return "" if reason in USUAL_STOPS else STOPS.get(reason, f"the message ended: {reason.replace('_', ' ')}")


def failed_servers(event: Event) -> list[str]:
    """Return the MCP servers that a session started without, each with its state.

    >>> from observer.format.lines import Line
    >>> servers = [{"name": "git", "status": "connected"}, {"name": "tickets", "status": "needs-auth"}]
    >>> failed_servers(Event(Line(b"", 0), "session_start", {"mcp_servers": servers}))
    ['tickets needs auth']
    """
    return [
        f"{server.text('name')} {state.replace('-', ' ').replace('_', ' ')}"
        for server in event.items("mcp_servers")
        if (state := server.text("status")) and state not in _GOOD_SERVER_STATES
    ]


def count_servers(event: Event) -> int:
    """Return the number of MCP servers of a session."""
    return len(event.items("mcp_servers"))


class ShownPieces:
    """Remembers the messages of which pieces were shown, so that the text of each is shown once: here or there."""

    def __init__(self) -> None:
        self._messages: dict[tuple[str | None, str], None] = {}

    def add(self, event: Event) -> None:
        """Take a `thought` that is shown."""
        key = (event.parent, event.text("message"))
        if key not in self._messages and event.words("text"):
            self._messages[key] = None
            if len(self._messages) > _MAX_SHOWN:
                del self._messages[next(iter(self._messages))]

    def missing_text(self, event: Event) -> str:
        """Return the text of a `message` if none of its pieces was shown, else an empty one."""
        return "" if (event.parent, event.text("id")) in self._messages else event.words("text")
