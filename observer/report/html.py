"""A run as one self-contained HTML page that asks nobody for anything: no network, no fonts, no build.

The run's output is hostile. Here it is cleaned and escaped; the page's script only ever sets it as text; and a policy
in the page forbids every script, style, picture, frame and request but the two that are hashed in it.
"""

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from observer.format.json import encode
from observer.format.units import format_size, pluralize
from observer.report.bundle import bundle_script, bundle_style
from observer.report.html_rows import LONGEST, Story, story
from observer.report.html_sections import overview, problems, tables
from observer.report.svg_charts import charts, thinned
from observer.report.truncate import brief
from observer.runs.run import Run
from observer.runs.timeline import SpanKind
from observer.terminal.theme import VERDICT_ROLES

SPANS = 20_000
"""Sessions and subagents in the picture."""
_SIGNS = {"heartbeat": "heartbeat", "tool_input": "tool input", "subagent_progress": "subagent update"}
_ROWS_AT_ONCE = 1000
"""Rows of the log in a piece of the page: the whole of it is many times larger than anything else here."""
_UNSAFE = [(sign.encode(), f"\\u{ord(sign):04x}".encode()) for sign in "<>&\u2028\u2029"]


def page(run: Run, now: float) -> Iterator[str]:
    """Yield, piece by piece, the page on a run as it is `now`, in seconds since 1970."""
    told, summary = story(run), run.summary()
    looks, code = bundle_style(), bundle_script()
    title = escape(f"{brief(run.state.about) or brief(run.id)} · {run.verdict}")
    yield f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy(looks, code)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{looks}</style>
</head>
<body>
<a class="skip" href="#log">Skip to the log</a>
{_bar(run, told)}
<main>
{overview(run, summary, now)}
{charts(told.timeline)}
{problems(told)}
{_timeline()}
{tables(summary)}
{_log(told)}
</main>
<script type="application/json" id="story">"""
    yield from _data(told)
    yield f"""</script>
<script type="module">{code}</script>
</body>
</html>
"""


def policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy that lets this style and this script run, and nothing else."""
    allowed = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def embedded(value: object) -> str:
    """Return a value as JSON that cannot end the element it stands in.

    >>> embedded(["</script>"])
    '["\\\\u003c/script\\\\u003e"]'
    """
    found = encode(value)
    for sign, escaped in _UNSAFE:
        found = found.replace(sign, escaped)
    return found.decode()


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _data(told: Story) -> Iterator[str]:
    """What the script draws, as JSON; its times are milliseconds since the run began."""
    yield f'{embedded(_around(told))[:-1]},"rows":['
    rows = told.rows
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        yield ("," if first else "") + embedded(rows[first : first + _ROWS_AT_ONCE])[1:-1]
    yield "]}"


def _around(told: Story) -> dict[str, object]:
    """All that the script draws but the rows of the log."""
    origin, timeline = told.origin or 0.0, told.timeline
    spans = [
        {
            "kind": span.kind, "name": brief(span.name), "line": span.line, "detail": brief(span.detail),
            "status": brief(span.status or ""), "at": _ms(span.began, origin),
            "ends": None if span.ended is None else _ms(span.ended, origin),
            "agent": told.agent_of(span.parent) if span.kind is SpanKind.SUBAGENT else 0,
        }
        for span in timeline.spans
        if span.kind is not SpanKind.TOOL
    ]  # fmt: skip
    counts = thinned([(at, float(passing)) for at, passing, _ in timeline.counts])
    return {
        "origin": told.origin,
        "began": _ms(timeline.began or origin, origin),
        "ended": _ms(timeline.ended or origin, origin),
        "agents": told.agents,
        "spans": spans[:SPANS],
        "progress": [(_ms(at, origin), value) for at, value in counts],
        "cost": [(_ms(at, origin), value) for at, value in thinned(timeline.costs)],
    }


def _ms(at: float, origin: float) -> int:
    return round((at - origin) * 1000)


def _bar(run: Run, told: Story) -> str:
    blocked = sum(row.status == "blocked" for row in told.rows)
    count = f" <b>{blocked:,}</b>" if blocked else ""
    return f"""<header class="bar"><span class="dot {VERDICT_ROLES[run.verdict]}"></span>
<code class="run">{escape(brief(run.id))}</code>
<nav aria-label="Parts of the page"><a href="#overview">Overview</a><a href="#timeline">Timeline</a>
<a href="#blocked">Blocked{count}</a><a href="#log">Log</a></nav>
<button type="button" id="theme" hidden>◐</button></header>"""


def _timeline() -> str:
    return """
<section id="timeline" aria-labelledby="timeline-title"><div class="heading"><h2 id="timeline-title">Timeline</h2>
<div class="tools" role="group" aria-label="Zoom" hidden>
<button type="button" data-do="in" aria-label="Zoom in" title="Zoom in (+)">+</button>
<button type="button" data-do="out" aria-label="Zoom out" title="Zoom out (-)">&minus;</button>
<button type="button" data-do="left" aria-label="Earlier" title="Earlier (Shift ←)">←</button>
<button type="button" data-do="right" aria-label="Later" title="Later (Shift →)">→</button>
<button type="button" data-do="fit" title="The whole run (0)">Fit</button></div></div>
<div id="picture"><p class="note">The picture of sessions, tools and subagents needs JavaScript.</p></div></section>"""


def _log(told: Story) -> str:
    signs = ", ".join(pluralize(count, _SIGNS[name]) for name, count in sorted(told.signs.items()))
    notes = [
        f"Left out are events that only say that the run lives: {signs}." if signs else "",
        f"There is so much text that each is shortened to about {format_size(told.longest)}."
        if told.longest < LONGEST
        else f"Texts longer than {format_size(LONGEST)} are shortened, and say so.",
    ]
    return f"""
<section id="log" aria-labelledby="log-title"><h2 id="log-title">Event log</h2>
<p class="note">{" ".join(note for note in notes if note)}</p>
<div id="log-view"><p class="note">The log needs JavaScript. The run file itself has every event, one a line.</p></div>
</section>"""
