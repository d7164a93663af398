// The header of the page: what the run is about, its verdict, progress, time and cost.

import { byId, findIn, prefersReducedMotion, setText } from "./dom.js";
import { ageOf, statusText } from "./run_status.js";
import { clean } from "./sanitize.js";
import { formatDuration } from "./units.js";
import { formatMoment } from "./zone.js";
/** @import { Run } from "./types.d.ts" */

const PARTS = [
  "verdict",
  "agent",
  "about",
  "passing",
  "elapsed",
  "cost",
  "tokens",
  "todo",
  "model",
  "run-name",
  "zone",
  "pulse",
];

export class RunHeader {
  constructor() {
    this.parts = Object.fromEntries(PARTS.map((id) => [id, byId(id)]));
    this.meter = findIn(this.parts.passing, ".meter");
    /** @type {Run | null} */
    this.run = null;
    this.todoOffset = 0; // where the list of things to do is in the file
  }

  // Show a run as the run list has it.
  /** @param {Run} run */
  show(run) {
    const { parts } = this;
    if (run.last_event !== this.run?.last_event) this.pulse();
    this.run = run;
    const { tone, agent, about, cost, tokens, progress, passing, share } = run.words;
    parts.verdict.className = `badge ${tone}`;
    setText(parts.agent, agent);
    setText(parts.about, about);
    parts.about.title = clean(about);
    setText(parts["run-name"], run.name);
    setText(parts.cost, cost);
    setText(parts.tokens, tokens);
    parts.passing.hidden = !progress;
    if (progress) {
      findIn(this.meter, "i").style.setProperty("--share", String(share));
      this.meter.setAttribute("aria-valuemax", String(run.total));
      this.meter.setAttribute("aria-valuenow", String(run.passing));
      setText(findIn(parts.passing, "output"), passing);
    }
    this.tick();
  }

  // The model, which only the lines of the run have.
  /** @param {string | null | undefined} model */
  setModel(model) {
    setText(this.parts.model, model ?? "");
  }

  // The main agent's list of things to do, which only the lines of the run have; an event further up does not change
  // it.
  /** @param {string} text @param {number} offset */
  setTodo(text, offset) {
    if (offset < this.todoOffset) return;
    this.todoOffset = offset;
    setText(this.parts.todo, text ? `to do ${text}` : "");
  }

  /** @param {string} name */
  clear(name) {
    this.run = null;
    this.todoOffset = 0;
    for (const part of ["agent", "elapsed", "cost", "tokens", "todo", "model", "zone"]) setText(this.parts[part], "");
    setText(this.parts.about, name);
    setText(this.parts["run-name"], name);
    setText(this.parts.verdict, "…");
    this.parts.passing.hidden = true;
  }

  // Show that the run is alive.
  pulse() {
    const { pulse } = this.parts;
    if (prefersReducedMotion() || pulse.classList.contains("beat")) return;
    pulse.classList.add("beat");
    findIn(pulse, ":first-child").addEventListener("animationend", () => pulse.classList.remove("beat"), {
      once: true,
    });
  }

  // Update what changes with time.
  tick() {
    const { parts, run } = this;
    if (!run) return;
    const passed = Date.now() - run.receivedAt;
    const { is_over: isOver, status } = run.words;
    setText(parts.verdict, statusText(status, isOver ? 0 : passed));
    const started = formatMoment(Date.parse(run.started ?? ""), Date.now());
    setText(parts.zone, started ? `started ${started}` : "");
    if (typeof run.elapsed_s === "number") {
      setText(parts.elapsed, formatDuration(run.elapsed_s * 1000 + (isOver ? 0 : passed)));
    }
    parts.pulse.classList.toggle("live", run.live === true && !isOver);
    setText(findIn(parts.pulse, ":last-child"), ageOf(run, passed));
    parts.pulse.title = "since the last event or heartbeat";
  }
}
