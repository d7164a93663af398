// The outline of the run in a dialog: its sessions as headings, with the prompts and the subagents in them, each a link
// to its event.

import { byId, closest, dialogById, element } from "./dom.js";
import { formatMoment } from "./zone.js";
/** @import { TimelineData } from "./timeline_data.js" */
/** @import { OutlineEntry, OutlineParts } from "./types.d.ts" */

/** @type {Record<string, string>} */
const KINDS = { prompt: "Prompt", subagent: "Subagent" };

export class Outline {
  // `timeline()` returns the TimelineData of the run, `linkTo(offset)` is the address of an event, and `jump(offset)`
  // goes there.
  /** @param {OutlineParts} parts */
  constructor({ timeline, linkTo, jump }) {
    this.timeline = timeline;
    this.linkTo = linkTo;
    this.jump = jump;
    this.dialog = dialogById("outline");
    this.isFilled = false;
    this.content = element("nav", { "aria-labelledby": "outline-title" });
    const close = element("button", { type: "button", class: "quiet", "aria-label": "Close" }, "✕");
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.append(element("header", {}, element("h2", { id: "outline-title" }, "Outline"), close), this.content);
    this.dialog.addEventListener("click", (event) => this.clicked(event));
    byId("open-outline").addEventListener("click", () => this.open());
  }

  open() {
    if (!this.timeline()) return;
    this.fill();
    this.dialog.showModal();
  }

  // Fill it once the run is read, if it was opened before.
  tick() {
    if (this.dialog.open && !this.isFilled) this.fill();
  }

  fill() {
    const timeline = this.timeline();
    if (!timeline) return;
    this.isFilled = timeline.loaded;
    const entries = entriesOf(timeline);
    const nothing = timeline.loaded ? "This run has no sessions, prompts or subagents yet." : "Reading the run …";
    this.content.replaceChildren(
      ...(entries.length ? this.draw(entries, timeline.runStart ?? 0) : [element("p", { class: "note" }, nothing)]),
    );
  }

  /** @param {OutlineEntry[]} entries @param {number} runStart */
  draw(entries, runStart) {
    const drawn = [];
    /** @type {HTMLElement | null} */
    let list = null; // of the session
    for (const entry of entries) {
      const link = this.createLink(entry, runStart);
      if (entry.kind === "session") {
        drawn.push(element("h3", {}, link));
        list = null;
      } else {
        if (!list) drawn.push(list = element("ul", { role: "list" }));
        list.append(element("li", {}, link));
      }
    }
    return drawn;
  }

  /** @param {OutlineEntry} entry @param {number} runStart */
  createLink({ kind, words, start, status, role, offset }, runStart) {
    const parts = [
      KINDS[kind] && element("b", {}, KINDS[kind]),
      element("span", {}, words),
      status && element("span", { class: `status ${role}` }, status),
    ];
    const time = element("time", {}, formatMoment(runStart + start, runStart));
    return element(
      "a",
      { class: "entry", href: this.linkTo(offset), "data-at": offset },
      ...[...parts.filter(Boolean), time].flatMap((part, index) => (index ? [" ", part] : [part])),
    );
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const link = closest(event, "[data-at]");
    if (event.target === this.dialog) this.dialog.close();
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.dialog.close();
    this.jump(Number(link.dataset.at));
  }
}

// The sessions, prompts and subagents of a run in the order of its file.
/** @param {TimelineData} timeline @returns {OutlineEntry[]} */
function entriesOf({ spans, prompts }) {
  const spanned = spans.filter(({ kind }) => kind !== "tool").map((span) => ({
    ...span,
    words: [span.name, span.detail].filter(Boolean).join(": "),
  }));
  return [...spanned, ...prompts].sort((one, other) => one.offset - other.offset);
}
