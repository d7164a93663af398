"""The text of tool calls and their results: what `tool_rows` colours, and what a pipe gets as it is. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.terminal_text import settle_lines
from observer.runs.state.conversation import images_of
from observer.runs.words.describe_conversation import describe_image
from observer.runs.words.describe_results import OutputKind, ToolOutput, extent_of, output_of
from observer.runs.words.describe_tools import UNNAMED, input_of, tool_name
from observer.runs.words.line_diff import WRITING_TOOLS
from observer.runs.words.words import duration_of
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
    """Return a call, whose words are `main` and `remark`: see `observer.runs.words.describe_tools.describe_use`."""
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
    output, sign, took = output_of(event), style.good, duration_of(event)
    if output.is_trouble:
        status = event.text("status")
        is_blocked = status == "blocked"
        sign = f"{style.blocked} blocked" if is_blocked else f"{style.bad} {status}".rstrip()
        took = "" if is_blocked else took
    text = ResultText(_title(call, style), sign, took and f" {took}")
    if output.remarks or event.has_list("images"):
        text.remarks = _remarks(event, output)
    if output.reason:
        text.reason = f"  {shorten(output.reason, style, event.seq)}"
        text.rule = output.rule and f"  rule {output.rule}"
    is_all = style.output_lines is None and output.text.strip() != output.reason.strip()
    if is_all or not (output.repeats_reason or output.kind is OutputKind.CONFIRMATION):
        _add_output(text, event, output, call, style)
    return text


def _add_output(text: ResultText, event: Event, output: ToolOutput, call: Call | None, style: RowStyle) -> None:
    """Add an excerpt of the output beside or below the first row, or how much it is."""
    is_shown_above = output.kind is OutputKind.REPORT and call is not None and call.spawned
    if (output.kind is OutputKind.COPY or is_shown_above) and output.text and style.output_lines is not None:
        text.extent = f"  {extent_of(event, output)}"
        return
    limits = style.error_lines if output.is_trouble else style.output_lines
    size = event.number("output_bytes") or len(output.text)
    shown = output.text if style.output_lines is None else settle_lines(output.text)
    lines, note = excerpt_lines(shown, limits, style, total_bytes=round(size), seq=event.seq)
    if len(lines) == 1 and len(lines[0]) <= MAX_INLINE_CHARS:
        text.beside = f"  {lines[0]}"
        return
    text.below, text.note = [f"{BELOW}{line}" for line in lines], note
    text.is_cut = limits is not None and output.kind is not OutputKind.REPORT


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


def _remarks(event: Event, output: ToolOutput) -> list[str]:
    """Return the remarks on an output, and the images beside it."""
    return [f"    {remark}" for remark in (*output.remarks, *map(describe_image, images_of(event)))]
