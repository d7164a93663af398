// The head of the page: who works on what, how it stands, how far it has come.

import { byId, reduced, say } from "./dom.js";
import { clean } from "./sanitize.js";
import { agentTitle, isOver, progress, roleOfVerdict, said, share } from "./describe.js";
import { age, duration, money } from "./units.js";

export class Head {
  constructor() {
    this.parts = Object.fromEntries(["verdict", "agent", "about", "passing", "elapsed", "cost", "model", "run-name", "pulse"].map((id) => [id, byId(id)]));
    this.meter = this.parts.passing.querySelector(".meter");
    this.seen = null;
  }

  // A run as the list tells it.
  show(run) {
    const { parts } = this;
    if (run.last_event && run.last_event !== this.run?.last_event) this.beat(Date.parse(run.last_event));
    this.run = run;
    parts.verdict.className = `badge ${roleOfVerdict(run.verdict)}`;
    say(parts.agent, agentTitle(run.agent_type, run.iteration));
    say(parts.about, run.about || run.name);
    parts.about.title = clean(run.about || "");
    say(parts["run-name"], run.name);
    say(parts.cost, typeof run.cost_usd === "number" ? money(run.cost_usd) : "");
    const counted = progress(run);
    parts.passing.hidden = !counted;
    if (counted) {
      this.meter.firstChild.style.setProperty("--share", share(run));
      this.meter.setAttribute("aria-valuemax", run.total);
      this.meter.setAttribute("aria-valuenow", run.passing);
      say(parts.passing.querySelector("output"), `${counted} passing`);
    }
    document.title = clean([sign(run), (run.about || run.name).slice(0, 100), counted && `· ${counted}`].filter(Boolean).join(" "));
    this.tick();
  }

  // What only the run's own lines tell.
  know({ model }) {
    say(this.parts.model, model ?? "");
  }

  clear(name) {
    this.run = null;
    this.seen = null;
    for (const part of ["agent", "elapsed", "cost", "model"]) say(this.parts[part], "");
    say(this.parts.about, name);
    say(this.parts["run-name"], name);
    say(this.parts.verdict, "…");
    this.parts.passing.hidden = true;
  }

  // A sign of life: one quiet beat.
  beat(at) {
    this.seen = Math.max(this.seen ?? 0, Number.isNaN(at) ? 0 : at);
    const { pulse } = this.parts;
    if (reduced.matches || pulse.classList.contains("beat")) return;
    pulse.classList.add("beat");
    pulse.firstElementChild.addEventListener("animationend", () => pulse.classList.remove("beat"), { once: true });
  }

  // What grows by itself.
  tick() {
    const { parts, run } = this;
    if (!run) return;
    const passed = Date.now() - run.heard;
    say(parts.verdict, said(run, passed));
    if (typeof run.elapsed_s === "number") say(parts.elapsed, duration(run.elapsed_s * 1000 + (isOver(run) ? 0 : passed)));
    parts.pulse.classList.toggle("live", run.live === true && !isOver(run));
    if (this.seen) say(parts.pulse.lastElementChild, age(Date.now() - this.seen));
    parts.pulse.title = "since the last sign of life";
  }
}

const sign = (run) => (run.verdict === "complete" ? "✓" : isOver(run) || run.verdict === "stalled" ? "✗" : "●");
