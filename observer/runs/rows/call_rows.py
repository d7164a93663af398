"""Rows of tool calls, their results and subagents. Pure.

A view joins the rows of one call by its ID: the title is that of the call, the status that of the result, and the
blocks of both follow each other.
"""

from observer.format.event import Event
from observer.format.fields import Fields
from observer.format.terminal_text import settle_lines
from observer.format.units import format_size
from observer.runs.rows.markdown_tree import markdown_blocks
from observer.runs.rows.row_blocks import (
    ON_PAGE,
    Limits,
    Room,
    cut_title,
    diff_block,
    field_blocks,
    image_block,
    output_blocks,
    todo_block,
)
from observer.runs.rows.row_types import Block, Note, Row, Span, Tone
from observer.runs.state.conversation import TodoItem, images_of
from observer.runs.trouble import is_trouble
from observer.runs.words.describe import subagent_facts
from observer.runs.words.describe_results import OutputKind, ToolOutput, extent_of, output_of
from observer.runs.words.describe_tools import UNNAMED, describe_call, input_of, tool_name, tool_of
from observer.runs.words.line_diff import CHANGE_FIELDS, WRITING_TOOLS, changed_parts
from observer.runs.words.words import duration_of, present

RUNNING: list[Span] = [("running", Tone.RUNNING)]
UNENDED: list[Span] = [("… did not end", Tone.DIM)]
_SIGNS = {"success": "✓", "completed": "✓", "error": "✗", "failed": "✗", "killed": "✗", "rejected": "✗",
          "blocked": "⊘", "stopped": "■", "interrupted": "■", "budget": "■"}  # fmt: skip
_TONES = {"success": Tone.GOOD, "completed": Tone.GOOD, "blocked": Tone.BLOCKED, "interrupted": Tone.WARNING,
          "stopped": Tone.WARNING, "budget": Tone.WARNING, "ended": Tone.DIM, "": Tone.DIM}  # fmt: skip
_OUTPUT_LINES: Limits = (6, 0)
_FAILED_LINES: Limits = (3, 8)
_PROSE_LINES: Limits = (6, 0)


def tone_of(status: str) -> Tone:
    """Return how a status is to be taken; an unknown one is bad."""
    return _TONES.get(status, Tone.BAD)


def status_spans(status: str) -> list[Span]:
    """Return a status with its sign; of a success, the sign is enough."""
    tone, sign = tone_of(status), _SIGNS.get(status, "")
    word = "" if tone is Tone.GOOD else status.replace("_", " ")
    return [(" ".join(present(sign, word)), tone)] if sign or word else []


def call_row(event: Event, row: Row, project: str, *, is_open: bool, room: Room = ON_PAGE) -> Row:
    """Return the row of a `tool_use`."""
    name, arguments = event.text("name"), input_of(event)
    subject, remark = describe_call(name, arguments, project)
    row.label, row.tool, row.call = tool_name(name or UNNAMED), name, event.text("id")
    row.title = [cut_title(subject)] if subject else []
    row.facts = [[remark]] if remark else []
    row.status, row.unended = (RUNNING, UNENDED) if row.call else ([], [])
    row.blocks, is_cut = _call_blocks(name, arguments, is_open=is_open, room=room)
    row.folded = not is_open and bool(is_cut or arguments.data)
    return row


def open_call_blocks(event: Event) -> list[Block]:
    """Return the blocks that show all of a `tool_use`."""
    return _call_blocks(event.text("name"), input_of(event), is_open=True)[0]


def _call_blocks(name: str, arguments: Fields, *, is_open: bool, room: Room = ON_PAGE) -> tuple[list[Block], bool]:
    """Return the blocks of a call, and whether changed lines are left out."""
    if name == "TodoWrite":
        return [todo_block(_todos(arguments))], False
    is_writing = name in WRITING_TOOLS
    parts = changed_parts(name, arguments) if is_writing else []
    changes, is_cut = diff_block(parts, is_open=is_open, room=room)
    if is_open:
        shown = CHANGE_FIELDS if changes else frozenset[str]()
        return [*field_blocks(arguments.data, without=shown, room=room), *changes], is_cut
    return changes, is_cut


