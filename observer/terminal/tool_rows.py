"""Tool calls and their results as rows: the colours of `tool_text`. Pure."""

from collections.abc import Callable

from observer.format.event import Event
from observer.runs.filters.message_text import texts
from observer.runs.trouble import is_trouble
from observer.terminal.output_rows import output_lines
from observer.terminal.row import Row, Span, make_row
from observer.terminal.speakers import Call
from observer.terminal.theme import Role, RowStyle
from observer.terminal.tool_text import BELOW, ResultText, call_text, result_text


def with_match(
    rows_in: Callable[[RowStyle], list[Row]], event: Event, style: RowStyle, search: Callable[[str], bool] | None
) -> list[Row]:
    """Return the rows of an event in a style; in full if `search` finds a text only in what they would leave out."""
    rows = rows_in(style)
    if search is None or any(search("".join(text for _, text in row.spans)) for row in rows):
        return rows
    return rows_in(style.unlimited()) if any(map(search, texts(event.data))) else rows


def tool_use(event: Event, main: str, remark: str, style: RowStyle) -> list[Row]:
    """Return a call, such as `● Bash  git status`, and below it the change that it makes to a file.

    `main` and `remark` are the words of `observer.runs.words.describe_tools.describe_use`.
    """
    call = call_text(event, main, remark, style)
    first, *others = call.subject
    lines: list[list[Span]] = [[(Role.TOOL, call.title), (Role.INPUT, first)]]
    lines += [[(Role.INPUT, line)] for line in others]
    lines[-1].append((Role.DIM, call.remark))
    rows = [make_row(*spans, hang=6 if number else 4) for number, spans in enumerate(lines)]
    rows += [Row((span,), 6, style.diff_lines is not None) for span in call.changes]
    return [*rows, Row(((Role.DIM, call.missing),), 4)] if call.missing else rows


def tool_result(event: Event, call: Call | None, style: RowStyle, *, colored: bool = False) -> list[Row]:
    """Return the status and the output of a call. `call` names it, unless its row is directly above.

    If `colored`, the output has its own colours; else the sequences that set them are text like any other.
    """
    result, failed = result_text(event, call, style), is_trouble(event)
    role = Role.GOOD if not failed else Role.BLOCKED if event.text("status") == "blocked" else Role.BAD
    head = make_row(
        (Role.DIM, result.title),
        (role, result.sign),
        (Role.DIM, result.took),
        (Role.PLAIN, result.reason),
        (Role.DIM, result.rule),
        (Role.DIM, result.extent),
        *(output_lines([result.beside], Role.OUTPUT)[0] if colored else [(Role.OUTPUT, result.beside)]),
    )
    role = Role.PLAIN if failed else Role.OUTPUT
    rows = _colored(result, role) if colored else [Row(((role, line),), 4, result.is_cut) for line in result.below]
    if result.note is not None:
        rows[result.note] = make_row((Role.DIM, result.below[result.note]), hang=4)
    return [head, *rows, *(make_row((Role.DIM, remark), hang=4) for remark in result.remarks)]


def _colored(result: ResultText, role: Role) -> list[Row]:
    """Return the rows below the first one; what is left out between them ends the colour of the line before."""
    lines = [line.removeprefix(BELOW) for line in result.below]
    at = len(lines) if result.note is None else result.note
    parts = [part for part in (lines[:at], lines[at : at + 1], lines[at + 1 :]) if part]
    spans = [line for part in parts for line in output_lines(part, role)]
    return [Row(tuple(line), 0, result.is_cut, prefix=((Role.PLAIN, BELOW),)) for line in spans]
