"""Describes the events of a conversation with the model: its sessions, prompts, messages and to-do lists. Pure."""

from observer.format.event import Event
from observer.format.units import format_size, pluralize
from observer.runs.state.conversation import (
    Image,
    Prompt,
    count_servers,
    current_item,
    describe_stop,
    describe_todo,
    failed_servers,
    todo_of,
)
from observer.runs.state.tokens import describe_parts, tokens_of
from observer.runs.words.describe_status import agent_title
from observer.runs.words.words import Words, amount_of, cost_of, duration_of, present


def describe_session_start(event: Event) -> Words:
    """Return the agent, its model, and what it works with; the details are its working directory."""
    title = agent_title(event.text("agent_type"), event.number("iteration") or event.iteration)
    version, mode, servers = event.text("cli_version"), event.text("permission_mode"), count_servers(event)
    facts = present(
        event.text("model"),
        f"CLI {version}" if version else "",
        f"mode {mode}" if mode and mode != "default" else "",
        pluralize(servers, "MCP server") if servers else "",
        *(f"MCP server {server}" for server in failed_servers(event)),
    )
    return Words(title, "", facts, present(event.text("cwd")))


def describe_session_end(event: Event) -> Words:
    """Return the outcome of a session and its totals; the details are the errors that the SDK reported."""
    outcome, reason = event.text("outcome"), session_reason(event).replace("_", " ")
    facts = present(amount_of(event, "turns", "turn"), duration_of(event), cost_of(event), _tokens(event))
    return Words(
        f"session {outcome or 'ended'}", "" if outcome == "success" else reason, facts, tuple(session_errors(event))
    )


def describe_prompt(prompt: Prompt) -> Words:
    """Return who spoke to the model, and what they said."""
    return Words(prompt.source, prompt.text, present(count_images(prompt.images)))


def describe_text(event: Event) -> Words:
    """Return a piece of text, or why there is none: the API has encrypted it, or only an interruption is shown."""
    text = event.words("text")
    if not text and event.text("replaces"):
        return Words("stream interrupted: its text is void and repeated")
    return Words("redacted" if not text and event.flag("redacted") else "", text)


def describe_message(event: Event) -> Words:
    """Return the figures of a message, and why it ended if that is unusual; its text came in pieces before."""
    return Words(describe_stop(event), "", present(event.text("model"), _tokens(event)))


def describe_todo_list(event: Event) -> Words:
    """Return how much of a to-do list is done, and what is being worked on."""
    items = todo_of(event)
    return Words(describe_todo(items), current_item(items))


def describe_image(image: Image) -> str:
    """Return an image in words: its type, its size, and where it is.

    >>> describe_image(Image("image/png", 12_000, "r/t1-0.png"))
    'image/png, 12 kB, in r/t1-0.png'
    """
    place = f"in {image.file}" if image.file else "not kept"
    return f"{image.media_type}, {format_size(image.size)}, {place}"


def count_images(images: tuple[Image, ...] | list[Image]) -> str:
    """Return the number of images, empty if there is none."""
    return pluralize(len(images), "image") if images else ""


def session_reason(event: Event) -> str:
    """Return the SDK's reason for the end of a session; of one that failed, "completed" says nothing."""
    reason = event.text("terminal_reason")
    return "" if reason == "completed" else reason


def session_errors(event: Event) -> list[str]:
    """Return why a session failed: the writer's message, else the errors that the SDK reported."""
    if message := event.words("message"):
        return [message]
    return [error for error in event.texts("errors") if error.strip()]


def _tokens(event: Event) -> str:
    return describe_parts(tokens_of(event))
