"""The fields of an event as the HTML report lists them: lists of objects become lines to read. Pure."""

from typing import Any

from observer.format.event import Event
from observer.runs.conversation import images_of, prompt_of, todo_of
from observer.runs.describe_conversation import describe_image
from observer.runs.tokens import describe_parts, tokens_of

_SIGNS = {"completed": "☑", "in_progress": "◐"}
_SHORTENED = "the CLI had shortened this output, and the rest could not be had"


def readable_fields(event: Event) -> dict[str, Any]:
    """Return the fields of an event by their names; those that are null or empty are left to the caller."""
    fields = dict(event.data)
    if (prompt := prompt_of(event)) is not None:
        fields = {"": prompt.text, "source": prompt.source, "images": fields.get("images")}
    elif event.type == "todo":
        fields["items"] = "\n".join(f"{_SIGNS.get(item.status, '☐')} {item.text}" for item in todo_of(event))
    elif event.type == "message":
        fields["text"] = ""  # it is in a row of its own
    if fields.get("images"):
        fields["images"] = "\n".join(describe_image(image) for image in images_of(event))
    if fields.get("truncated") is True:
        fields["truncated"] = _SHORTENED
    if (tokens := tokens_of(event)) is not None:
        fields["tokens"] = describe_parts(tokens)
    return {key: value for key, value in fields.items() if value is not False or key != "truncated"}
