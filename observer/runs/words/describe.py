"""Describes events in words, the same in every view and report; `tests/rows.json` shows each. Pure.

Views add layout and colour, nothing else. A tool call is described in `describe_tools`, its result in
`describe_results`, a verdict in `describe_status`, what belongs to a conversation with the model in
`describe_conversation`.
"""

from collections.abc import Callable

from msgspec import Struct

from observer.format.event import Event, Malformed
from observer.format.fields import compact
from observer.format.glyphs import UNICODE, Glyphs
from observer.format.line import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_count, format_duration, format_size, pluralize
from observer.format.zone import UTC, Zone
from observer.runs.state.conversation import PROMPT_TYPES, prompt_of
from observer.runs.state.in_flight import asked_for, running_tools
from observer.runs.state.tokens import describe_parts, describe_total, tokens_of
from observer.runs.trouble import ALARMING, blocked_items
from observer.runs.words.describe_conversation import (
    describe_message,
    describe_prompt,
    describe_session_end,
    describe_session_start,
    describe_text,
    describe_todo_list,
)
from observer.runs.words.describe_results import describe_result
from observer.runs.words.describe_tools import describe_use, tool_name, tool_of
from observer.runs.words.words import Words, amount_of, cost_of, duration_of, present


class BlockedCall(Struct, frozen=True):
    """A refused call as `complete` lists it: the command, or the tool's name, and the rule that refused it."""

    subject: str
    rule: str


def describe(event: Event, *, project: str = "", glyphs: Glyphs = UNICODE, zone: Zone = UTC) -> Words:
    """Return an event in words; file names inside the directory `project` are relative to it, times are in `zone`.

    >>> describe(Event(Line(b"", 0), "session_end", {"outcome": "success", "turns": 3})).line()
    'session success · 3 turns'
    """
    kind = event.type
    if kind == "tool_use":
        subject, remark = describe_use(event, project, glyphs)
        return Words(tool_name(tool_of(event)), subject, (remark,) if remark else ())
    if kind in PROMPT_TYPES and (prompt := prompt_of(event)) is not None:
        return describe_prompt(prompt)
    if kind == "progress":
        return Words(describe_count(event), "", tuple(text for _, text in changed_features(event, glyphs)))
    if kind in _WITH_TIMES:
        return _WITH_TIMES[kind](event, zone)
    return _BY_TYPE.get(kind, _unknown)(event)


def describe_stalled(seconds: float) -> str:
    """Return a sentence about a stall that is over."""
    return f"stalled for {format_duration(seconds)}: no sign of life or of progress before this"


def describe_broken(line: Malformed | Oversize) -> str:
    """Return a sentence about a line that holds no event."""
    if isinstance(line, Malformed):
        return f"malformed line at byte {line.offset}: {line.reason}"
    return f"oversize line at byte {line.offset}: {format_size(line.length)}, too long to show"


def describe_truncated(line: Line | Oversize) -> str:
    """Return a sentence about a last line without its newline."""
    length = len(line.data) if isinstance(line, Line) else line.length
    return f"incomplete last line at byte {line.offset}: {format_size(length)} without a newline"


def describe_count(event: Event) -> str:
    """Return the number of passing features, such as `3/20 passing`; "?" is a number that is not known."""
    counts = (event.count(key) for key in ("passing", "total"))
    return f"{'/'.join('?' if count is None else str(count) for count in counts)} passing"


def changed_features(event: Event, glyphs: Glyphs = UNICODE) -> list[tuple[bool, str]]:
    """Return, for each feature that changed, whether it passes now, and its name with a sign."""
    return [
        (passes, f"{glyphs.plus if passes else glyphs.minus}{feature.text('name')}")
        for feature in event.items("changed")
        for passes in [feature.flag("passes")]
    ]


def blocked_calls(event: Event) -> list[BlockedCall]:
    """Return the refused calls of a run, which its `complete` event lists."""
    return [
        BlockedCall(call.words("command") or tool_name(tool_of(call)), call.words("rule"))
        for call in blocked_items(event)
    ]


def count_blocked(calls: list[BlockedCall]) -> str:
    """Return the number of refused calls, such as `2 calls blocked`."""
    return f"{pluralize(len(calls), 'call')} blocked"


def describe_origins(event: Event) -> list[str]:
    """Return which run a run continues, and which source a recorder took it from."""
    sources = (("resumed from", event.text("resumed_from")), ("recorded from", event.text("recorded_from")))
    return [f"{how} {source}" for how, source in sources if source]


def describe_writer(event: Event) -> str:
    """Return the process that writes the file, and its machine."""
    pid, host = event.number("pid"), event.text("host")
    return f"pid {pid:.0f}{f' on {host}' if host else ''}" if pid is not None else host


