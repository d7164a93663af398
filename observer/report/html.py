"""Renders a run as one self-contained HTML page, which loads nothing: no network, no fonts, no build.

The output of a run is hostile. It is sanitized and escaped here, the script of the page sets it only as text, and a
Content-Security-Policy in the page forbids every script, style, image, frame and request but the two that are hashed
in it.
"""

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from observer.format.json import encode
from observer.format.units import format_size, pluralize
from observer.format.zone import UTC, Zone, spans_between
from observer.report.answer import answer
from observer.report.bundle import bundle_script, bundle_style
from observer.report.html_answer import render_overview
from observer.report.html_panel import render_closing, render_panel
from observer.report.html_problems import render_problems
from observer.report.html_rows import MAX_TEXT, LogRows, build_rows
from observer.report.html_tables import render_tables
from observer.report.svg_charts import render_charts, thin_out
from observer.report.truncate import truncate_line
from observer.runs.run import Run
from observer.runs.summary.ending import Ending
from observer.runs.summary.panel import make_panel
from observer.runs.timeline import SpanKind
from observer.terminal.theme import VERDICT_ROLES

MAX_SPANS = 20_000
"""Sessions and subagents in the timeline."""
_COUNTED_NOUNS = {
    "heartbeat": "heartbeat", "tool_input": "tool input", "subagent_progress": "subagent update", "message": "message",
}  # fmt: skip
_ROWS_AT_ONCE = 1000
"""Rows in one piece of the page: all of them together are far larger than the rest."""
_UNSAFE = [(character.encode(), f"\\u{ord(character):04x}".encode()) for character in "<>&\u2028\u2029"]


