"""Renders a run as one self-contained HTML page, which loads nothing: no network, no fonts, no build.

What needs no script comes first: how the run ended, and what went wrong. Below it is the page of `observe serve`, over
rows that are in the file: `report.js` unpacks those that it shows or searches.

The output of a run is hostile. It is sanitized and escaped here, the script of the page sets it only as text, and a
Content-Security-Policy in the page forbids every script, style, image, frame and request but the two that are hashed
in it.
"""

import base64
import hashlib
import tempfile
import time
from collections.abc import Iterator
from html import escape

from observer.format.json import encode
from observer.format.zone import UTC, Zone, spans_between
from observer.report.answer import answer
from observer.report.bundle import bundle_script, bundle_style
from observer.report.contents import Contents, read_contents
from observer.report.html_answer import render_overview
from observer.report.html_panel import render_panel
from observer.report.html_problems import render_problems
from observer.report.html_tables import render_tables
from observer.report.html_text import links_to
from observer.report.row_chunks import compress
from observer.report.svg_charts import render_charts
from observer.report.truncate import truncate_line
from observer.runs.one_run.run import Run
from observer.runs.summary.ending import Ending
from observer.runs.summary.panel import Panel, make_panel
from observer.runs.summary.problems import list_problems
from observer.terminal.theme import VERDICT_ROLES

HIGHLIGHT_S = 2.0
"""Seconds in which code is highlighted, from the start of the run on; what comes later is plain."""
_MAX_NAME = 200
"""Characters of the name of the run in the URL of the page."""
_SPOOLED_BYTES = 16_000_000
"""Bytes of chunks in memory, beyond which they wait in a temporary file for the head of the page."""

_EVENTS = """
<section id="run" aria-label="Log"><div id="banner" role="status" hidden></div>
<section id="timeline" aria-label="Timeline"></section>
<div id="filter"></div>
<div id="search-progress" hidden><span class="subject"></span><span class="meter" role="progressbar"
aria-label="Progress of the search" aria-valuemin="0" aria-valuemax="100"><i></i></span>
<output aria-live="off"></output>
<button type="button" class="quiet" title="Cancel the search (Esc)">Cancel</button></div>
<section id="log" aria-label="Events" tabindex="-1"><p id="above" class="note edge" hidden></p>
<p id="needs-script" class="note">The log requires JavaScript. The run file contains every event, one per line.</p>
<p id="on-paper" class="note"></p>
<ol id="rows" aria-label="Events"></ol><p id="below" class="note edge" hidden></p>
<p id="closing" class="edge" hidden></p>
</section>
<div class="follow"><button type="button" id="to-end" hidden></button></div>
</section>"""
"""What the page of `observe serve` has for one run; a script fills it."""
_BESIDE = """<dialog id="outline" aria-labelledby="outline-title"></dialog>
<dialog id="shortcuts" aria-labelledby="shortcuts-title"></dialog>
<p id="announcements" class="visually-hidden" role="status" aria-live="polite"></p>"""


def render_html(run: Run, now: float, zone: Zone = UTC) -> Iterator[str]:
    """Yield the page in pieces; `now` is its date, in seconds since 1970, and all its times are in `zone`."""
    deadline = time.monotonic() + HIGHLIGHT_S
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES) as spool:
        contents = read_contents(
            run, zone, lambda chunk: spool.write(chunk + b"\n"), lambda: time.monotonic() > deadline
        )
        yield from _page(run, contents, now, zone)
        spool.seek(0)
        for chunk in spool:
            yield f'<script type="application/gzip" class="chunk">{chunk.decode("ascii").rstrip()}</script>\n'
    yield f"""<script type="module">{bundle_script()}</script>
</body>
</html>
"""


def _page(run: Run, contents: Contents, now: float, zone: Zone) -> Iterator[str]:
    """Yield the page without its rows and its script."""
    summary, timeline = contents.summary, contents.timeline.timeline
    answered, name = answer(run, summary, now, zone), truncate_line(run.id, _MAX_NAME)
    panel, link = make_panel(summary, run.state, answered.ending), links_to(name)
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
<a class="skip" href="#log">Skip to the events</a>
{_navigation(run, answered.ending)}
<main>
{render_overview(run, summary, answered, now)}
{render_panel(panel, link, zone)}
{render_problems(contents.problems, answered, run.state.started, link)}
{render_charts(timeline, answered.ending)}
{render_tables(summary, answered.ending)}
{_EVENTS}
</main>
{_BESIDE}
"""
    data = _data(run, name, contents, panel, answered.ending) | {
        "now": round((run.state.last_seen or now) * 1000),
        "zone": _zone(contents, zone),
    }
    yield f'<script type="application/gzip" id="report-data">{compress(encode(data)).decode("ascii")}</script>\n'


def content_security_policy(style: str, script: str) -> str:
    """Return the policy that allows this style and this script, and nothing else."""
    allowed = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _data(run: Run, name: str, contents: Contents, panel: Panel, ending: Ending) -> dict[str, object]:
    """Return what the script needs beside the rows; places are offsets in the file."""
    problems = list_problems(contents.summary, ending)
    return {
        "run": name,
        "size": run.size,
        "over": ending.verdict.final,
        "closing": panel.closing,
        "problems": [problem.offset for problem in problems],
        "events": panel.events,
        "chunks": contents.chunks,
        "timeline": contents.timeline.as_json(),
    }


def _zone(contents: Contents, zone: Zone) -> dict[str, object]:
    """Return the zone of the page: its offsets during the run, and from which times (ms since 1970) they hold."""
    timeline = contents.timeline.timeline
    began = timeline.began or 0.0
    spans = spans_between(zone, began, timeline.ended or began)
    return {"name": zone.name, "spans": [(span.begin * 1000, span.offset, span.label) for span in spans]}


def _navigation(run: Run, ending: Ending) -> str:
    blocked = len(ending.blocked)
    count = f" <b>{blocked:,}</b>" if blocked else ""
    return f"""<header class="bar"><span class="dot {VERDICT_ROLES[run.verdict]}"></span>
<code class="run-name">{escape(truncate_line(run.id))}</code>
<nav aria-label="Sections of the page"><a href="#overview">Overview</a><a href="#blocked">Blocked{count}</a>
<a href="#tables">Tables</a><a href="#run">Log</a></nav>
<span class="tools" hidden><button type="button" id="open-outline" class="quiet" aria-haspopup="dialog"
title="Outline of the run (O)">Outline</button><button type="button" id="theme" class="quiet">◐</button><button
type="button" id="help" class="quiet" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">?</button></span>
</header>"""
