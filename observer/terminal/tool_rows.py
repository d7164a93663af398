"""Tool calls and their results as rows. Pure."""

from collections.abc import Callable

from observer.format.event import Event
from observer.format.sanitize import settle_lines
from observer.format.units import format_size, pluralize
from observer.runs.describe_tools import count_lines, input_of, tool_name, tool_of
from observer.runs.message_text import texts
from observer.runs.trouble import is_trouble
from observer.runs.words import duration_of
from observer.terminal.conversation_rows import attachments
from observer.terminal.diff import diff_rows
from observer.terminal.row import Row, Span, excerpt, make_row, shorten
from observer.terminal.speakers import Call
from observer.terminal.theme import Role, RowStyle

MAX_ABOUT_CHARS = 48
"""Characters of a call that are repeated beside a result that does not follow the call directly."""
MAX_INLINE_CHARS = 48
"""Characters of a one-line output that is shown beside the status rather than below it."""
_SILENT_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit", "TodoWrite"})
"""Tools whose output only confirms their success."""
_PROSE_TOOLS = frozenset({"Task", "Agent"})
"""Tools whose output is prose, which is wrapped rather than truncated."""
_COUNTED_TOOLS = frozenset({"Read", "NotebookRead", "Task", "Agent"})
"""Tools whose output repeats a file or what the subagent wrote: only its size is shown."""


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

    `main` and `remark` are the words of `observer.runs.describe_tools.describe_use`.
    """
    name = event.text("name")
    first, *others = shorten(main, style).strip("\n").split("\n")
    head = (Role.TOOL, f"{style.tool} {tool_name(tool_of(event))}")
    lines: list[list[Span]] = [[head, (Role.INPUT, f"  {first}" if first else "")]]
    lines += [[(Role.INPUT, f"    {line}")] for line in others]
    lines[-1].append((Role.DIM, f"  {remark}" if remark else ""))
    rows = [make_row(*spans, hang=4 if number == 0 else 6) for number, spans in enumerate(lines)]
    return rows + diff_rows(name, input_of(event), style)


def tool_result(event: Event, call: Call | None, style: RowStyle) -> list[Row]:
    """Return the status and the output of a call. `call` names it, unless its row is directly above."""
    rows = _result(event, call, style)
    if path := event.text("output_file"):
        rows.append(make_row((Role.DIM, f"    full output in {path}"), hang=4))
    return rows + attachments(event, style)


def _result(event: Event, call: Call | None, style: RowStyle) -> list[Row]:
    head = _head(event, call, style)
    reason, output = event.words("reason"), event.words("output")
    if style.output_lines is not None:
        output = settle_lines(output)
    if reason:
        rule = event.text("rule")
        head += [(Role.PLAIN, f"  {shorten(reason, style)}"), (Role.DIM, f"  rule {rule}" if rule else "")]
        if reason in output:
            output = ""
    failed = is_trouble(event)
    size = event.number("output_bytes") or len(output)
    if not failed and event.text("name") in _SILENT_TOOLS:
        return [make_row(*head)]
    if not failed and event.text("name") in _COUNTED_TOOLS and output and style.output_lines is not None:
        return [make_row(*head, (Role.DIM, f"  {pluralize(count_lines(output), 'line')}, {format_size(size)}"))]
    return _with_output(head, event, output, round(size), failed=failed, style=style)


def _head(event: Event, call: Call | None, style: RowStyle) -> list[Span]:
    """Return the first row of a result: the call if necessary, the status and the duration."""
    name = ""
    if call is not None:
        about = _short_about(call, style)
        name = f"{tool_name(call.name)}{f'  {about}' if about else ''}  "
    duration = "" if event.text("status") == "blocked" else duration_of(event)
    sign, role = _sign(event, style)
    return [
        (Role.DIM, f"{style.result} {name}"),
        (role, sign),
        (Role.DIM, f" {duration}" if duration else ""),
    ]


def _sign(event: Event, style: RowStyle) -> tuple[str, Role]:
    status = event.text("status")
    if not is_trouble(event):
        return style.good, Role.GOOD
    if status == "blocked":
        return f"{style.blocked} blocked", Role.BLOCKED
    return f"{style.bad} {status}".rstrip(), Role.BAD


def _short_about(call: Call, style: RowStyle) -> str:
    """Return what a call is about, on one line; only the first characters if the call itself was shown."""
    line = call.about.strip().partition("\n")[0]
    limit = style.max_chars if style.max_chars is None or not call.is_shown else MAX_ABOUT_CHARS
    return line if limit is None or len(line) <= limit else f"{line[:limit]}{style.ellipsis}"


def _with_output(head: list[Span], event: Event, output: str, size: int, *, failed: bool, style: RowStyle) -> list[Row]:
    """Return the head, with an excerpt of the output beside or below it."""
    limits = style.error_lines if failed else style.output_lines
    role = Role.PLAIN if failed else Role.OUTPUT
    lines = excerpt(output, limits, total_bytes=size, role=role, ellipsis=style.ellipsis)
    if len(lines) == 1 and len(lines[0][1]) <= MAX_INLINE_CHARS:
        return [make_row(*head, (Role.OUTPUT, f"  {lines[0][1]}"))]
    truncate = limits is not None and event.text("name") not in _PROSE_TOOLS
    below = [Row(((role, f"    {line}"),), 4, truncate and role is not Role.DIM) for role, line in lines]
    return [make_row(*head), *below]
