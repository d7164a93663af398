"""Tool calls and their results as rows. Pure."""

from typing import Any

from observer.event import Event
from observer.render.rows import Row, Span, excerpt, row, shortened
from observer.render.speakers import Call
from observer.render.style import Glyphs, Role
from observer.render.telling import telling, tool_name
from observer.render.units import duration, plural, size

SHOWN_LINES = 4
ERROR_LINES = 12
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
    """The head of a call: `● Bash  git status`."""
    first, *others = shortened(main, glyphs.ellipsis).strip("\n").split("\n")
    spans: list[Span] = [
        (Role.TOOL, f"{glyphs.tool} {tool_name(event.text('name')) or 'tool'}"),
        (Role.INPUT, f"  {first}" if first else ""),
    ]
    rows = [row(*spans, hang=4)] + [row((Role.INPUT, f"    {line}"), hang=6) for line in others]
    if remark:
        rows[-1] = row(*rows[-1].spans, (Role.DIM, f"  {remark}"), hang=4)
    return rows


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
        head.append((Role.PLAIN, f"  {shortened(reason, glyphs.ellipsis)}"))
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
    if not failed and name in _COUNTED_TOOLS and output:
        count = f"  {plural(output.count(chr(10)) + (not output.endswith(chr(10))), 'line')}, {size(total)}"
        return [row(*head, (Role.DIM, count))]
    lines, missing = excerpt(
        output,
        lines=ERROR_LINES if failed else SHOWN_LINES,
        total=round(total),
        role=Role.PLAIN if failed else Role.OUTPUT,
        ellipsis=glyphs.ellipsis,
    )
    rows = [row(*head)]
    if len(lines) == 1 and not missing and len(lines[0].spans[0][1]) <= ABOUT:
        rows = [row(*head, (Role.OUTPUT, "  " + lines[0].spans[0][1]))]
    else:
        verbatim = name not in _PROSE_TOOLS
        rows += [Row(tuple((role, "    " + text) for role, text in line.spans), 4, verbatim) for line in lines]
    remark = ", ".join(part for part in (missing, whole) if part)
    if remark:
        rows.append(row((Role.DIM, f"    {remark}"), hang=4))
    return rows
