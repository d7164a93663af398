"""The text of tool calls and their results: what `tool_rows` colours, and what a pipe gets as it is. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.sanitize import settle_lines
from observer.runs.describe_tools import UNNAMED, describe_extent, input_of, tool_name
from observer.runs.line_diff import WRITING_TOOLS
from observer.runs.trouble import is_trouble
from observer.runs.words import duration_of
from observer.terminal.conversation_rows import attachments
from observer.terminal.diff import diff_spans
from observer.terminal.row import Span, cut_lines, excerpt_lines, shorten
from observer.terminal.speakers import Call
from observer.terminal.theme import RowStyle

MAX_ABOUT_CHARS = 48
"""Characters of a call that are repeated beside a result that does not follow the call directly."""
MAX_INLINE_CHARS = 48
"""Characters of a one-line output that is shown beside the status rather than below it."""
BELOW = "    "
"""What precedes the lines of an output."""
_SILENT_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit", "TodoWrite"})
"""Tools whose output only confirms their success."""
_PROSE_TOOLS = frozenset({"Task", "Agent"})
"""Tools whose output is prose, which is wrapped rather than truncated."""
_COUNTED_TOOLS = frozenset({"Read", "NotebookRead", "Task", "Agent"})
"""Tools whose output repeats a file or what the subagent wrote: only its size is shown."""


class CallText(Struct, gc=False):
    """A call in parts: the tool, the lines of its subject, a remark on it, and the change that it makes to a file."""

    title: str
    subject: list[str]
    remark: str
    changes: list[Span]
    missing: str
    """How many lines of the change are left out; empty if none are."""

    def lines(self, style: RowStyle) -> list[str]:
        """Return the lines for a pipe."""
        lines = [f"{self.title}{self.subject[0]}", *self.subject[1:]]
        lines[-1] += self.remark
        if self.changes:
            changes = [line for _, line in self.changes]
            lines += changes if style.diff_lines is None else cut_lines(changes, style)
        return [*lines, self.missing] if self.missing else lines


class ResultText(Struct, gc=False):
    """A result in parts: its first row, from `title` to `beside`, and the rows below it."""

    title: str
    sign: str
    took: str
    reason: str = ""
    rule: str = ""
    extent: str = ""
    beside: str = ""
    below: list[str] = []
    note: int | None = None
    """The index of the line `below` that says how many are missing."""
    is_cut: bool = False
    """Whether the other lines `below` are truncated at the edge of a screen."""
    remarks: list[str] = []

    def lines(self, style: RowStyle) -> list[str]:
        """Return the lines for a pipe."""
        head = f"{self.title}{self.sign}{self.took}{self.reason}{self.rule}{self.extent}{self.beside}"
        return [head, *(cut_lines(self.below, style) if self.is_cut else self.below), *self.remarks]


def call_text(event: Event, main: str, remark: str, style: RowStyle) -> CallText:
    """Return a call, whose words are `main` and `remark`: see `observer.runs.describe_tools.describe_use`."""
    name = event.text("name")
    title = f"{style.tool} {tool_name(name or UNNAMED)}"
    main = shorten(main, style, event.seq).strip("\n")
    if "\n" in main:
        first, *others = main.split("\n")
        subject = [first and f"  {first}", *(f"    {line}" for line in others)]
    else:
        subject = [main and f"  {main}"]
    changes, missing = diff_spans(name, input_of(event), style, event.seq) if name in WRITING_TOOLS else ([], "")
    return CallText(title, subject, remark and f"  {remark}", changes, missing)


def result_text(event: Event, call: Call | None, style: RowStyle) -> ResultText:
    """Return the status and the output of a call. `call` names it, unless its row is directly above."""
    failed, name = is_trouble(event), event.text("name")
    sign, is_blocked = style.good, False
    if failed:
        status = event.text("status")
        is_blocked = status == "blocked"
        sign = f"{style.blocked} blocked" if is_blocked else f"{style.bad} {status}".rstrip()
    took = "" if is_blocked else duration_of(event)
    text = ResultText(_title(call, style), sign, took and f" {took}", remarks=_remarks(event))
    output = event.words("output") if style.output_lines is None else settle_lines(event.words("output"))
    if reason := event.words("reason"):
        rule = event.text("rule")
        text.reason, text.rule = f"  {shorten(reason, style, event.seq)}", rule and f"  rule {rule}"
        output = "" if reason in output else output
    if failed or name not in _SILENT_TOOLS:
        _add_output(text, event, output, style, failed=failed)
    return text


def _add_output(text: ResultText, event: Event, output: str, style: RowStyle, *, failed: bool) -> None:
    """Add an excerpt of the output beside or below the first row."""
    name, size = event.text("name"), event.number("output_bytes") or len(output)
    if not failed and name in _COUNTED_TOOLS and output and style.output_lines is not None:
        text.extent = f"  {describe_extent(name, output, event.number('output_bytes'))}"
        return
    limits = style.error_lines if failed else style.output_lines
    lines, note = excerpt_lines(output, limits, total_bytes=round(size), ellipsis=style.ellipsis, seq=event.seq)
    if len(lines) == 1 and len(lines[0]) <= MAX_INLINE_CHARS:
        text.beside = f"  {lines[0]}"
        return
    text.below, text.note = [f"{BELOW}{line}" for line in lines], note
    text.is_cut = limits is not None and name not in _PROSE_TOOLS


def _title(call: Call | None, style: RowStyle) -> str:
    if call is None:
        return f"{style.result} "
    about = _short_about(call, style)
    return f"{style.result} {tool_name(call.name)}  {about}  " if about else f"{style.result} {tool_name(call.name)}  "


def _short_about(call: Call, style: RowStyle) -> str:
    """Return what a call is about, on one line; only the first characters if the call itself was shown."""
    line = call.about.strip().partition("\n")[0]
    limit = style.max_chars if style.max_chars is None or not call.is_shown else MAX_ABOUT_CHARS
    return line if limit is None or len(line) <= limit else f"{line[:limit]}{style.ellipsis}"


def _remarks(event: Event) -> list[str]:
    """Return where the whole output is, and what belongs to the result beside its output."""
    path = event.text("output_file")
    return [f"    {note}" for note in ([f"full output in {path}"] if path else []) + attachments(event)]
