"""Draws progress and cost over time as SVG, without a script. Pure."""

from collections.abc import Sequence
from html import escape

from observer.format.units import format_cost, format_count, format_duration, format_money
from observer.runs.summary.ending import Ending
from observer.runs.timeline import Timeline

MAX_POINTS = 600
"""Steps of a chart: it has no more columns."""
WIDTH, HEIGHT = 600, 120

Point = tuple[float, float]
"""A time in seconds since 1970, and a value."""
Period = tuple[float, float]
"""The start and the end of the run, in seconds since 1970."""


def thin_out(points: Sequence[Point], limit: int = MAX_POINTS) -> list[Point]:
    """Return the points that a chart of `limit` columns can show: the last one of each column.

    >>> thin_out([(0.0, 1.0), (0.1, 2.0), (9.0, 3.0)], 2)
    [(0.1, 2.0), (9.0, 3.0)]
    """
    if len(points) <= limit:
        return list(points)
    first, last = points[0][0], points[-1][0]
    step = (last - first) / limit or 1.0
    return list({int((time - first) / step): (time, value) for time, value in points}.values())


def render_charts(timeline: Timeline, ending: Ending) -> str:
    """Return the charts for which there is data, as HTML; `ending` says from where on the run is known."""
    if timeline.began is None or timeline.ended is None:
        return ""
    period = (timeline.began, timeline.ended)
    length = format_duration(timeline.ended - timeline.began)
    if ending.known_from is not None:
        scale = (f"event {ending.known_from:,}", f"{length} later")
    else:
        scale = ("start", length if ending.verdict.final or not ending.is_past else f"last event, {length}")
    zero = [(timeline.began, 0.0)] if ending.known_from is None else []
    figures: list[str] = []
    if timeline.counts:
        points = thin_out([(time, float(passing)) for time, passing, _ in timeline.counts])
        top = max(max(passing, total) for _, passing, total in timeline.counts)
        _, passing, total = timeline.counts[-1]
        caption = f"{passing:,} of {total:,} passing"
        role = "good" if passing >= total else "bad" if ending.is_past else "plain"
        figures.append(
            _figure(f"progress {role}", "Progress", caption, points, period, (float(top), f"{top:,}"), scale)
        )
    if timeline.costs:
        points = [*zero, *thin_out(timeline.costs)]
        cost = max(cost for _, cost in points)
        top_label = (cost, format_money(cost))
        spent = format_cost(points[-1][1], is_minimum=timeline.cost_is_minimum)
        figures.append(_figure("cost", "Cost", spent, points, period, top_label, scale))
    if timeline.tokens:
        counts = thin_out([(time, float(count)) for time, count in timeline.tokens])
        highest = max(count for _, count in counts)
        label = format_count(highest)
        figures.append(_figure("tokens", "Tokens", label, [*zero, *counts], period, (highest, label), scale))
    return f'<div class="charts">{"".join(figures)}</div>' if figures else ""


def _figure(
    looks: str, title: str, caption: str, points: Sequence[Point], period: Period, top: tuple[float, str],
    scale: tuple[str, str],
) -> str:  # fmt: skip
    """A chart; `top` is the largest value, and its label, `scale` labels the ends of the period."""
    line = _step_line(points, period, top[0])
    label = escape(f"{title} over time: {caption}")
    return f"""
<figure class="chart {looks}">
<figcaption><span>{title}</span> <output>{escape(caption)}</output></figcaption>
<div class="plot"><span class="top">{escape(top[1])}</span><span class="zero">0</span>
<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">
<path class="grid" d="M0 .5H{WIDTH}M0 {HEIGHT // 2}H{WIDTH}M0 {HEIGHT - 0.5}H{WIDTH}"/>
<path class="area" d="{line}V{HEIGHT}H{_x(points[0][0], period):.1f}Z"/><path class="line" d="{line}"/>
</svg></div>
<div class="scale"><span>{scale[0]}</span><span>{scale[1]}</span></div>
</figure>"""


def _step_line(points: Sequence[Point], period: Period, top: float) -> str:
    """A line in steps, as a value holds until the next one."""
    parts: list[str] = []
    for time, value in points:
        x, y = _x(time, period), HEIGHT * (1 - (min(1.0, max(0.0, value / top)) if top > 0 else 0.0))
        y = min(HEIGHT - 1.0, max(1.0, y))
        parts.append(f"H{x:.1f}V{y:.1f}" if parts else f"M{x:.1f} {y:.1f}")
    return "".join([*parts, f"H{WIDTH}"])


def _x(time: float, period: Period) -> float:
    start, end = period
    return WIDTH * (min(end, max(start, time)) - start) / ((end - start) or 1.0)
