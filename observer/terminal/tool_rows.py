"""Tool calls and their results as rows. Pure."""

from observer.format.event import Event
from observer.format.units import format_size, pluralize
from observer.runs.describe import duration_of
from observer.runs.describe_tools import count_lines, tool_name
from observer.terminal.diff import diff_rows
from observer.terminal.row import Row, Span, excerpt, row, shortened
from observer.terminal.speakers import Call
from observer.terminal.theme import Glyphs, Role

ABOUT = 48
"""Characters of a call that are repeated beside a result which does not follow it at once."""

_QUIET_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit", "TodoWrite"})
_PROSE_TOOLS = frozenset({"Task", "Agent"})
_COUNTED_TOOLS = frozenset({"Read", "NotebookRead", "Task", "Agent"})
"""Their outputs say again what stands in a file or was told by the subagent itself."""


def tool_use(event: Event, main: str, remark: str, glyphs: Glyphs) -> list[Row]:
    """The head of a call, `● Bash  git status`, and below it what it changes in a file."""
    name, given = event.text("name"), event.data.get("input")
    first, *others = shortened(main, glyphs).strip("\n").split("\n")
    head = (Role.TOOL, f"{glyphs.tool} {tool_name(name) or 'tool'}")
    texts: list[list[Span]] = [[head, (Role.INPUT, f"  {first}" if first else "")]]
    texts += [[(Role.INPUT, f"    {line}")] for line in others]
    texts[-1].append((Role.DIM, f"  {remark}" if remark else ""))
    rows = [row(*spans, hang=4 if number == 0 else 6) for number, spans in enumerate(texts)]
    return rows + (diff_rows(name, given, glyphs) if isinstance(given, dict) else [])


def tool_result(event: Event, call: Call | None, glyphs: Glyphs) -> list[Row]:
    """How a call ended and how its output begins. `call` is given when the result does not stand below it."""
    duration = duration_of(event)
    status = event.text("status")
    sign, role = _signed(status, glyphs)
    name = ""
    if call is not None:
        what = shortened_about(call, glyphs)
        name = f"{tool_name(call.name)}{f'  {what}' if what else ''}  "
    head: list[Span] = [
        (Role.DIM, f"{glyphs.result} {name}"),
        (role, sign),
        (Role.DIM, f" {duration}" if duration else ""),
    ]
    reason = event.text("reason")
    if reason:
        head.append((Role.PLAIN, f"  {shortened(reason, glyphs)}"))
    output = "" if reason and reason in event.text("output") else event.text("output")
    return _with_output(head, event, output, failed=status != "success", glyphs=glyphs)


def _signed(status: str, glyphs: Glyphs) -> tuple[str, Role]:
    if status == "success":
        return glyphs.good, Role.GOOD
    if status == "blocked":
        return f"{glyphs.blocked} blocked", Role.BLOCKED
    return f"{glyphs.bad} {status}".rstrip(), Role.BAD


def shortened_about(call: Call, glyphs: Glyphs) -> str:
    """Return what a call is about, on one line and short."""
    first = call.about.strip().partition("\n")[0]
    return first if len(first) <= ABOUT else f"{first[:ABOUT]}{glyphs.ellipsis}+{len(first) - ABOUT:,}"


def _with_output(head: list[Span], event: Event, output: str, *, failed: bool, glyphs: Glyphs) -> list[Row]:
    name = event.text("name")
    total = event.number("output_bytes") or len(output)
    kept = event.text("output_file")
    whole = f"whole in {kept}" if kept else ""
    if not failed and name in _QUIET_TOOLS:
        return [row(*head)]
    if not failed and name in _COUNTED_TOOLS and output and glyphs.lines is not None:
        count = f"  {pluralize(count_lines(output), 'line')}, {format_size(total)}"
        return [row(*head, (Role.DIM, count))]
    most = glyphs.error_lines if failed else glyphs.lines
    role = Role.PLAIN if failed else Role.OUTPUT
    lines = excerpt(output, kept=most, total=round(total), role=role, glyphs=glyphs)
    if len(lines) == 1 and len(lines[0][1]) <= ABOUT:
        rows = [row(*head, (Role.OUTPUT, f"  {lines[0][1]}"))]
    else:
        cut = most is not None and name not in _PROSE_TOOLS
        rows = [row(*head)]
        rows += [Row(((role, f"    {line}"),), 4, cut and role is not Role.DIM) for role, line in lines]
    if whole:
        rows.append(row((Role.DIM, f"    {whole}"), hang=4))
    return rows
