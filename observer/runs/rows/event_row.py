"""Makes the row of any event: what a view shows of it, in the words of `observer.runs.words.describe`. Pure.

A row is made of one event and nothing else, so a page, a filter or a stream may begin anywhere.
"""

from collections.abc import Iterable

from observer.format.event import Event, Malformed
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_size
from observer.format.zone import UTC
from observer.runs.rows.call_rows import (
    call_row,
    input_row,
    open_call_blocks,
    open_result_blocks,
    result_row,
    status_spans,
    subagent_row,
)
from observer.runs.rows.markdown_tree import markdown_blocks
from observer.runs.rows.row_blocks import (
    MAX_CHARS,
    ON_PAGE,
    Limits,
    Room,
    cut_title,
    field_blocks,
    output_blocks,
    todo_block,
)
from observer.runs.rows.row_types import Block, Note, Output, Row, Span, Tone
from observer.runs.rows.text_rows import message_row, piece_row, prompt_row
from observer.runs.state.conversation import PROMPT_TYPES, failed_servers, prompt_of, todo_of
from observer.runs.trouble import is_trouble
from observer.runs.words.describe import blocked_calls, changed_features, count_blocked, describe
from observer.runs.words.words import Words, present

MAX_CHANGED = 12
"""Features that are named at once."""
_ERROR_LINES: Limits = (3, 12)
_PREVIEW_CHARS = 200
_ENDS_CALLS = frozenset({"session_start", "session_end", "complete"})
_TIMES = {"run_start": "", "rate_limit": "resets_at"}
"""The types whose words contain a time, and the field that has it; empty for that of the event."""


def make_row(event: Event, *, project: str = "", is_open: bool = False, room: Room = ON_PAGE) -> Row:
    """Return the row of an event; file names inside the directory `project` are relative to it.

    With `is_open`, the row shows all of the event that there is `room` for.
    """
    row = _frame(event)
    match event.type:
        case "tool_use":
            return call_row(event, row, project, is_open=is_open, room=room)
        case "tool_input":
            return input_row(event, row)
        case "tool_result":
            return result_row(event, row, is_open=is_open, room=room)
        case "thought" | "thinking":
            return piece_row(event, row)
        case "message":
            return message_row(event, row)
        case "subagent_start" | "subagent_progress" | "subagent_complete" if event.text("tool_use_id"):
            return subagent_row(event, row, is_open=is_open)
    if event.type in PROMPT_TYPES and (prompt := prompt_of(event)) is not None:
        return prompt_row(prompt, row, is_open=is_open)
    return _plain_row(event, row, is_open=is_open)


def open_blocks(event: Event, project: str = "") -> list[Block]:
    """Return the blocks of the row that shows all of an event."""
    match event.type:
        case "tool_use":
            return open_call_blocks(event)
        case "tool_result":
            return open_result_blocks(event)
    return make_row(event, project=project, is_open=True).blocks


def text_row(pieces: Iterable[Event]) -> Row | None:
    """Return the row of a text that is complete, joined from its pieces: the blocks are its tree. None without any."""
    texts, row = list[str](), None
    for piece in pieces:
        row = row or piece_row(piece, _frame(piece))
        texts.append(piece.words("text"))
    if row is None:
        return None
    row.text = None
    row.blocks = markdown_blocks("".join(texts))
    return row


def malformed_row(line: Malformed, *, is_open: bool = False) -> Row:
    """Return the row of a line without an event."""
    title: list[Span] = [f"malformed line: {line.reason}, {format_size(line.length)}"]
    preview = line.preview if is_open else line.preview[:_PREVIEW_CHARS]
    return Row("malformed", label="malformed", title=title, tone=Tone.BAD, trouble=True, blocks=[Output([preview])],
               folded=len(preview) < len(line.preview))  # fmt: skip


def long_row(length: int, type_: str | None, seq: int | None) -> Row:
    """Return the row of a line that is too long to be sent unasked; its type and number if they are known."""
    kind = (type_ or "").replace("_", " ")
    words = " · ".join(present(kind, f"line of {format_size(length)}"))
    return Row("long", seq=seq, label="long line", title=[f"{words}, too long to load automatically"], folded=True)