def _run_start(event: Event, zone: Zone) -> Words:
    started = zone.date_time(parse_timestamp(event.timestamp))
    facts = present(event.text("model"), event.text("project_dir"), describe_writer(event), started)
    details = present(event.words("command"), *describe_origins(event))
    return Words(f"run {event.run or ''}".strip(), event.text("about"), facts, details)


def _complete(event: Event) -> Words:
    calls = blocked_calls(event)
    tokens = describe_parts(tokens_of(event))
    facts = present(duration_of(event), cost_of(event), tokens, event.text("project_dir"))
    details = [count_blocked(calls), *("  ".join(present(call.subject, call.rule)) for call in calls)] if calls else []
    return Words(event.text("outcome") or "ended", event.words("message"), facts, tuple(details))


def _tool_input(event: Event) -> Words:
    size = format_size(event.number("bytes") or 0)
    return Words(tool_name(tool_of(event)), "", (f"{size} of input so far",))


def _subagent_start(event: Event) -> Words:
    return Words(event.text("agent_type") or "subagent", event.words("description"))


def _subagent_progress(event: Event) -> Words:
    return Words("", "", subagent_facts(event))


def _subagent_complete(event: Event) -> Words:
    return Words(f"subagent {event.text('status') or 'ended'}", "", subagent_facts(event))


def _heartbeat(event: Event) -> Words:
    idle = event.number("idle_s")
    tools = (f"{tool_name(tool.name)} {format_duration(tool.elapsed_s)}" for tool in running_tools(event))
    so_far = cost_of(event), describe_total(tokens_of(event))
    facts = present(asked_for(event), *tools, f"idle {format_duration(idle)}" if idle is not None else "", *so_far)
    return Words(event.text("state").replace("_", " "), "", facts)


def _error(event: Event) -> Words:
    first, _, others = event.words("message").partition("\n")
    details = [line for text in (others, event.words("traceback")) for line in text.split("\n") if line]
    return Words(event.text("kind") or "error", first, (), tuple(details))


def _info(event: Event) -> Words:
    kind = event.text("kind")
    return Words(kind.replace("_", " ") if kind in ALARMING else "", event.words("message"))


def _api_retry(event: Event) -> Words:
    attempt, limit, delay, status = (event.number(key) for key in ("attempt", "max_retries", "delay_ms", "status"))
    count = f" {attempt:.0f}" + (f"/{limit:.0f}" if limit is not None else "") if attempt is not None else ""
    after = f" in {format_duration(delay / 1000)}" if delay is not None else ""
    reason = present(f"{status:.0f}" if status is not None else "", event.words("error"))
    return Words(f"retry{count}{after}", " ".join(reason))


def _rate_limit(event: Event, zone: Zone) -> Words:
    used, until = event.number("utilization"), event.text("resets_at")
    facts = present(
        event.text("limit").replace("_", " "),
        f"{used:.0%} used" if used is not None else "",
        f"resets {zone.date_time(parse_timestamp(until)) or until}" if until else "",
    )
    return Words(f"rate limit {event.text('status').replace('_', ' ')}".rstrip(), "", facts)


def _compaction(event: Event) -> Words:
    before = event.number("tokens_before")
    facts = present(event.text("trigger"), f"{format_count(before)} tokens before" if before is not None else "")
    return Words("conversation compacted", "", facts)


def _unknown(event: Event) -> Words:
    return Words(event.type or "event", compact(event.data) if event.data else "")


_WITH_TIMES: dict[str, Callable[[Event, Zone], Words]] = {"run_start": _run_start, "rate_limit": _rate_limit}

_BY_TYPE: dict[str, Callable[[Event], Words]] = {
    "session_start": describe_session_start,
    "session_end": describe_session_end,
    "complete": _complete,
    "thought": describe_text,
    "thinking": describe_text,
    "message": describe_message,
    "todo": describe_todo_list,
    "tool_input": _tool_input,
    "tool_result": describe_result,
    "subagent_start": _subagent_start,
    "subagent_progress": _subagent_progress,
    "subagent_complete": _subagent_complete,
    "heartbeat": _heartbeat,
    "error": _error,
    "info": _info,
    "api_retry": _api_retry,
    "compaction": _compaction,
}


def subagent_facts(event: Event) -> tuple[str, ...]:
    """Return a subagent's totals so far: time, tool calls, tokens, and the tool that it used last."""
    tokens = event.number("tokens")
    return present(
        duration_of(event),
        amount_of(event, "tool_uses", "tool"),
        f"{format_count(tokens)} tokens" if tokens is not None else "",
        tool_name(event.text("last_tool")),
    )
