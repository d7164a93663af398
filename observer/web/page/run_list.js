// The list of runs, in the order of the server, and kept up to date by its stream. More of it is requested as it is
// scrolled.

import { buildUrl } from "./api.js";
import { byId, element, findIn, oncePerFrame, setText, syncChildren } from "./dom.js";
import { EventStream } from "./event_stream.js";
import { RunListBar } from "./run_list_bar.js";
import { ageOf, statusText } from "./run_status.js";
import { clean } from "./sanitize.js";
import { formatNumber, pluralize } from "./units.js";
import { formatMoment } from "./zone.js";
/** @import { RunGroup } from "./answers.d.ts" */
/** @import { Run, RunItem, RunListCallbacks, RunListMessage } from "./types.d.ts" */

const PAGE_RUNS = 100;
const NEAR_PX = 600; // from the end of the list, where more is requested

export class RunList {
  // `callbacks`: changed(run), removed(name), listed(), connection(state, delay), isPicked(name).
  /** @param {RunListCallbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {Map<string, Run>} */
    this.runs = new Map(); // by name: those of the list, and the one that is open
    /** @type {string[]} */
    this.order = []; // names
    /** @type {Pick<RunListMessage, "total" | "matching" | "needing" | "newest" | "groups">} */
    this.view = { total: 0, matching: 0, needing: 0, newest: null, groups: [] };
    /** @type {Map<string, RunItem>} */
    this.items = new Map(); // elements by name
    /** @type {Map<Element, RunItem>} */
    this.visible = new Map(); // those on the screen, by element: only these are drawn again as time passes
    this.observer = new IntersectionObserver((entries) => this.moved(entries), { root: byId("run-list") });
    /** @type {Map<string, HTMLElement>} */
    this.heads = new Map(); // elements of groups, by their names
    this.limit = PAGE_RUNS;
    this.selected = ""; // the name of the run that is open
    this.wanted = ""; // the run that the stream sends whether it is in the list or not
    this.list = byId("run-list");
    this.list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.scheduleRender = oncePerFrame(() => this.render());
    this.bar = new RunListBar(() => {
      this.limit = PAGE_RUNS;
      this.list.scrollTop = 0;
      this.restart();
    });
    /** @type {EventStream | null} */
    this.stream = null;
  }

  // Connect. What the page shows first is to be requested before: the stream takes a connection.
  start() {
    this.stream = new EventStream(
      () => buildUrl("/api/list", { ...this.bar.query(), limit: this.limit, run: this.wanted }),
      { list: (data) => this.receive(JSON.parse(data)) },
      this.callbacks.connection,
    );
  }

  // Connect again, for another view of the list.
  restart() {
    this.wanted = this.selected;
    this.stream?.disconnect();
    this.stream?.reconnect();
  }

  /** @param {RunListMessage} message */
  receive({ order, runs, has_run: hasRun, ...view }) {
    this.view = view;
    this.order = order ?? this.order;
    for (const run of runs) this.runs.set(run.name, { ...run, receivedAt: Date.now() });
    const kept = new Set([...this.order, this.selected]);
    for (const name of this.runs.keys()) if (!kept.has(name)) this.runs.delete(name);
    if (!hasRun && this.runs.delete(this.wanted)) this.callbacks.removed(this.wanted);
    this.bar.offer(view);
    this.scheduleRender();
    for (const run of runs) this.callbacks.changed(this.runs.get(run.name) ?? run);
    this.callbacks.listed();
    this.followSelected();
  }

  // Let the stream send the run that is open, also if it is not in the list.
  followSelected() {
    if (this.selected && this.wanted !== this.selected && !this.order.includes(this.selected)) this.restart();
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    if (
      this.limit >= this.view.matching || this.order.length < this.limit ||
      scrollHeight - scrollTop - clientHeight > NEAR_PX
    ) return;
    this.limit *= 2; // so that a long list takes few requests, though each repeats what is there
    this.restart();
  }

  // The names of the runs as they are listed.
  names() {
    return this.order;
  }

  // The name of the newest run.
  get newest() {
    return this.view.newest;
  }

  /** @param {string} name */
  select(name) {
    this.selected = name;
    this.scheduleRender();
    if (this.view.total) this.followSelected();
  }

  render() {
    const { groups, total, matching, needing } = this.view;
    const listed = this.order.flatMap((name) => this.runs.get(name) ?? []);
    const shown = new Set(listed.map(({ name }) => name));
    for (const [name, { element: row }] of this.items) {
      if (shown.has(name)) continue;
      this.observer.unobserve(row);
      this.visible.delete(row);
      this.items.delete(name);
    }
    const rows = listed.map((run) => this.renderItem(run));
    syncChildren(this.list, this.withHeads(rows, groups));
    const count = this.bar.filters
      ? `${formatNumber(matching)} of ${pluralize(total, "run")}`
      : pluralize(total, "run");
    setText(byId("run-count"), [count, needing ? describeNeeding(needing) : ""].filter(Boolean).join(" · "));
    byId("no-runs").hidden = !this.bar.filters || matching > 0;
  }

  // Put the name of each group before its first run.
  /** @param {HTMLElement[]} rows @param {RunGroup[]} groups */
  withHeads(rows, groups) {
    const children = [];
    let first = 0;
    for (const { name, count, needing } of groups) {
      if (first >= rows.length) break;
      const head = this.heads.get(name) ?? createHead(name);
      this.heads.set(name, head);
      setText(
        findIn(head, ".note"),
        [formatNumber(count), needing && describeNeeding(needing)].filter(Boolean).join(" · "),
      );
      children.push(head, ...rows.slice(first, first + count));
      first += count;
    }
    return groups.length ? children : rows;
  }

  /** @param {Run} run */
  renderItem(run) {
    const selected = run.name === this.selected;
    const known = this.items.get(run.name);
    const item = known ?? createItem(run);
    if (!known) {
      this.items.set(run.name, item);
      this.observer.observe(item.element);
    }
    if (!known || item.run !== run || item.selected !== selected) this.draw(Object.assign(item, { run, selected }));
    return item.element;
  }

  // Rows have come onto the screen, or left it.
  /** @param {IntersectionObserverEntry[]} entries */
  moved(entries) {
    for (const { target, isIntersecting } of entries) {
      const item = this.items.get(target.getAttribute("data-run") ?? "");
      if (!isIntersecting || !item) this.visible.delete(target);
      else {
        this.visible.set(target, item);
        this.draw(item);
      }
    }
  }

  // Update what changes with time.
  tick() {
    for (const item of this.visible.values()) this.draw(item);
  }

  /** @param {RunItem} item */
  draw({ run, selected, link, pick, parts }) {
    const now = Date.now();
    const { words } = run;
    const passed = now - run.receivedAt;
    link.className = `run ${words.tone}`;
    link.classList.toggle("urgent", Boolean(words.needs_person));
    link.classList.toggle("live", Boolean(run.live && !words.is_over));
    link.setAttribute("aria-current", String(selected));
    pick.checked = this.callbacks.isPicked(run.name);
    pick.setAttribute("aria-label", `Select to compare: ${clean(run.about || run.name)}`);
    setText(parts.verdict, statusText(words.listed_status, words.is_over ? 0 : passed));
    setText(parts.about, words.listed_about);
    const lastEvent = Date.parse(run.last_event ?? "");
    setText(parts.age, ageOf(run, passed));
    parts.age.title = Number.isNaN(lastEvent) ? "" : `last event ${formatMoment(lastEvent, now)}`;
    setText(parts.place, words.place);
    setText(parts.agent, words.listed_facts);
    setText(parts.progress, words.progress);
    parts.meter.hidden = !words.progress;
    parts.bar.style.setProperty("--share", String(words.share));
  }
}

/** @param {number} count */
const describeNeeding = (count) => `${formatNumber(count)} need${count === 1 ? "s" : ""} you`;

/** @param {string} name */
const createHead = (name) =>
  element("li", { class: "group" }, element("h3", {}, name || "No project"), element("span", { class: "note" }));

/** @param {Run} run @returns {RunItem} */
function createItem(run) {
  const { name } = run;
  /** @param {string} look */
  const part = (look) => element("span", { class: look });
  const bar = element("i");
  const parts = {
    verdict: part("word"),
    age: part("note age"),
    about: part("about"),
    place: part("note place"),
    agent: part("note agent"),
    progress: part("note"),
    bar,
    meter: element("span", { class: "meter", "aria-hidden": "true" }, bar),
  };
  const link = element(
    "a",
    { class: "run", href: `#${encodeURIComponent(name)}`, title: name },
    element("p", {}, part("dot"), parts.verdict, parts.age),
    parts.about,
    element("p", {}, parts.place, parts.agent, parts.meter, parts.progress),
  );
  const pick = element("input", { type: "checkbox", class: "pick", title: "Select to compare (x)" });
  return { element: element("li", { "data-run": name }, link, pick), link, pick, parts, run, selected: false };
}