def _frame(event: Event) -> Row:
    kind, time = event.type or "event", parse_timestamp(event.timestamp)
    return Row(
        kind, event.seq, None if time is None else round(time * 1000), event.parent, event.iteration,
        label=kind.replace("_", " "), trouble=is_trouble(event),
        ends_calls=event.type in _ENDS_CALLS,
    )  # fmt: skip


def _plain_row(event: Event, row: Row, *, is_open: bool) -> Row:
    """Return the row of an event that needs no more than its words."""
    words = describe(event)
    row.title, row.facts, row.tone = _title(words, row.label), _facts(event, words), _tone(event, row)
    row.blocks = _all_blocks(event) if is_open else _blocks(event, words)
    if event.type in {"run_start", "session_start"}:
        row.about = event.text("model") or None
    elif event.type == "todo" and todo_of(event):
        row.about = words.line()
    elif event.type in {"session_end", "complete"}:
        row.status = status_spans(event.text("outcome") or "ended")
    row.folded = not is_open and bool(event.data) and event.type != "progress"
    return row


def _all_blocks(event: Event) -> list[Block]:
    return [todo_block(todo_of(event))] if event.type == "todo" else field_blocks(event.data)


def _title(words: Words, label: str) -> list[Span]:
    title: list[Span] = [(words.title, "strong")] if words.title.replace("_", " ") not in {"", label} else []
    text = cut_title(words.text)
    return [*title, f": {text}" if title else text] if text else title


def _blocked_call(subject: str, rule: str) -> list[Span]:
    """Return a call that was blocked and by which rule, with something between them also where no looks are shown."""
    shown = cut_title(subject)
    return [f"{shown} · ", (f"rule {rule}", "faint")] if rule else [shown]


def _tone(event: Event, row: Row) -> Tone:
    if event.type == "complete":
        outcome = event.text("outcome")
        return Tone.GOOD if outcome == "success" else Tone.BAD if outcome == "failed" else Tone.WARNING
    if not row.trouble:
        return Tone.PLAIN
    return Tone.BAD if event.type in {"error", "session_end"} else Tone.WARNING


def _facts(event: Event, words: Words) -> list[list[Span]]:
    """Return the facts of an event; a time in them can be shown in another zone."""
    failed = set(failed_servers(event)) if event.type == "session_start" else set[str]()
    facts = [fact for fact in words.facts if fact.removeprefix("MCP server ") not in failed]
    if event.type == "progress":
        return []
    field = _TIMES.get(event.type)
    if field is None:
        return [[fact] for fact in facts]
    time = parse_timestamp(event.text(field) if field else event.timestamp)
    shown = UTC.date_time(time)
    return [_with_time(fact, shown, time) for fact in facts]


def _with_time(fact: str, shown: str, time: float | None) -> list[Span]:
    before, time_text, after = fact.partition(shown) if shown and time is not None else (fact, "", "")
    if not time_text or time is None:
        return [fact]
    return [span for span in (before, (shown, "time", str(round(time * 1000))), after) if span]


def _blocks(event: Event, words: Words) -> list[Block]:
    match event.type:
        case "session_start":
            return [Note([f"✗ MCP server {server}"], Tone.BAD) for server in failed_servers(event)]
        case "progress":
            features = changed_features(event)
            return [Note([name], Tone.GOOD if passes else Tone.BAD) for passes, name in features[:MAX_CHANGED]]
        case "complete":
            calls = blocked_calls(event)
            notes = [Note(_blocked_call(call.subject, call.rule), Tone.BLOCKED) for call in calls[:MAX_CHANGED]]
            return [Note([count_blocked(calls)], Tone.BLOCKED), *notes] if calls else []
        case "run_start" | "todo":
            return []
    details = "\n".join(words.details)[:MAX_CHARS]
    return output_blocks(details, _ERROR_LINES)[0] if details else []
