"""Describes the result of a tool call in words, and how much of which tool's output is shown. Pure.

Every view has this from here: what an output is by the name of its tool, the output without the frame of the CLI, and
the remarks on it.
"""

from enum import Enum

from msgspec import Struct

from observer.format.event import Event
from observer.format.terminal_text import settle_lines
from observer.format.units import format_size
from observer.runs.state.conversation import images_of
from observer.runs.trouble import is_trouble
from observer.runs.words.describe_conversation import count_images
from observer.runs.words.describe_tools import count_bytes, describe_extent, tool_name
from observer.runs.words.line_diff import WRITING_TOOLS
from observer.runs.words.unwrap import unwrap
from observer.runs.words.words import Words, duration_of, present


class OutputKind(Enum):
    """What the output of a call is to a reader, which decides what is shown of it unless everything is."""

    TEXT = 1
    """Anything: its first lines are shown, and maybe its last ones."""
    CONFIRMATION = 2
    """A sentence that the call succeeded, as its status says: nothing is shown."""
    COPY = 3
    """Lines of files: its size is shown."""
    REPORT = 4
    """The Markdown that a subagent reports: its first lines are shown, or its size where that has been shown."""


_KINDS = {
    **dict.fromkeys((*WRITING_TOOLS, "TodoWrite"), OutputKind.CONFIRMATION),
    **dict.fromkeys(("Read", "NotebookRead", "Grep", "Glob"), OutputKind.COPY),
    **dict.fromkeys(("Task", "Agent"), OutputKind.REPORT),
}
"""The kinds of the outputs of calls that succeeded, by tool."""
_TEXT = OutputKind.TEXT  # to look up a member of an enum takes long


class ToolOutput(Struct, frozen=True, gc=False):
    """What a call returned: its kind, the text without the frame of the CLI, why it failed, and remarks in words."""

    is_trouble: bool
    kind: OutputKind
    text: str
    reason: str
    rule: str
    remarks: tuple[str, ...]
    is_excerpt: bool
    """Whether the text is the beginning of an output that the CLI saved elsewhere."""

    @property
    def repeats_reason(self) -> bool:
        """Whether the text contains the reason, which is shown anyway."""
        return bool(self.reason) and self.reason in self.text


def output_of(event: Event) -> ToolOutput:
    """Return what the call of a `tool_result` returned."""
    text, frame = unwrap(event.words("output"))
    failed = is_trouble(event)
    kind = _TEXT if failed else _KINDS.get(event.text("name"), _TEXT)
    remarks = _remarks(event, frame)
    return ToolOutput(failed, kind, text, event.words("reason"), event.text("rule"), remarks, bool(frame))


def extent_of(event: Event, output: ToolOutput) -> str:
    """Return how many lines and bytes an output has; empty if there is none, or as far as it is not known."""
    name, total_bytes = event.text("name"), event.number("output_bytes")
    if output.is_excerpt or not output.text:
        return format_size(total_bytes) if output.text and total_bytes is not None else ""
    counted = output.text if name == "Read" else output.text.strip("\n")
    size = count_bytes(output.text)
    if total_bytes and output.text is not (whole := event.words("output")):
        total_bytes -= count_bytes(whole) - size  # the frame is in it
    return describe_extent(name, counted, total_bytes or size)


def describe_result(event: Event) -> Words:
    """Return a `tool_result` in words."""
    output = output_of(event)
    text = settle_lines(output.text).strip("\n")
    first, *others = text.split("\n") if output.is_trouble else text.split("\n", 1)
    title = " ".join(present(tool_name(event.text("name")), event.text("status") or "ended"))
    facts = present(
        f"rule {output.rule}" if output.rule else "",
        duration_of(event),
        extent_of(event, output) if others else "",
        "shortened by the CLI" if event.flag("truncated") else "",
        count_images(images_of(event)) if event.has_list("images") else "",
    )
    if not output.is_trouble:
        return Words(title, output.reason or first, facts)
    details = (first, *others) if output.reason and not output.repeats_reason else others
    return Words(title, output.reason or first, facts, present(*details))


def _remarks(event: Event, frame: str) -> tuple[str, ...]:
    """Return where the whole output is, by the event or else by the `frame` around it, and whether it is lost."""
    if file := event.text("output_file"):
        size = event.number("output_bytes")
        frame = f"full output{f' ({format_size(size)})' if size is not None else ''} in {file}"
    shortened = event.flag("truncated")
    return present(frame, "the CLI had shortened this output, and the rest could not be had" if shortened else "")
