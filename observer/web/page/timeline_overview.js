// The whole run as a strip above the picture: how many worked when, where it went wrong, and what the picture shows.

import { element } from "./dom.js";

const HIGH = 36;

export class Overview {
  constructor(picture) {
    this.picture = picture;
    this.canvas = element("canvas", { class: "strip", "aria-hidden": "true" });
    picture.painted = () => this.paint();
    const { view } = picture;
    const go = (event) => {
      const at = view.least + (event.offsetX / picture.width) * (view.most - view.least);
      view.pan(at - (view.from + view.to) / 2);
      picture.later();
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) go(event);
    });
  }

  // How many bars there are in each column, and which columns have something blocked or failed in them.
  count(width) {
    const { view, lanes } = this.picture;
    const changes = new Int32Array(width + 2);
    this.alarms = new Map();
    const column = (at) => Math.min(width, Math.max(0, Math.floor(((at - view.least) / (view.most - view.least)) * width)));
    for (const bar of lanes.flatMap((lane) => lane.bars)) {
      if (bar.kind === "session") continue;
      changes[column(bar.from)] += 1;
      changes[column(bar.to) + 1] -= 1;
      if (bar.role === "blocked" || (bar.role === "bad" && this.alarms.get(column(bar.from)) !== "blocked")) this.alarms.set(column(bar.from), bar.role);
    }
    let now = 0;
    this.busy = Array.from({ length: width }, (_, at) => (now += changes[at]));
    this.most = this.busy.reduce((most, one) => Math.max(most, one), 1);
  }

  paint() {
    const { picture } = this;
    const { width, scale, colors, view } = picture;
    if (!width || !colors) return;
    if (this.busy?.length !== width) this.count(width);
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = HIGH * scale;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    context.fillStyle = colors["tool-7"];
    for (const [at, busy] of this.busy.entries()) {
      const height = busy ? Math.max(3, (Math.sqrt(busy / this.most)) * (HIGH - 10)) : 0;
      context.fillRect(at, HIGH - height, 1, height);
    }
    for (const [at, role] of this.alarms) {
      context.fillStyle = colors[role];
      context.fillRect(at - 1, 2, 2.5, 6);
    }
    const whole = view.most - view.least;
    if (view.length >= whole - 1) return;
    const [from, to] = [view.from, view.to].map((at) => ((at - view.least) / whole) * width);
    context.fillStyle = colors.text;
    context.globalAlpha = 0.16;
    context.fillRect(0, 0, from, HIGH);
    context.fillRect(to, 0, width - to, HIGH);
    context.globalAlpha = 1;
    context.strokeStyle = colors.accent;
    context.lineWidth = 1.5;
    context.strokeRect(from + 0.75, 0.75, Math.max(3, to - from - 1.5), HIGH - 1.5);
  }
}
