"""`-o text`: a line for every event, whole and plain, for `grep`, `less` and logs.

2026-11-23T01:12:30.123456Z  3  tool_use          Bash  git status
"""

from observer.format.event import Event, Malformed, Record
from observer.format.lines import Oversize
from observer.format.units import format_duration, format_size, pluralize
from observer.runs.describe import tool_name
from observer.source.items import Notice, PartialLine
from observer.terminal import event_rows, tool_rows
from observer.terminal.heartbeats import in_flight
from observer.terminal.row import Row
from observer.terminal.screen import Screen
from observer.terminal.speakers import Speakers
from observer.terminal.theme import Role
from observer.terminal.view import Sink

_NO_TIME = "-"
_TYPE_CELLS = 17


class TextView:
    """Writes events to `out` a line each: time, iteration, type, what it says; what a subagent does after its name."""

    def __init__(self, out: Sink, screen: Screen, beside: Sink) -> None:
        self._out = out
        self._beside = beside
        self._screen = screen
        self._glyphs = screen.glyphs
        self._speakers = Speakers()
        self._project = ""

    def show(self, records: list[Record]) -> None:
        """Write a line for each record."""
        lines = [line for record in records if (line := self._line(record))]
        if lines:
            self._out.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))

    def context(self, records: list[Record]) -> None:
        """Remember the project's folder and the calls so far."""
        for record in records:
            if record.type in {"run_start", "tool_use"} and record.event:
                self._told(record.event)

    def rest(self, rest: PartialLine) -> None:
        """Write a last line without a newline as any other, if it is whole."""
        record = Record(rest.line)
        if record.event is not None:
            self.show([record])
        else:
            self._write(self._row(_NO_TIME, None, "torn", event_rows.torn(rest.line)))

    def notice(self, notice: Notice) -> None:
        """Say it beside."""
        said = f"observe: {self._screen.clean_line(notice.message)}\n"
        self._beside.write(said.encode("utf-8", "backslashreplace"))

    def caught_up(self) -> None:
        """Notice that nobody reads any more, although there is nothing to write."""
        self._out.check()

    def close(self) -> None:
        """Nothing is ever left open."""

    def _write(self, line: str) -> None:
        self._out.write((line + "\n").encode("utf-8", "backslashreplace"))

    def _line(self, record: Record) -> str:
        if isinstance(record.line, Oversize):
            return self._row(_NO_TIME, None, "oversize", event_rows.oversize(record.line))
        found = record.found
        if isinstance(found, Malformed):
            return self._row(_NO_TIME, None, "malformed", event_rows.malformed(found, self._glyphs))
        if found is None:
            return ""
        rows = self._told(found)
        who = f"[{self._speakers.label(found.parent)}] " if found.parent is not None else ""
        return self._row(found.timestamp or _NO_TIME, found.iteration, found.type or "event", rows, who)

    def _row(self, time: str, iteration: int | None, kind: str, rows: list[Row], who: str = "") -> str:
        said = "  ".join("".join(text for _, text in row.spans).strip() for row in rows)
        number = _NO_TIME if iteration is None else str(iteration)
        return self._screen.clean_line(f"{time}  {number}  {kind:<{_TYPE_CELLS}} {who}{said}".rstrip())

    def _told(self, event: Event) -> list[Row]:
        """What an event says; its calls and project are remembered on the way."""
        match event.type:
            case "thought" | "thinking":
                return [Row(((Role.PLAIN, event.text("text")),))]
            case "run_start":
                self._project = event.text("project_dir")
            case "session_start":
                return [Row(((Role.PLAIN, f"{event_rows.session_title(event)}  {event.text('model')}"),))]
            case "tool_use":
                main, remark = tool_rows.about(event, self._project, self._glyphs)
                self._speakers.add_call(event, main)
                return [Row(((Role.PLAIN, f"{tool_name(event.text('name'))}  {main}  {remark}"),))]
            case "tool_input":
                return [
                    Row(
                        (
                            (
                                Role.PLAIN,
                                f"{tool_name(event.text('name'))}  {format_size(event.number('bytes') or 0)} so far",
                            ),
                        )
                    )
                ]
            case "tool_result":
                return self._result(event)
            case "subagent_start":
                return [Row(((Role.PLAIN, f"{event.text('agent_type')}  {event.text('description')}"),))]
            case "subagent_progress":
                return [Row(((Role.PLAIN, event_rows.subagent_facts(event, self._glyphs)),))]
            case "subagent_complete":
                return event_rows.subagent_complete(event, self._glyphs)
            case "heartbeat":
                return [Row(((Role.PLAIN, _beat(event)),))]
        return event_rows.SIMPLE.get(event.type, event_rows.unknown)(event, self._glyphs)

    def _result(self, event: Event) -> list[Row]:
        call = self._speakers.call(event.text("tool_use_id"))
        self._speakers.end_call(event.text("tool_use_id"))
        took, output = event.number("duration_ms"), event.text("output")
        facts = [
            tool_name(event.text("name") or (call.name if call else "")),
            event.text("status"),
            format_duration(took / 1000) if took is not None else "",
            event.text("reason") or output.strip("\n").partition("\n")[0],
            f"({pluralize(output.count(chr(10)) + 1, 'line')}, "
            f"{format_size(event.number('output_bytes') or len(output))})"
            if "\n" in output.strip("\n")
            else "",
        ]
        return [Row(((Role.PLAIN, "  ".join(fact for fact in facts if fact)),))]


def _beat(event: Event) -> str:
    running = ", ".join(f"{tool_name(tool.name)} {format_duration(tool.elapsed_s)}" for tool in in_flight(event))
    state = event.text("state").replace("_", " ")
    idle = event.number("idle_s")
    return "  ".join(
        part for part in (state, running, f"idle {format_duration(idle)}" if idle is not None else "") if part
    )
