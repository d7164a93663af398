"""The panel of a run in the HTML report: features, all that went wrong, cost and context. It needs no script. Pure.

What else the panel of the live page says is in the overview and in the tables of the report. Text of the run goes
through `safe`.
"""

from collections.abc import Callable

from observer.format.zone import Zone
from observer.report.html_text import render_time, safe
from observer.runs.summary.panel import Panel, PanelRow, Section, Tone, Word

_SHOWN = ("features", "problems", "spending")
_ELEMENTS = {Tone.STRONG: "b", Tone.CODE: "code"}

LineOf = Callable[[int], int | None]
"""Returns the number of the line that begins at an offset, None if there is no event."""


def render_panel(panel: Panel, line_of: LineOf, zone: Zone) -> str:
    """Return the panel of a run as a section of the page, each row with a link to its line."""
    rows = _Rows(panel.began, line_of, zone)
    sections = "".join(rows.section(section) for section in panel.sections if section.name in _SHOWN)
    if not sections:
        return ""
    return f"""
<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title" class="visually-hidden">Summary</h2>
<div class="sections">{sections}</div></section>"""


def render_closing(panel: Panel) -> str:
    """Return the row that closes the log of a run that is over; empty if it is not."""
    return "" if panel.closing is None else f'<p class="closing">{_words(panel.closing)}</p>'


class _Rows:
    def __init__(self, began: float | None, line_of: LineOf, zone: Zone) -> None:
        self._began, self._line_of, self._zone = began, line_of, zone

    def section(self, section: Section) -> str:
        title = safe(section.title)
        rows = "".join(f"<li>{self._row(row)}</li>" for row in section.rows)
        rows = f'<ul role="list" tabindex="0" aria-label="{title}">{rows}</ul>' if rows else ""
        note = f'<p class="note">{safe(section.note)}</p>' if section.note else ""
        return f'<section class="of-{section.name}"><h3>{title}</h3>{rows}{note}</section>'

    def _row(self, row: PanelRow) -> str:
        time = render_time(self._zone.moment(row.time, self._began), row.time)
        line = None if row.at is None else self._line_of(row.at)
        words = f"{_words(row)} {time}"
        if line is None:
            return f'<span class="entry">{words}</span>'
        return f'<a class="entry" href="#L{line}">{words}</a>'


def _words(row: PanelRow) -> str:
    return " ".join(map(_word, row.words))


def _word(word: Word) -> str:
    text, tone = word
    element = _ELEMENTS.get(tone, "span")
    look = "" if tone in {*_ELEMENTS, Tone.PLAIN} else f' class="status {tone}"'
    return f"<{element}{look}>{safe(text)}</{element}>"
