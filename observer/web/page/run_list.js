// The list of runs, kept up to date by a stream.

import { getJson } from "./api.js";
import { describeTotal } from "./conversation.js";
import { ageOf, describeAgent, describeBeginning, describeProgress, describeVerdict, isOver, needsPerson, passingShare, roleOfVerdict } from "./describe.js";
import { byId, element, oncePerFrame, setText, syncChildren } from "./dom.js";
import { EventStream } from "./event_stream.js";
import { formatMoney, pluralize } from "./units.js";
import { formatMoment } from "./zone.js";

const PAGE_RUNS = 200;

export class RunList {
  // `callbacks`: changed(run), removed(name), listed(), connection(state, delay).
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.runs = new Map(); // by name
    this.items = new Map(); // elements by name
    this.selected = null;
    this.list = byId("run-list");
    this.olderButton = byId("older-runs");
    this.olderButton.addEventListener("click", () => this.loadOlder());
    this.scheduleRender = oncePerFrame(() => this.render());
    this.stream = new EventStream(() => "/api/runs/stream", {
      runs: (data) => this.replaceAll(JSON.parse(data)),
      run: (data) => this.update(JSON.parse(data)),
      gone: (data) => this.remove(JSON.parse(data).name),
    }, callbacks.connection);
  }

  // Take over the newest runs; older ones that were loaded are kept.
  replaceAll(runs) {
    const oldest = runs.at(-1)?.name ?? "";
    for (const name of this.runs.keys()) if (name >= oldest && !runs.some((run) => run.name === name)) this.remove(name);
    for (const run of runs) this.update(run);
    this.olderButton.hidden = runs.length < PAGE_RUNS;
    this.scheduleRender();
    this.callbacks.listed();
  }

  update(run) {
    run.receivedAt = Date.now();
    this.runs.set(run.name, run);
    this.scheduleRender();
    this.callbacks.changed(run);
  }

  remove(name) {
    this.runs.delete(name);
    this.scheduleRender();
    this.callbacks.removed(name);
  }

  async loadOlder() {
    const { runs } = await getJson("/api/runs", { before: this.names().at(-1), limit: PAGE_RUNS }).catch(() => ({ runs: [] }));
    for (const run of runs) this.update(run);
    this.olderButton.hidden = runs.length < PAGE_RUNS;
  }

  // The names of the runs, the newest first.
  names() {
    return [...this.runs.keys()].sort().reverse();
  }

  select(name) {
    this.selected = name;
    this.scheduleRender();
  }

  render() {
    const names = this.names();
    const urgent = names.filter((name) => needsPerson(this.runs.get(name))); // they come first: they do not go on by themselves
    for (const name of this.items.keys()) if (!this.runs.has(name)) this.items.delete(name);
    const shown = [...urgent, ...names.filter((name) => !urgent.includes(name))];
    syncChildren(this.list, shown.map((name) => this.renderItem(this.runs.get(name))));
    setText(byId("run-count"), [pluralize(names.length, "run"), urgent.length ? `${urgent.length} waiting` : ""].filter(Boolean).join(" · "));
  }

  renderItem(run) {
    if (!this.items.has(run.name)) this.items.set(run.name, createItem(run.name));
    const { link, parts } = this.items.get(run.name);
    const now = Date.now();
    link.className = `run ${roleOfVerdict(run.verdict)}${needsPerson(run) ? " urgent" : ""}${run.live && !isOver(run) ? " live" : ""}`;
    link.setAttribute("aria-current", String(run.name === this.selected));
    setText(parts.verdict, describeVerdict(run.missing ? { verdict: run.verdict } : run, now - run.receivedAt));
    setText(parts.about, [run.about, describeBeginning(run), run.missing].filter(Boolean).join(" · ") || run.name);
    const lastEvent = Date.parse(run.last_event ?? "");
    setText(parts.age, ageOf(run, now - run.receivedAt));
    parts.age.title = Number.isNaN(lastEvent) ? "" : `last event ${formatMoment(lastEvent, now)}`;
    setText(parts.agent, [shortAgent(run), typeof run.cost_usd === "number" ? formatMoney(run.cost_usd) : describeTotal(run)].filter(Boolean).join(" · "));
    const progress = describeProgress(run);
    setText(parts.progress, progress);
    parts.meter.hidden = !progress;
    parts.bar.style.setProperty("--share", passingShare(run));
    return link.parentElement;
  }
}

const shortAgent = (run) => describeAgent(run.agent_type, run.iteration).replace(/ ?Agent/, "");

function createItem(name) {
  const part = (tag, look) => element(tag, { class: look });
  const parts = { verdict: part("span", "word"), age: part("span", "note age"), about: part("span", "about"), agent: part("span", "note"), progress: part("span", "note"), bar: part("i") };
  parts.meter = element("span", { class: "meter", "aria-hidden": "true" }, parts.bar);
  const link = element("a", { class: "run", href: `#${encodeURIComponent(name)}`, title: name },
    element("p", {}, part("span", "dot"), parts.verdict, parts.age), parts.about, element("p", {}, parts.agent, parts.meter, parts.progress));
  element("li", {}, link);
  return { link, parts };
}
