"""The events of a conversation as rows: what a session works with, prompts, unusual ends, things to do. Pure."""

from collections.abc import Callable
from itertools import groupby

from msgspec.structs import replace

from observer.format.event import Event
from observer.format.units import pluralize
from observer.runs.state.conversation import (
    Prompt,
    TodoItem,
    describe_stop,
    failed_servers,
    todo_of,
)
from observer.runs.words.describe import describe
from observer.runs.words.describe_conversation import count_images, describe_image
from observer.runs.words.describe_tools import count_lines
from observer.runs.words.words import join_facts
from observer.terminal.row import RoleSpan, Row, Span, excerpt, make_row, shorten
from observer.terminal.theme import OUTCOME_ROLES, Role, RowStyle


def session_start(event: Event, project: str, style: RowStyle) -> list[Row]:
    """Return what a session works with, below its rule; its directory only if that is not the project's."""
    words, failed = describe(event), failed_servers(event)
    facts = [fact for fact in words.facts if not any(fact.endswith(server) for server in failed)]
    facts += [directory for directory in words.details if directory != project]
    rows = [make_row((Role.DIM, join_facts(facts, style)))] if facts else []
    return rows + [make_row((Role.WARNING, f"{style.bad} MCP server {server}")) for server in failed]


def session_end(event: Event, style: RowStyle) -> list[Row]:
    """Return the outcome of a session, why it ended, its totals, and the errors that the SDK reported."""
    words = describe(event, glyphs=style)
    role = OUTCOME_ROLES.get(event.text("outcome") or "ended", Role.BAD)
    reason = f": {shorten(words.text, style)}" if words.text else ""
    facts = join_facts(words.facts, style)
    head = make_row((role, f"{words.title}{reason}"), (Role.DIM, f"  {facts}" if facts else ""))
    return [head, *(make_row((Role.PLAIN, f"  {shorten(error, style)}"), hang=4) for error in words.details)]


Draw = Callable[[str, Role], list[Row]]
"""Returns the rows of a text that is drawn as Markdown, in a role."""


def prompt(prompt: Prompt, style: RowStyle, draw: Draw | None = None) -> list[Row]:
    """Return a prompt that begins a turn, in full lines; one that comes from inside of a turn is one dimmed row.

    The lines stay as they were written, or are drawn by `draw`.
    """
    text = prompt.text.strip("\n")
    if not prompt.begins_turn and style.prompt_lines is not None:
        return [_quiet_prompt(prompt, text, style)]
    role = Role.STRONG if prompt.begins_turn else Role.DIM
    size = len(text.encode("utf-8", "replace"))
    lines = excerpt(text, style.prompt_lines, style, total_bytes=size, role=role) or [(role, "")]
    if draw is not None:
        return _drawn_prompt(prompt, lines, role, style, draw)
    remark = _prompt_remark(prompt, style)
    head: list[Span] = [(Role.RULE, f"{style.prompt} "), (role, shorten(lines[0][1], style))]
    return [
        make_row(*head, (Role.DIM, f"  {remark}" if remark else "")),
        *(make_row((line_role, f"  {shorten(line, style)}")) for line_role, line in lines[1:]),
        *(make_row((Role.DIM, f"  {describe_image(image)}")) for image in prompt.images),
    ]


def _prompt_remark(prompt: Prompt, style: RowStyle) -> str:
    return join_facts(["" if prompt.source == "user" else prompt.source, count_images(prompt.images)], style)


def _drawn_prompt(prompt: Prompt, lines: list[Span], role: Role, style: RowStyle, draw: Draw) -> list[Row]:
    """Return the shown lines of a prompt as Markdown, in parts around the one that says how many are missing."""
    rows: list[Row] = []
    for is_text, part in groupby(lines, key=lambda line: line[0] == role):
        text = "\n".join([shorten(line, style) for _, line in part])
        rows += draw(text, role) if is_text else [Row(((Role.DIM, text),), 0)]
    remark = _prompt_remark(prompt, style)
    rows += [make_row((Role.DIM, remark), hang=0)] if remark else []
    rows += [make_row((Role.DIM, describe_image(image)), hang=0) for image in prompt.images]
    indent = (Role.PLAIN, "  ")
    rows = [
        replace(row, prefix=(indent, *row.prefix), lead=(indent, *row.lead) if row.lead else ()) for row in rows
    ] or [Row((), 0, prefix=(indent,))]
    lead = rows[0].lead or rows[0].prefix
    return [replace(rows[0], lead=((Role.RULE, f"{style.prompt} "), *lead[1:])), *rows[1:]]


def _quiet_prompt(prompt: Prompt, text: str, style: RowStyle) -> Row:
    first, _, others = text.strip().partition("\n")
    more = f" ({pluralize(count_lines(others), 'more line')})" if others else ""
    return Row(((Role.DIM, f"{style.prompt} {prompt.source}: {shorten(first, style)}{more}"),), truncate=True)


def stop(event: Event, style: RowStyle) -> list[Row]:
    """Return why a message ended, if that is unusual."""
    reason = describe_stop(event)
    return [make_row((Role.WARNING, f"{style.retry} {reason}"))] if reason else []


def redacted_thinking(style: RowStyle) -> list[Row]:
    """Return the notice that the model thought, and that the API has encrypted it."""
    return [make_row((Role.THINKING, f"{style.thinking} redacted thinking"))]


def todo(event: Event, style: RowStyle) -> list[Row]:
    """Return how much is done, and what is being worked on; all items if nothing is shortened."""
    items, words = todo_of(event), describe(event)
    text = f"  {shorten(words.text, style)}" if words.text else ""
    head = make_row((Role.TOOL, f"{style.done} {words.title}"), (Role.PLAIN, text))
    return [head, *(make_row(*todo_item(item, style), hang=6) for item in items if style.max_chars is None)]


def todo_item(item: TodoItem, style: RowStyle) -> list[RoleSpan]:
    """Return one thing to do, with the sign of its state."""
    if item.status == "completed":
        return [(Role.GOOD, f"  {style.done} "), (Role.DIM, item.text)]
    if item.status == "in_progress":
        return [(Role.TOOL, f"  {style.doing} "), (Role.STRONG, item.text)]
    return [(Role.DIM, f"  {style.todo} "), (Role.PLAIN, item.text)]
