"""What an event says, in one line. Pure."""

from observer.format.event import Event
from observer.runs.describe import compact
from observer.terminal.event_rows import SIMPLE, session_end, session_title, subagent_complete, unknown
from observer.terminal.theme import UNICODE

_SIGNS = f"{UNICODE.good}{UNICODE.bad}{UNICODE.dot}{UNICODE.retry} "
"""What stands before the words in a terminal; a page has its own."""


def headline(event: Event) -> str:
    """Return what an event says, as the terminal would, on one line.

    >>> from observer.format.lines import Line
    >>> headline(Event(Line(b"", 0), "api_retry", {"attempt": 1, "delay_ms": 551, "status": 529}))
    'retry 1 in 0.6s: 529'
    """
    match event.type:
        case "run_start":
            return event.text("about") or event.text("command")
        case "session_start":
            return " · ".join(part for part in (session_title(event), event.text("model")) if part)
        case "session_end":
            (row,) = session_end(event, UNICODE)
            return " · ".join(text.strip() for _, text in row.spans if text).removeprefix("session ")
        case "progress":
            return _progress(event)
        case "subagent_start":
            return " · ".join(part for part in (event.text("agent_type"), event.text("description")) if part)
        case "error":
            return event.text("message").partition("\n")[0] or event.text("kind")
    if event.type == "subagent_complete":
        rows = subagent_complete(event, UNICODE)
    elif event.type in SIMPLE:
        rows = SIMPLE[event.type](event, UNICODE)[:2]
    else:
        return compact(event.data) if event.data else unknown(event, UNICODE)[0].spans[0][1]
    said = ("".join(text for _, text in row.spans) for row in rows)
    return " · ".join(part.strip() for part in said if part).lstrip(_SIGNS)


def _progress(event: Event) -> str:
    passing, total = event.number("passing") or 0, event.number("total") or 0
    changed = event.data.get("changed")
    flips = [flip for flip in changed if isinstance(flip, dict)] if isinstance(changed, list) else []
    signs = (f"{UNICODE.plus if flip.get('passes') is True else UNICODE.minus}{flip.get('name')}" for flip in flips)
    return "  ".join([f"{passing:.0f}/{total:.0f} passing", *signs])
