// The panel above the log: what a reader wants to know of a run first. The server says it, in sections of rows of
// words; this draws them, and knows no words of its own but those of its controls.

import { byId, closest, element, findIn } from "./dom.js";
import { loadChoice, storeChoice } from "./storage.js";
import { formatMoment } from "./zone.js";
/** @import { PanelAnswer, PanelContents, PanelRow, PanelLook, Section } from "./answers.d.ts" */
/** @import { PanelParts } from "./types.d.ts" */

const STORAGE_KEY = "runtail-summary";
const LOW = "(max-height: 520px)"; // there the panel lies over the log, and is closed until it is asked for
/** @type {Partial<Record<PanelLook, "b" | "code">>} */
const ELEMENTS = { strong: "b", code: "code" };
const CLASSES = new Set(["dim", "good", "bad", "warning", "blocked"]); // tones that are colours

export class Panel {
  // `source` is as server.js has it, `linkTo(run, at)` the address of an event. Callbacks: jump(at), changed(run,
  // panel) when the panel of a run was loaded.
  /** @param {PanelParts} parts */
  constructor({ source, linkTo, jump, changed }) {
    this.source = source;
    this.linkTo = linkTo;
    this.jump = jump;
    this.changed = changed;
    this.run = "";
    this.loading = ""; // the run whose panel is being loaded
    this.again = false; // whether it has to be loaded once more
    /** @type {PanelContents | null} */
    this.panel = null;
    this.shown = ""; // what is drawn, as text
    this.progress = ""; // how far the server is, in words
    this.isWhole = false; // whether the panel is of all of the run
    this.element = byId("panel");
    this.sections = findIn(this.element, ".sections");
    this.button = byId("panel-toggle");
    this.button.addEventListener("click", () => this.toggle());
    this.sections.addEventListener("click", (event) => this.clicked(event));
    this.low = matchMedia(LOW);
    this.low.addEventListener("change", () => this.restore());
    this.restore();
  }

  // Begin with another run; its panel is loaded when its log is open.
  /** @param {string} run */
  begin(run) {
    this.run = run;
    this.loading = "";
    this.isWhole = false;
    this.draw(null, "");
  }

  // Load the panel of a run if it is the one that is open. The server reads a long run in steps.
  /** @param {string} run */
  async load(run) {
    if (run !== this.run || document.hidden) return;
    if (this.loading === run) {
      this.again = true;
      return;
    }
    this.loading = run;
    do {
      this.again = false;
      const answer = await this.source.panel?.(run).catch(() => null); // the next change of the run brings it again
      if (run !== this.run) return;
      if (answer) {
        this.take(answer);
        this.again ||= !this.isWhole;
      }
    } while (this.again);
    this.loading = "";
  }

  // Draw an answer of the server: until it has read all of a run, it has only what the ends of the file tell.
  /** @param {PanelAnswer} answer */
  take({ panel, read_to: readTo, size }) {
    if (readTo < size && this.isWhole) return; // the panel that is drawn tells more
    this.isWhole = readTo >= size;
    this.draw(panel, this.isWhole ? "" : `Reading the run: ${Math.floor((100 * readTo) / size)} %`);
    if (this.isWhole) this.changed(this.run, panel);
  }

  /** @param {PanelContents | null} panel @param {string} progress */
  draw(panel, progress) {
    const shown = JSON.stringify([panel, progress]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.panel = panel;
    this.progress = progress;
    this.render();
  }

  // Draw all sections again, as for another zone; the focus stays where it is.
  render() {
    const focused = this.sections.contains(document.activeElement) && document.activeElement?.getAttribute("href");
    const sections = (this.panel?.sections ?? []).map((section) => this.createSection(section));
    this.sections.replaceChildren(
      ...sections,
      ...(this.progress ? [element("p", { class: "note" }, this.progress)] : []),
    );
    if (focused) {
      [...this.sections.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    }
  }

  /** @param {Section} section */
  createSection({ name, title, rows, note }) {
    const items = rows.map((row) => element("li", {}, this.createRow(row)));
    const list = items.length ? element("ul", { role: "list" }, ...items) : null;
    return element(
      "section",
      { class: `of-${name}`, "aria-label": title },
      element("h3", {}, title),
      list,
      note ? element("p", { class: "note" }, note) : null,
    );
  }

  // The words of a row, and its time, with the date unless it is the day on which the run began; a link if it has an
  // event.
  /** @param {PanelRow} row */
  createRow({ words, time, at }) {
    const parts = drawWords(words);
    if (time !== null) parts.push(element("time", {}, formatMoment(time * 1000, (this.panel?.began ?? NaN) * 1000)));
    if (at === null) return element("span", { class: "entry" }, ...parts);
    return element("a", { class: "entry", href: this.linkTo(this.run, at), "data-at": at }, ...parts);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const link = closest(event, "[data-at]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (this.low.matches) this.setOpen(false);
    this.jump(Number(link.dataset.at));
  }

  // Whether it is open, as the user last chose; on a low screen it begins closed.
  restore() {
    this.setOpen(!this.low.matches && loadChoice(STORAGE_KEY) !== "closed");
  }

  toggle() {
    const open = Boolean(this.element.hidden);
    this.setOpen(open);
    if (!this.low.matches) storeChoice(STORAGE_KEY, open ? "open" : "closed");
  }

  // Close it if it lies over the log. Returns whether it did.
  dismiss() {
    if (!this.low.matches || this.element.hidden) return false;
    this.setOpen(false);
    this.button.focus();
    return true;
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.element.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }
}

// Words that follow each other, as elements; spaces are between them for those who copy or hear them.
/** @param {[string, PanelLook][]} words @returns {(string | HTMLElement)[]} */
export function drawWords(words) {
  const drawn = words.map(([text, tone]) =>
    element(ELEMENTS[tone] ?? "span", { class: CLASSES.has(tone) ? `status ${tone}` : null }, text)
  );
  return drawn.flatMap((word, index) => (index ? [" ", word] : [word]));
}
