"""Events into rows: what each type says, whoever says it and however wide the screen is. Pure."""

from collections.abc import Callable

from observer.format.event import Event, Malformed
from observer.format.lines import Line, Oversize
from observer.format.units import format_count, format_duration, format_money, format_size, pluralize
from observer.runs.describe import compact, tool_name
from observer.terminal.row import Row, Span, row, shortened
from observer.terminal.theme import Glyphs, Role

BAR = 24
"""Cells of a progress bar."""

BLOCKED_SHOWN = 10
"""Refused calls that the end of a run lists."""
ALARMING = frozenset({"stuck", "crashed", "unsafe", "backoff", "rate_limited"})
"""Kinds of `info` that somebody who looks after the run should not miss."""
OUTCOME_ROLES = {"success": Role.GOOD, "interrupted": Role.WARNING}


def run_start(event: Event, glyphs: Glyphs) -> list[Row]:
    """The header of a run."""
    pid, host = event.number("pid"), event.text("host")
    where = f"pid {pid:.0f}{f' on {host}' if host else ''}" if pid is not None else host
    facts = _dotted(glyphs, event.text("model"), event.text("project_dir"), where, _date(event))
    resumed = event.text("resumed_from")
    rows = [
        row((Role.STRONG, f"run {event.run or ''}".strip())),
        row((Role.PLAIN, shortened(event.text("about"), glyphs)), hang=0),
        row((Role.DIM, facts), hang=0),
        row((Role.DIM, shortened(event.text("command"), glyphs)), hang=0),
        row((Role.DIM, f"resumed from {resumed}" if resumed else ""), hang=0),
    ]
    return [found for found in rows if found.spans]


def session_title(event: Event) -> str:
    """What a session is called: `Initializer Agent`, `Coding Agent, iteration 3`, `Agent`."""
    kind = event.text("agent_type")
    iteration = event.number("iteration") or event.iteration
    if kind == "CODING":
        return "Coding Agent" + (f", iteration {iteration:.0f}" if iteration is not None else "")
    return "Initializer Agent" if kind == "INITIALIZER" else "Agent"


def session_end(event: Event, glyphs: Glyphs) -> list[Row]:
    """How a session ended, with its cost."""
    outcome = event.text("outcome") or "ended"
    turns, took, cost = (event.number(key) for key in ("turns", "duration_ms", "cost_usd"))
    facts = _dotted(
        glyphs,
        f"{turns:.0f} {'turn' if turns == 1 else 'turns'}" if turns is not None else "",
        format_duration(took / 1000) if took is not None else "",
        format_money(cost) if cost is not None else "",
    )
    role = OUTCOME_ROLES.get(outcome, Role.BAD)
    return [row((role, f"session {outcome}"), (Role.DIM, f"  {facts}" if facts else ""))]


def complete(event: Event, glyphs: Glyphs) -> list[Row]:
    """The footer of a run, below its rule."""
    took, cost = event.number("duration_ms"), event.number("cost_usd")
    facts = _dotted(
        glyphs,
        format_duration(took / 1000) if took is not None else "",
        format_money(cost) if cost is not None else "",
        event.text("project_dir"),
    )
    rows = [
        row((Role.PLAIN, shortened(event.text("message"), glyphs)), hang=0),
        row((Role.DIM, facts), hang=0),
        *_blocked(event, glyphs),
    ]
    return [found for found in rows if found.spans]


def _blocked(event: Event, glyphs: Glyphs) -> list[Row]:
    """All that was refused in the run, one row each."""
    listed = event.data.get("blocked")
    calls = [call for call in listed if isinstance(call, dict)] if isinstance(listed, list) else []
    if not calls:
        return []
    rows = [row((Role.BLOCKED, f"{glyphs.blocked} {pluralize(len(calls), 'call')} blocked"))]
    shown = len(calls) if glyphs.chars is None else BLOCKED_SHOWN
    for call in calls[:shown]:
        what = shortened(str(call.get("command") or call.get("name") or ""), glyphs)
        rule = call.get("rule")
        rows.append(row((Role.PLAIN, f"  {what}"), (Role.DIM, f"  {rule}" if rule else ""), hang=4))
    if len(calls) > shown:
        rows.append(row((Role.DIM, f"  {glyphs.ellipsis} and {len(calls) - shown} more")))
    return rows


def progress(event: Event, glyphs: Glyphs) -> list[Row]:
    """The bar, the count, and what flipped."""
    passing, total = event.number("passing") or 0, event.number("total") or 0
    full = round(BAR * min(1.0, max(0.0, passing / total))) if total > 0 else 0
    spans: list[Span] = [
        (Role.GOOD, glyphs.full * full),
        (Role.DIM, glyphs.empty * (BAR - full)),
        (Role.STRONG, f" {passing:.0f}/{total:.0f} passing"),
    ]
    changed = event.data.get("changed")
    for flip in changed if isinstance(changed, list) else []:
        if isinstance(flip, dict):
            passes = flip.get("passes") is True
            sign = glyphs.plus if passes else glyphs.minus
            spans.append((Role.GOOD if passes else Role.BAD, f"  {sign}{flip.get('name')}"))
    return [row(*spans)]


def error(event: Event, glyphs: Glyphs) -> list[Row]:
    """What went wrong."""
    kind, message = event.text("kind"), event.text("message")
    first, _, others = message.partition("\n")
    rows = [
        row(
            (Role.BAD, f"{glyphs.bad} {kind or 'error'}"),
            (Role.PLAIN, "  " + shortened(first, glyphs) if first else ""),
        )
    ]
    trace = "\n".join(part for part in (others, event.text("traceback")) if part).strip("\n")
    rows += [Row(((Role.DIM, "  " + line),), 0, verbatim=True) for line in trace.split("\n") if line]
    return rows