def render_html(run: Run, now: float, zone: Zone = UTC) -> Iterator[str]:
    """Yield the page in pieces; `now` is its date, in seconds since 1970, and all its times are in `zone`."""
    log, summary = build_rows(run, zone)
    answered = answer(run, summary, now, zone)
    panel = make_panel(summary, run.state, answered.ending)
    style, script = bundle_style(), bundle_script()
    title = escape(f"{truncate_line(run.state.about) or truncate_line(run.id)} · {run.verdict}")
    yield f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{content_security_policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#log">Skip to the log</a>
{_navigation(run, answered.ending)}
<main>
{render_overview(run, summary, answered, now)}
{render_panel(panel, run.line_at, zone)}
{render_problems(log, answered)}
{render_charts(log.timeline, answered.ending)}
{_timeline_section()}
{render_tables(summary, answered.ending)}
{_log_section(log, render_closing(panel))}
</main>
<script type="application/json" id="report-data">"""
    yield from _data(log, zone, answered.ending.unended)
    yield f"""</script>
<script type="module">{script}</script>
</body>
</html>
"""


def content_security_policy(style: str, script: str) -> str:
    """Return the policy that allows this style and this script, and nothing else."""
    allowed = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def embed_json(value: object) -> str:
    """Return a value as JSON that cannot end the element that contains it.

    >>> embed_json(["</script>"])
    '["\\\\u003c/script\\\\u003e"]'
    """
    encoded = encode(value)
    for character, escaped in _UNSAFE:
        encoded = encoded.replace(character, escaped)
    return encoded.decode()


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _data(log: LogRows, zone: Zone, unended: str) -> Iterator[str]:
    """The data of the script as JSON, in pieces; its times are milliseconds since the run started."""
    yield f'{embed_json(_data_without_rows(log, zone) | {"unended": unended})[:-1]},"rows":['
    rows = log.rows
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        yield ("," if first else "") + embed_json(rows[first : first + _ROWS_AT_ONCE])[1:-1]
    yield "]}"


def _data_without_rows(log: LogRows, zone: Zone) -> dict[str, object]:
    origin, timeline = log.origin or 0.0, log.timeline
    spans = [
        {
            "kind": span.kind, "name": truncate_line(span.name), "line": span.line,
            "detail": truncate_line(span.detail), "status": truncate_line(span.status or ""),
            "start": _to_ms(span.began, origin), "end": None if span.ended is None else _to_ms(span.ended, origin),
            "agent": log.agent_index(span.parent) if span.kind is SpanKind.SUBAGENT else 0,
        }
        for span in timeline.spans
        if span.kind is not SpanKind.TOOL
    ]  # fmt: skip
    progress = thin_out([(time, float(passing)) for time, passing, _ in timeline.counts])
    return {
        "origin": log.origin,
        "zone": {
            "name": zone.name,
            "spans": [
                (span.begin * 1000, span.offset, span.label)
                for span in spans_between(zone, timeline.began or origin, timeline.ended or origin)
            ],
        },
        "start": _to_ms(timeline.began or origin, origin),
        "end": _to_ms(timeline.ended or origin, origin),
        "agents": log.agents,
        "spans": spans[:MAX_SPANS],
        "progress": [(_to_ms(time, origin), passing) for time, passing in progress],
        "cost": [(_to_ms(time, origin), cost) for time, cost in thin_out(timeline.costs)],
        "tokens": [(_to_ms(time, origin), count) for time, count in thin_out(_as_points(timeline.tokens))],
    }


def _as_points(counts: list[tuple[float, int]]) -> list[tuple[float, float]]:
    return [(time, float(count)) for time, count in counts]


def _to_ms(time: float, origin: float) -> int:
    return round((time - origin) * 1000)


def _navigation(run: Run, ending: Ending) -> str:
    blocked = len(ending.blocked)
    count = f" <b>{blocked:,}</b>" if blocked else ""
    return f"""<header class="bar"><span class="dot {VERDICT_ROLES[run.verdict]}"></span>
<code class="run">{escape(truncate_line(run.id))}</code>
<nav aria-label="Sections of the page"><a href="#overview">Overview</a><a href="#timeline">Timeline</a>
<a href="#blocked">Blocked{count}</a><a href="#log">Log</a></nav>
<button type="button" id="theme" hidden>◐</button></header>"""


def _timeline_section() -> str:
    return """
<section id="timeline" aria-labelledby="timeline-title"><div class="heading"><h2 id="timeline-title">Timeline</h2>
<div class="tools" role="group" aria-label="Zoom" hidden>
<button type="button" data-do="in" aria-label="Zoom in" title="Zoom in (+)">+</button>
<button type="button" data-do="out" aria-label="Zoom out" title="Zoom out (-)">&minus;</button>
<button type="button" data-do="left" aria-label="Earlier" title="Earlier (Shift ←)">←</button>
<button type="button" data-do="right" aria-label="Later" title="Later (Shift →)">→</button>
<button type="button" data-do="fit" title="The whole run (0)">Fit</button></div></div>
<div id="timeline-view"><p class="note">The timeline of sessions, tools and subagents requires JavaScript.</p></div>
</section>"""


def _log_section(log: LogRows, closing: str) -> str:
    counts = {name: pluralize(count, _COUNTED_NOUNS[name]) for name, count in sorted(log.counted.items())}
    messages = counts.pop("message", "")
    notes = [
        f"Not shown, as they only indicate that the run is alive: {', '.join(counts.values())}." if counts else "",
        f"The figures of {messages} are with their texts, and summed up in the table of tokens." if messages else "",
        f"Because the run is large, each text is truncated to about {format_size(log.text_limit)}."
        if log.text_limit < MAX_TEXT
        else f"Texts longer than {format_size(MAX_TEXT)} are truncated.",
    ]
    return f"""
<section id="log" aria-labelledby="log-title"><h2 id="log-title">Event log</h2>
<p class="note">{" ".join(note for note in notes if note)}</p>
<div id="log-view"><p class="note">The log requires JavaScript. The run file contains every event, one per line.</p>
</div>{closing}</section>"""
