// The outline of the run in a dialog: its sessions as headings, with the prompts in them, and in these the subagents
// that they led to. Each is a link to its event.

import { byId, closest, dialogById, element, setText } from "./dom.js";
import { PROMPT, SUBAGENT } from "./event_words.js";
import { formatNumber } from "./units.js";
import { formatMoment } from "./zone.js";
/** @import { TimelineData } from "./timeline_data.js" */
/** @import { OutlineEntry, OutlineNode, OutlineParts } from "./types.d.ts" */

const MAX_OPEN = 60; // entries of a list and in them, beyond which they are folded
const LEVELS = ["session", "prompt", "subagent"];
/** @type {Record<string, string>} */
const KINDS = { prompt: PROMPT, subagent: SUBAGENT };

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
    const nodes = treeOf(entriesOf(timeline));
    const nothing = timeline.loaded ? "This run has no sessions, prompts or subagents yet." : "Reading the run …";
    this.content.replaceChildren(
      nodes.length
        ? element("ul", { role: "list" }, ...this.createItems(nodes, timeline.runStart ?? 0))
        : element("p", { class: "note" }, nothing),
    );
  }

  // An entry with those in it, which can be folded; they are drawn when they are shown for the first time.
  /** @param {OutlineNode} node @param {number} runStart @param {boolean} isOpen */
  createItem({ entry, inner }, runStart, isOpen) {
    const link = this.createLink(entry, runStart);
    const head = entry.kind === "session" ? element("h3", {}, link) : link;
    if (!inner.length) return element("li", {}, head);
    const list = element("ul", { role: "list", hidden: true });
    const fold = element("button", { type: "button", class: "fold quiet" });
    const show = (/** @type {boolean} */ isShown) => {
      if (isShown && !list.firstChild) list.append(...this.createItems(inner, runStart));
      list.hidden = !isShown;
      fold.setAttribute("aria-expanded", String(isShown));
      fold.setAttribute("aria-label", `${formatNumber(inner.length)} in: ${entry.words}`);
      setText(fold, `${isShown ? "▾" : "▸"} ${formatNumber(inner.length)}`);
    };
    fold.addEventListener("click", () => show(list.hidden !== false));
    show(isOpen);
    return element("li", {}, element("div", { class: "branch" }, head, fold), list);
  }

  // The items of a list: if it is long, all but the last of them are folded, and that one, too, if it is long itself.
  /** @param {OutlineNode[]} nodes @param {number} runStart */
  createItems(nodes, runStart) {
    const isLong = nodes.reduce((sum, { inner }) => sum + 1 + inner.length, 0) > MAX_OPEN;
    return nodes.map((node, index) => {
      const isLast = index === nodes.length - 1 && node.inner.length <= MAX_OPEN;
      return this.createItem(node, runStart, !isLong || isLast);
    });
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

// Put each entry, in the order of the file, into the last one before it that is of a higher level.
/** @param {OutlineEntry[]} entries */
function treeOf(entries) {
  /** @type {OutlineNode[]} */
  const roots = [];
  /** @type {OutlineNode[]} */
  const open = []; // the last entry of each level, within one another
  for (const entry of entries) {
    const level = LEVELS.indexOf(entry.kind);
    while (open.length && LEVELS.indexOf(open[open.length - 1].entry.kind) >= level) open.pop();
    const node = { entry, inner: [] };
    (open.at(-1)?.inner ?? roots).push(node);
    open.push(node);
  }
  return roots;
}