def info(event: Event, glyphs: Glyphs) -> list[Row]:
    """Something worth knowing, and some of it worth a warning."""
    if event.text("kind") in ALARMING:
        sign = f"{glyphs.retry} {event.text('kind').replace('_', ' ')}"
        said = shortened(event.text("message"), glyphs)
        return [row((Role.WARNING, sign), (Role.PLAIN, f"  {said}" if said else ""))]
    return [row((Role.DIM, f"{glyphs.dot} {shortened(event.text('message'), glyphs)}"))]


def api_retry(event: Event, glyphs: Glyphs) -> list[Row]:
    """The API is asked again."""
    attempt, most, delay, status = (event.number(key) for key in ("attempt", "max_retries", "delay_ms", "status"))
    count = f" {attempt:.0f}" + (f"/{most:.0f}" if most is not None else "") if attempt is not None else ""
    after = f" in {format_duration(delay / 1000)}" if delay is not None else ""
    why = " ".join(part for part in (f"{status:.0f}" if status is not None else "", event.text("error")) if part)
    why = f": {shortened(why, glyphs)}" if why else ""
    return [row((Role.WARNING, f"{glyphs.retry} retry{count}{after}"), (Role.DIM, why))]


def rate_limit(event: Event, glyphs: Glyphs) -> list[Row]:
    """The rate limit changed state, unless all it says is that there is nothing to say."""
    used = event.number("utilization")
    if event.text("status") == "allowed" and used is None:
        return []
    until = event.text("resets_at")
    facts = _dotted(
        glyphs,
        event.text("limit"),
        f"{used:.0%} used" if used is not None else "",
        f"resets {until}" if until else "",
    )
    return [
        row(
            (Role.WARNING, f"{glyphs.retry} rate limit {event.text('status')}".rstrip()),
            (Role.DIM, f"  {facts}" if facts else ""),
        )
    ]


def compaction(event: Event, glyphs: Glyphs) -> list[Row]:
    """The conversation was shortened."""
    before = event.number("tokens_before")
    facts = _dotted(
        glyphs, event.text("trigger"), f"{format_count(before)} tokens before" if before is not None else ""
    )
    return [row((Role.DIM, f"{glyphs.dot} conversation compacted{f' ({facts})' if facts else ''}"))]


def subagent_complete(event: Event, glyphs: Glyphs) -> list[Row]:
    """A subagent ended, with its totals."""
    status = event.text("status") or "ended"
    good = status == "completed"
    sign = glyphs.good if good else glyphs.bad
    facts = subagent_facts(event, glyphs)
    return [
        row(
            (Role.GOOD if good else Role.BAD, f"{sign} subagent {status}"),
            (Role.DIM, f"  {facts}" if facts else ""),
        )
    ]


def subagent_facts(event: Event, glyphs: Glyphs) -> str:
    """A subagent's totals so far: time, tools, tokens."""
    took, tools, tokens = (event.number(key) for key in ("duration_ms", "tool_uses", "tokens"))
    return _dotted(
        glyphs,
        format_duration(took / 1000) if took is not None else "",
        f"{tools:.0f} {'tool' if tools == 1 else 'tools'}" if tools is not None else "",
        f"{format_count(tokens)} tokens" if tokens is not None else "",
        tool_name(event.text("last_tool")),
    )


def unknown(event: Event, glyphs: Glyphs) -> list[Row]:
    """A type this version does not know, or an event of quite another program."""
    return [
        row(
            (Role.LABEL, event.type or "event"),
            (Role.DIM, "  " + shortened(compact(event.data), glyphs) if event.data else ""),
        )
    ]


def malformed(found: Malformed, glyphs: Glyphs) -> list[Row]:
    """A line that is no event."""
    cut = found.length > len(found.preview)
    preview = f"{found.preview}{glyphs.ellipsis} ({format_size(found.length)})" if cut else found.preview
    return [row((Role.DIM, f"malformed line at byte {found.offset}: {found.reason}  {preview}"))]


def oversize(found: Oversize) -> list[Row]:
    """A line too long to keep."""
    return [row((Role.WARNING, f"oversize line at byte {found.offset}: {format_size(found.length)}, too long to show"))]


def torn(found: Line | Oversize) -> list[Row]:
    """A line that its writer did not finish."""
    length = len(found.data) if isinstance(found, Line) else found.length
    return [row((Role.WARNING, f"torn line at byte {found.offset}: {format_size(length)} without an end"))]


SIMPLE: dict[str, Callable[[Event, Glyphs], list[Row]]] = {
    "run_start": run_start,
    "session_end": session_end,
    "complete": complete,
    "progress": progress,
    "error": error,
    "info": info,
    "api_retry": api_retry,
    "rate_limit": rate_limit,
    "compaction": compaction,
}
"""The types that need nothing but themselves to be shown."""


def _dotted(glyphs: Glyphs, *facts: str) -> str:
    return f" {glyphs.dot} ".join(fact for fact in facts if fact)


def _date(event: Event) -> str:
    stamp = event.timestamp or ""
    return f"{stamp[:10]} {stamp[11:19]}Z" if len(stamp) > 19 else ""  # noqa: PLR2004 - date, T, time
