// The list of runs, live.

import { get } from "./api.js";
import { arrange, byId, element, framed, say } from "./dom.js";
import { clean } from "./sanitize.js";
import { agentTitle, isOver, progress, roleOfVerdict, said, share } from "./describe.js";
import { Stream } from "./event_stream.js";
import { age, money, plural } from "./units.js";

const PAGE = 200;

export class Runs {
  // `changed(run)` hears of each run that is told; `gone(name)`, `link(state, wait)`, `listed()` of the rest.
  constructor(heard) {
    this.heard = heard;
    this.runs = new Map(); // by name
    this.items = new Map(); // elements by name
    this.chosen = null;
    this.list = byId("run-list");
    this.older = byId("older-runs");
    this.older.addEventListener("click", () => this.more());
    this.drawn = framed(() => this.draw());
    this.stream = new Stream(() => "/api/runs/stream", {
      runs: (data) => this.all(JSON.parse(data)),
      run: (data) => this.one(JSON.parse(data)),
      gone: (data) => this.lose(JSON.parse(data).name),
    }, heard.link);
  }

  all(runs) {
    const oldest = runs.at(-1)?.name ?? "";
    for (const name of this.runs.keys()) if (name >= oldest && !runs.some((run) => run.name === name)) this.lose(name);
    for (const run of runs) this.one(run);
    this.older.hidden = runs.length < PAGE;
    this.drawn();
    this.heard.listed();
  }

  one(run) {
    run.heard = Date.now();
    this.runs.set(run.name, run);
    this.drawn();
    this.heard.changed(run);
  }

  lose(name) {
    this.runs.delete(name);
    this.drawn();
    this.heard.gone(name);
  }

  async more() {
    const names = this.names();
    const found = await get("/api/runs", { before: names.at(-1), limit: PAGE }).catch(() => ({ runs: [] }));
    for (const run of found.runs) this.one(run);
    this.older.hidden = found.runs.length < PAGE;
  }

  names() {
    return [...this.runs.keys()].sort().reverse();
  }

  choose(name) {
    this.chosen = name;
    this.drawn();
  }

  draw() {
    const names = this.names();
    for (const name of this.items.keys()) if (!this.runs.has(name)) this.items.delete(name);
    arrange(this.list, names.map((name) => this.item(this.runs.get(name))));
    say(byId("run-count"), plural(names.length, "run"));
  }

  item(run) {
    if (!this.items.has(run.name)) this.items.set(run.name, newItem(run.name));
    const { made, parts } = this.items.get(run.name);
    const now = Date.now();
    made.className = `run ${roleOfVerdict(run.verdict)}${run.live && !isOver(run) ? " live" : ""}`;
    made.setAttribute("aria-current", String(run.name === this.chosen));
    say(parts.word, said(run, now - run.heard));
    say(parts.about, run.about || run.name);
    const seen = Date.parse(run.last_event ?? "");
    say(parts.age, Number.isNaN(seen) ? "" : age(now - seen));
    parts.age.title = Number.isNaN(seen) ? "" : clean(`last event ${run.last_event}`);
    say(parts.agent, [shortAgent(run), typeof run.cost_usd === "number" ? money(run.cost_usd) : ""].filter(Boolean).join(" · "));
    const counted = progress(run);
    say(parts.count, counted);
    parts.meter.hidden = !counted;
    parts.bar.style.setProperty("--share", share(run));
    return made.parentElement;
  }

  // Ages grow by themselves.
  tick() {
    this.draw();
  }
}

const shortAgent = (run) => agentTitle(run.agent_type, run.iteration).replace(/ ?Agent/, "");

function newItem(name) {
  const part = (tag, look) => element(tag, { class: look });
  const parts = { word: part("span", "word"), age: part("span", "note age"), about: part("span", "about"), agent: part("span", "note"), count: part("span", "note"), bar: part("i") };
  parts.meter = element("span", { class: "meter", "aria-hidden": "true" }, parts.bar);
  const made = element("a", { class: "run", href: `#${encodeURIComponent(name)}`, title: name },
    element("p", {}, part("span", "dot"), parts.word, parts.age), parts.about, element("p", {}, parts.agent, parts.meter, parts.count));
  element("li", {}, made);
  return { made, parts };
}
