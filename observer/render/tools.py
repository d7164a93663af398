"""Tool calls and their results as rows. Pure."""

from typing import Any

from observer.event import Event
from observer.render.change import change
from observer.render.rows import Row, Span, excerpt, row, shortened
from observer.render.speakers import Call
from observer.render.style import Glyphs, Role
from observer.render.telling import telling, tool_name
from observer.render.units import duration, plural, size

ABOUT = 48
"""Characters of a call that are repeated beside a result which does not follow it at once."""

_QUIET_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit", "TodoWrite"})
_PROSE_TOOLS = frozenset({"Task", "Agent"})
_COUNTED_TOOLS = frozenset({"Read", "NotebookRead", "Task", "Agent"})
"""Their outputs say again what stands in a file or was told by the subagent itself."""


def about(event: Event, project: str, glyphs: Glyphs) -> tuple[str, str]:
    """Return what a call is about, and a remark."""
    given: Any = event.data.get("input")
    return telling(event.text("name"), given if isinstance(given, dict) else {}, project, glyphs)


def tool_use(event: Event, main: str, remark: str, glyphs: Glyphs) -> list[Row]:
    """The head of a call, `● Bash  git status`, and below it what it changes in a file."""
    first, *others = shortened(main, glyphs).strip("\n").split("\n")
    spans: list[Span] = [
        (Role.TOOL, f"{glyphs.tool} {tool_name(event.text('name')) or 'tool'}"),
        (Role.INPUT, f"  {first}" if first else ""),
    ]
    rows = [row(*spans, hang=4)] + [row((Role.INPUT, f"    {line}"), hang=6) for line in others]
    if remark:
        rows[-1] = row(*rows[-1].spans, (Role.DIM, f"  {remark}"), hang=4)
    given: Any = event.data.get("input")
    return rows + (change(event.text("name"), given, glyphs) if isinstance(given, dict) else [])


def tool_result(event: Event, call: Call | None, glyphs: Glyphs) -> list[Row]:
    """How a call ended and how its output begins. `call` is given when the result does not stand below it."""
    took = event.number("duration_ms")
    time = f" {duration(took / 1000)}" if took is not None else ""
    status = event.text("status")
    sign, role = {
        "success": (glyphs.good, Role.GOOD),
        "blocked": (f"{glyphs.blocked} blocked", Role.BLOCKED),
    }.get(status, (f"{glyphs.bad} {status}".rstrip(), Role.BAD))
    name = ""
    if call is not None:
        what = shortened_about(call, glyphs)
        name = f"{tool_name(call.name)}{f'  {what}' if what else ''}  "
    head: list[Span] = [(Role.DIM, f"{glyphs.result} {name}"), (role, sign), (Role.DIM, time)]
    reason = event.text("reason")
    if reason:
        head.append((Role.PLAIN, f"  {shortened(reason, glyphs)}"))
    output = "" if reason and reason in event.text("output") else event.text("output")
    return _with_output(head, event, output, failed=status != "success", glyphs=glyphs)


def shortened_about(call: Call, glyphs: Glyphs) -> str:
    """Return what a call is about, on one line and short."""
    first = call.about.strip().partition("\n")[0]
    return first if len(first) <= ABOUT else first[:ABOUT] + glyphs.ellipsis


def _with_output(head: list[Span], event: Event, output: str, *, failed: bool, glyphs: Glyphs) -> list[Row]:
    name = event.text("name")
    total = event.number("output_bytes") or len(output)
    kept = event.text("output_file")
    whole = f"whole in {kept}" if kept else ""
    if not failed and name in _QUIET_TOOLS:
        return [row(*head)]
    if not failed and name in _COUNTED_TOOLS and output and glyphs.lines is not None:
        count = f"  {plural(output.count(chr(10)) + (not output.endswith(chr(10))), 'line')}, {size(total)}"
        return [row(*head, (Role.DIM, count))]
    most = glyphs.error_lines if failed else glyphs.lines
    role = Role.PLAIN if failed else Role.OUTPUT
    lines = excerpt(output, kept=most, total=round(total), role=role, glyphs=glyphs)
    rows = [row(*head)]
    if len(lines) == 1 and len(lines[0].spans[0][1]) <= ABOUT:
        rows = [row(*head, (Role.OUTPUT, "  " + lines[0].spans[0][1]))]
    else:
        prose = name in _PROSE_TOOLS
        rows += [_indented(line, wrapped=prose) for line in lines]
    if whole:
        rows.append(row((Role.DIM, f"    {whole}"), hang=4))
    return rows


def _indented(line: Row, *, wrapped: bool) -> Row:
    spans = tuple((role, "    " + text) for role, text in line.spans)
    return Row(spans, 4, verbatim=line.verbatim and not wrapped)
