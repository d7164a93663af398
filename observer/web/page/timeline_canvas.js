// A canvas on which time runs from left to right: where a moment is on it, and the bars of what happened.

import { element } from "./dom.js";
import { within } from "./stack.js";
import { SIGNS } from "./labels.js";
import { isUrgent, paintBar } from "./timeline_paint.js";
import { clock, duration } from "./units.js";
import { View } from "./timeline_zoom.js";

const NEAR = 3; // pixels beside a bar that still count as the bar
const FLAG = 5; // pixels of a bar that went wrong, however short it was
const LONGEST = 160; // characters of a tip's remark

// Whoever draws on it knows its `width`, its `lanes` ({ label, bars, levels }), and what a bar is called: `wordsOf(bar)`.
export class Stage {
  constructor(shortest) {
    this.view = new View(shortest);
    this.lanes = [];
    this.chosen = this.hovered = null; // the bars that the keyboard and the pointer are at
    this.tip = element("div", { class: "tip", role: "status", hidden: true });
  }

  x(at) {
    return ((at - this.view.from) / this.view.length) * this.width;
  }

  time(x) {
    return this.view.from + (x / this.width) * this.view.length;
  }

  // When a bar ends; one that goes on, at the end of what is known.
  end(bar) {
    return bar.to ?? this.now;
  }

  laneOf(bar) {
    return this.lanes.find((lane) => lane.bars.includes(bar));
  }

  // Paint the bars that touch the stretch that is shown; of those that hide one another one, and what went wrong on top.
  paintLevel(context, level, { y, height }, look) {
    const painted = new Map(); // how far, of what went well or in which way it went wrong
    const urgent = [];
    for (const bar of within(level, this.view.from, this.view.to)) {
      const x = this.x(bar.from);
      const width = this.x(this.end(bar)) - x - (this.end(bar) > bar.from ? 0.5 : 0);
      const way = isUrgent(bar) ? bar.role : "";
      const far = painted.get(way) ?? -1;
      if (x + width <= far + 0.7) continue;
      painted.set(way, Math.max(far, x + width));
      if (way) urgent.push([bar, { x, y, width, height }]);
      else paintBar(context, bar, { x, y, width, height }, look);
    }
    for (const [bar, box] of urgent) paintBar(context, bar, box, look);
  }

  outline(context, bar, { y, height }, look) {
    const x = Math.max(-4, this.x(bar.from));
    const width = Math.max(4, Math.min(this.width + 4, this.x(this.end(bar))) - x);
    context.strokeStyle = look.colors.text;
    context.lineWidth = bar === this.chosen ? 2 : 1;
    context.strokeRect(x - 1, y - 1, width + 2, height + 2);
    context.lineWidth = 1;
  }

  // The bar of a level that is nearest to a place: what went wrong before all others, and of two on one another the upper.
  nearest(level, x) {
    let [found, least] = [null, NEAR];
    for (const bar of within(level, this.time(x - FLAG - NEAR), this.time(x + NEAR))) {
      const from = this.x(bar.from);
      const away = Math.max(0, from - x, x - Math.max(this.x(this.end(bar)), from + (isUrgent(bar) ? FLAG : 1.5)));
      if (away > NEAR) continue;
      const rank = isUrgent(bar) ? away - NEAR - 1 : away;
      if (rank <= least) [found, least] = [bar, rank];
    }
    return found;
  }

  // Fill the tip with what a bar is; `facts` are what else is known of it.
  describe(bar, facts) {
    const when = bar.kind === "mark" ? clock(bar.from) : `${clock(bar.from, 100)} · ${bar.going ? "at least " : ""}${duration(this.end(bar) - bar.from)}`;
    const [name, what] = this.wordsOf(bar);
    this.tip.replaceChildren(
      element("b", { class: `status ${bar.role || "plain"}` }, `${SIGNS.get(bar.status) ?? ""} ${name}`.trim()),
      ...(what ? [element("code", {}, what.slice(0, LONGEST))] : []),
      element("span", {}, [when, bar.status, ...facts].filter(Boolean).join(" · ")),
    );
  }
}