def input_row(event: Event, row: Row) -> Row:
    """Return the row of a `tool_input`: how much of its input a call has so far."""
    size = format_size(event.number("bytes") or 0)
    row.label, row.tool, row.call = tool_name(tool_of(event)), event.text("name"), event.text("id")
    row.status, row.unended = [(f"writing input, {size}", Tone.RUNNING)], UNENDED
    return row


def result_row(event: Event, row: Row, *, is_open: bool, room: Room = ON_PAGE) -> Row:
    """Return the row of a `tool_result`."""
    name, status, output = event.text("name"), event.text("status") or "ended", output_of(event)
    row.label, row.tool, row.call = tool_name(name), name, event.text("tool_use_id")
    row.status, row.tone = status_spans(status), tone_of(status)
    row.took = "" if status == "blocked" else duration_of(event)
    row.facts = [[fact] for fact in present(extent_of(event, output) if output.kind is OutputKind.COPY else "")]
    row.blocks, row.folded = _result_blocks(event, output, is_open=is_open, room=room)
    return row


def open_result_blocks(event: Event) -> list[Block]:
    """Return the blocks that show all of a `tool_result`."""
    return _result_blocks(event, output_of(event), is_open=True)[0]


def _result_blocks(
    event: Event, output: ToolOutput, *, is_open: bool, room: Room = ON_PAGE
) -> tuple[list[Block], bool]:  # fmt: skip
    """Return the blocks of a result, and whether they leave something of the output out."""
    shown, is_cut = _output(event, output, is_open=is_open, room=room)
    remarks = [Note([remark], Tone.DIM) for remark in output.remarks]
    images = [image_block(image) for image in images_of(event)]
    return [*_reason(event, output), *shown, *remarks, *images], is_cut


def _reason(event: Event, output: ToolOutput) -> list[Block]:
    """Return why a call was refused or failed, and what the rule is."""
    status, command = event.text("status") or "ended", event.words("command")
    if not output.reason and status != "blocked":
        return []
    spans: list[Span] = [("This call was blocked and never ran. ", "strong")] if status == "blocked" else []
    parts: list[Span] = [output.reason] if output.reason else []
    parts += [(command, "code")] if command else []
    parts += [(f"rule {output.rule}", "faint")] if output.rule else []
    for number, part in enumerate(parts):
        spans += [" · ", part] if number else [part]
    return [Note(spans, tone_of(status))]


def _output(event: Event, output: ToolOutput, *, is_open: bool, room: Room) -> tuple[list[Block], bool]:
    is_hidden = output.repeats_reason or output.kind in {OutputKind.CONFIRMATION, OutputKind.COPY}
    if not is_open and is_hidden:
        return [], bool(output.text)
    if output.kind is OutputKind.REPORT:
        if is_open:
            return markdown_blocks(output.text), False
        first = output.text.strip("\n").split("\n", _PROSE_LINES[0])
        return markdown_blocks("\n".join(first[: _PROSE_LINES[0]])), len(first) > _PROSE_LINES[0]
    limits = None if is_open else _FAILED_LINES if is_trouble(event) else _OUTPUT_LINES
    return output_blocks(settle_lines(output.text), limits, event.number("output_bytes"), room)


def _todos(arguments: Fields) -> list[TodoItem]:
    return [TodoItem(todo.words("content"), todo.text("status")) for todo in arguments.items("todos")]


def subagent_row(event: Event, row: Row, *, is_open: bool) -> Row:
    """Return the row of an event about a subagent; a view shows it within the call that started it."""
    row.label, row.call = "subagent", event.text("tool_use_id")
    agent_type, description = event.text("agent_type"), event.words("description")
    row.about = ": ".join(present(agent_type, description)) or None
    row.title = [description] if description else []
    row.facts = [[fact] for fact in (present(agent_type) if event.type == "subagent_start" else subagent_facts(event))]
    if event.type == "subagent_complete":
        status = event.text("status") or "ended"
        row.status, row.tone = status_spans(status), tone_of(status)
    if is_open:
        row.blocks = field_blocks(event.data)
    row.folded = not is_open
    return row
