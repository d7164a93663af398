"""The panel of a run in the HTML report: features, all that went wrong, cost and context. It needs no script. Pure.

What else the panel of the live page says is in the overview and in the tables of the report. Text of the run goes
through `safe`.
"""

from observer.format.zone import Zone
from observer.report.html_text import Link, render_time, safe
from observer.runs.summary.panel import Look, Panel, PanelRow, Section, Word

_SHOWN = ("features", "problems", "spending")
_ELEMENTS = {Look.STRONG: "b", Look.CODE: "code"}


def render_panel(panel: Panel, link: Link, zone: Zone) -> str:
    """Return the panel of a run as a section of the page, each row with a link to its event."""
    rows = _Rows(panel.began, link, zone)
    sections = "".join(rows.section(section) for section in panel.sections if section.name in _SHOWN)
    if not sections:
        return ""
    return f"""
<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title" class="visually-hidden">Summary</h2>
<div class="sections">{sections}</div></section>"""


class _Rows:
    def __init__(self, began: float | None, link: Link, zone: Zone) -> None:
        self._began, self._link, self._zone = began, link, zone

    def section(self, section: Section) -> str:
        title = safe(section.title)
        rows = "".join(f"<li>{self._row(row)}</li>" for row in section.rows)
        rows = f'<ul role="list" tabindex="0" aria-label="{title}">{rows}</ul>' if rows else ""
        note = f'<p class="note">{safe(section.note)}</p>' if section.note else ""
        return f'<section class="of-{section.name}"><h3>{title}</h3>{rows}{note}</section>'

    def _row(self, row: PanelRow) -> str:
        time = render_time(self._zone.moment(row.time, self._began), row.time)
        words = f"{_words(row)} {time}"
        if row.at is None:
            return f'<span class="entry">{words}</span>'
        return f'<a class="entry" href="{self._link(row.at)}" data-at="{row.at}">{words}</a>'


def _words(row: PanelRow) -> str:
    return " ".join(map(_word, row.words))


def _word(word: Word) -> str:
    text, look = word
    element = _ELEMENTS.get(look, "span")
    names = "" if look in {*_ELEMENTS, Look.PLAIN} else f' class="status {look}"'
    return f"<{element}{names}>{safe(text)}</{element}>"
