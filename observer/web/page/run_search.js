// The search in all runs: says what is being searched and how far, and shows the hits of each run as they are found.

import { buildUrl } from "./api.js";
import { byId, closest, debounce, dialogById, element, findIn, setText } from "./dom.js";
import { formatNumber, pluralize } from "./units.js";
import { linkTo } from "./url_state.js";
/** @import { Progress, RunHits } from "./answers.d.ts" */

const TYPING_MS = 300;

export class RunSearch {
  constructor() {
    this.dialog = dialogById("run-search");
    this.input = findIn(this.dialog, "input");
    this.status = findIn(this.dialog, "[role=status]");
    this.results = findIn(this.dialog, "ol");
    /** @type {EventSource | null} */
    this.source = null;
    this.found =
      this.foundIn =
      this.passed =
      this.unreadable =
        0; // hits, and runs
    this.isCut = false; // whether there are more hits
    this.input.addEventListener("input", () => this.cancel());
    this.input.addEventListener("input", debounce(() => this.begin(), TYPING_MS));
    findIn(this.dialog, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.begin();
    });
    findIn(this.dialog, "button").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.cancel());
    this.results.addEventListener("click", (event) => closest(event, "a") && this.dialog.close());
    byId("search-all").addEventListener("click", () => this.open());
  }

  open() {
    this.dialog.showModal();
    this.input.select();
  }

  // End the search at once: the server stops as soon as the connection is closed.
  cancel() {
    if (!this.source) return;
    this.source.close();
    this.source = null;
    setText(this.status, "The search was cancelled.");
  }

  begin() {
    this.source?.close();
    this.source = null;
    this.results.replaceChildren();
    setText(this.status, "");
    const text = this.input.value.trim();
    if (!text) return;
    this.found =
      this.foundIn =
      this.passed =
      this.unreadable =
        0;
    this.isCut = false;
    const pattern = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const source = new EventSource(buildUrl("/api/search", { grep: `(?i)${pattern}` }));
    this.source = source;
    setText(this.status, "Searching …");
    /** @template T @param {string} name @param {(content: T) => void} handle */
    const on = (name, handle) =>
      source.addEventListener(name, (message) => this.source === source && handle(JSON.parse(message.data)));
    on("progress", (/** @type {Progress} */ progress) => this.showProgress(progress));
    on("hits", (/** @type {RunHits} */ hits) => this.showHits(hits));
    on("done", () => this.end(""));
    source.addEventListener("error", () => this.source === source && this.end("The search was interrupted. "));
  }

  /** @param {string} prefix */
  end(prefix) {
    this.source?.close();
    this.source = null;
    const skipped = this.unreadable ? `; ${pluralize(this.unreadable, "run")} could not be read` : "";
    setText(
      this.status,
      `${prefix}${this.describeFound()} in ${formatNumber(this.foundIn)} of ${pluralize(this.passed, "run")}${skipped}`,
    );
  }

  describeFound() {
    return this.found ? `${this.isCut ? "more than " : ""}${pluralize(this.found, "hit")}` : "No hits";
  }

  /** @param {Progress} progress */
  showProgress({ run, runs, passed_runs: passedRuns, bytes, passed_bytes: passedBytes, unreadable }) {
    this.passed = passedRuns;
    this.unreadable = unreadable;
    const percent = bytes ? Math.min(100, Math.floor((100 * passedBytes) / bytes)) : 100;
    const place = `run ${formatNumber(passedRuns + 1)} of ${formatNumber(runs)}, ${percent} %`;
    if (run) setText(this.status, `Searching ${run}: ${place}. ${this.describeFound()} so far`);
  }

  /** @param {RunHits} hits */
  showHits({ run, about, hits, has_more: hasMore }) {
    this.foundIn += 1;
    this.found += hits.length;
    this.isCut ||= hasMore;
    const links = hits.map((hit) =>
      element(
        "a",
        { href: linkTo(run, { seq: null, offset: hit.at }) },
        element("span", { class: "note" }, hit.type.replaceAll("_", " ")),
        hit.before,
        hit.match ? element("mark", {}, hit.match) : null,
        hit.after,
      )
    );
    const cut = hasMore ? element("span", { class: "note" }, `, the first ${hits.length}`) : null;
    this.results.append(element("li", {}, element("h3", {}, about || run, cut), ...links));
  }
}
