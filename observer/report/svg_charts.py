"""Progress and cost over time as drawings that need no script. Pure."""

from collections.abc import Sequence
from html import escape

from observer.format.units import format_duration, format_money
from observer.runs.timeline import Timeline

POINTS = 600
"""A drawing shows no more steps than this: it is no wider."""
WIDTH, HEIGHT = 600, 120

Point = tuple[float, float]
"""A time in seconds since 1970, and what was counted then."""


def thinned(points: Sequence[Point], most: int = POINTS) -> list[Point]:
    """Return the points that a drawing of `most` columns can show: the last one of each column.

    >>> thinned([(0.0, 1.0), (0.1, 2.0), (9.0, 3.0)], 2)
    [(0.1, 2.0), (9.0, 3.0)]
    """
    if len(points) <= most:
        return list(points)
    first, last = points[0][0], points[-1][0]
    step = (last - first) / most or 1.0
    return list({int((at - first) / step): (at, value) for at, value in points}.values())


def charts(timeline: Timeline) -> str:
    """Return the figures that there is something to draw for, as HTML."""
    began, ended = timeline.began, timeline.ended
    if began is None or ended is None:
        return ""
    figures: list[str] = []
    if timeline.counts:
        passing = thinned([(at, float(count)) for at, count, _ in timeline.counts])
        total = max(max(count, of) for _, count, of in timeline.counts)
        said = f"{timeline.counts[-1][1]:,} of {timeline.counts[-1][2]:,} passing"
        figures.append(_figure("progress", "Progress", said, passing, (began, ended), (float(total), f"{total:,}")))
    if timeline.costs:
        costs = [(began, 0.0), *thinned(timeline.costs)]
        most = max(cost for _, cost in costs)
        figures.append(
            _figure("cost", "Cost", format_money(costs[-1][1]), costs, (began, ended), (most, format_money(most)))
        )
    return f'<div class="charts">{"".join(figures)}</div>' if figures else ""


def _figure(
    name: str, title: str, said: str, points: Sequence[Point], times: tuple[float, float], top: tuple[float, str]
) -> str:
    line = _line(points, times, top[0])
    took, label = format_duration(times[1] - times[0]), escape(f"{title} over time: {said}")
    return f"""
<figure class="chart {name}" data-chart="{name}">
<figcaption><span>{title}</span> <output>{escape(said)}</output></figcaption>
<div class="plot"><span class="top">{escape(top[1])}</span><span class="zero">0</span>
<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">
<path class="grid" d="M0 .5H{WIDTH}M0 {HEIGHT // 2}H{WIDTH}M0 {HEIGHT - 0.5}H{WIDTH}"/>
<path class="area" d="{line}V{HEIGHT}H{_across(points[0][0], times):.1f}Z"/><path class="line" d="{line}"/>
<path class="cursor" d=""/></svg></div>
<div class="scale"><span>start</span><span>{took}</span></div>
</figure>"""


def _line(points: Sequence[Point], times: tuple[float, float], top: float) -> str:
    """A line in steps: what was counted stays true until the next count."""
    parts: list[str] = []
    for at, value in points:
        x, y = _across(at, times), HEIGHT * (1 - (min(1.0, max(0.0, value / top)) if top > 0 else 0.0))
        y = min(HEIGHT - 1.0, max(1.0, y))
        parts.append(f"H{x:.1f}V{y:.1f}" if parts else f"M{x:.1f} {y:.1f}")
    return "".join([*parts, f"H{WIDTH}"])


def _across(at: float, times: tuple[float, float]) -> float:
    began, ended = times
    return WIDTH * (min(ended, max(began, at)) - began) / ((ended - began) or 1.0)
