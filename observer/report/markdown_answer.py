"""Renders what a reader of the Markdown report wants to know first: how the run ended, and what went wrong. Pure."""

from collections.abc import Iterator, Sequence

from observer.format.zone import UNKNOWN
from observer.report.answer import Answer, running_lines
from observer.report.markdown_parts import bullets, code, collapsed, table
from observer.runs.state.verdict import Verdict
from observer.runs.summary.calls import FailedCall
from observer.runs.words.describe_tools import tool_name

_SIGNS = {
    Verdict.COMPLETE: "✅", Verdict.FAILED: "❌", Verdict.CRASHED: "💥", Verdict.INTERRUPTED: "⏹️", Verdict.STALLED: "⚠️",
    Verdict.UNKNOWN: "❔", Verdict.ENDED: "❔",
}  # fmt: skip
_MAX_WHY = 500
"""Characters of the reason."""
_MAX_DETAILS = 10
"""Further lines of the run's own message."""


def render_head(answered: Answer) -> str:
    """Return the title and the reason, which a report has room for if it has any."""
    ending = answered.ending
    sign = _SIGNS.get(ending.verdict, "⏳")
    status = answered.status if answered.status == ending.verdict else code(answered.status)  # it may name a tool
    why = code(ending.why, _MAX_WHY)
    lines = [f"### {sign} {status} · run {code(answered.identity['run'])}", *(["", why] if why else [])]
    return "\n".join([*lines, ""])


def render_answer(answered: Answer) -> list[str]:
    """Return the sections that follow the head: what was running, what fails, and what went wrong."""
    ending = answered.ending
    failing = [code(name) for name in ending.failing]
    if ending.unnamed:
        failing.append(ending.unnamed)
    return [
        bullets("", [f"⚠️ {caveat}" for caveat in answered.caveats]),
        bullets("", [code(line) for line in ending.details[:_MAX_DETAILS]]),
        bullets(ending.running_title.capitalize(), map(code, running_lines(ending))),
        bullets("Features that fail", failing),
        table("Failed calls", ("time", "tool", "what", "error"), _failed(answered), shown="last"),
        table("Blocked calls", ("time", "tool", "what", "rule", "reason"), _blocked(answered), shown="last"),
        bullets("Problems", _problems(answered), shown="last"),
        collapsed("Last events", bullets("", map(code, answered.last_events), shown="last")),
    ]


def _failed(answered: Answer) -> Iterator[Sequence[str]]:
    for call in answered.ending.failed:
        error = call.error.partition("\n")[0] or call.reason
        yield answered.zone.date_time(call.at), _tool(call, answered), code(call.subject), code(error)


def _blocked(answered: Answer) -> Iterator[Sequence[str]]:
    for call in answered.ending.blocked:
        time, reason = answered.zone.date_time(call.at), code(call.reason)
        yield time, _tool(call, answered), code(call.subject), code(call.rule or ""), reason


def _tool(call: FailedCall, answered: Answer) -> str:
    """Return the tool, and the subagent that called it."""
    return " in ".join(filter(None, (code(tool_name(call.name)), code(answered.ending.agent_of(call)))))


def _problems(answered: Answer) -> Iterator[str]:
    for trouble in answered.ending.troubles:
        agent = code(answered.ending.agent_of(trouble))
        where = f"{f' in {agent}' if agent else ''}{f' (event {trouble.seq:,})' if trouble.seq is not None else ''}"
        yield f"{answered.zone.date_time(trouble.at) or UNKNOWN} {code(trouble.kind)} {code(trouble.text)}{where}"
