// One row of the log as elements, updated as more becomes known of it.

import { blockElements, spanElements } from "./blocks.js";
import { element, highlight, setText, syncChildren } from "./dom.js";
import { lineOf, textOfSpans } from "./row.js";
import { CALL_ABOVE, EARLIER_SUBAGENT, REPLACED, STEP, SUBAGENT } from "./event_words.js";
import { renderPrompt, renderRecord } from "./record_view.js";
import { durationText, isCard, isRunning, statusElement, toneOf } from "./row_status.js";
import { clean } from "./sanitize.js";
import { streamingText } from "./streaming_text.js";
import { formatOffset, pluralize } from "./units.js";
import { formatDateTime } from "./zone.js";
/** @import { Row } from "./answers.d.ts" */
/** @import { EventRecord, LogRow, RowContext } from "./types.d.ts" */

const MAX_COLLAPSED_TEXT = 240; // characters
const MAX_TEXT = 200_000; // characters of a text that is not complete
const TREE_DELAY_MS = 200; // before the tree of a text is requested: the end of its message may bring it

export class RowView {
  // `context` is shared by all rows: { origin, query, linkTo(row), now(), imageUrl(file), loadRow(end, firstEnd) }.
  /** @param {LogRow} row @param {RowContext} context */
  constructor(row, context) {
    this.context = context;
    this.open = false;
    this.folded = false;
    this.row = row;
    this.fingerprint = ""; // of what was rendered last
    /** @type {Map<number, Row>} */
    this.opened = new Map(); // rows that show all of an event, by where its line ends
    this.element = Object.assign(element("li", { class: "row", tabindex: "-1" }), { view: this });
    this.time = element("a", { class: "time", tabindex: "-1", "data-act": "link" });
    this.main = element("div", { class: "main" });
    this.element.append(this.time, this.main);
    /** @type {HTMLElement | null} */
    this.duration = null;
    /** @type {{ list: HTMLElement, fold: HTMLElement } | null} */
    this.nest = null; // of the rows of a subagent
    this.update(row, true);
  }

  // Show the current state of the row; render it only if that changed, or if `force` is set.
  /** @param {LogRow} row @param {boolean} [force] */
  update(row, force = false) {
    const fingerprint = [
      row.offset,
      row.end,
      row.events,
      row.voided,
      Boolean(row.ended),
      row.resultBelow,
      Boolean(row.result),
      Boolean(row.tree),
      row.complete,
      row.figures?.offset,
      row.asking,
      this.context.query,
    ].join(":");
    this.row = row;
    if (!force && fingerprint === this.fingerprint) return;
    this.fingerprint = fingerprint;
    this.renderFrame();
    if (isCard(row)) this.renderCard();
    else if (row.type === "prompt") renderPrompt(this);
    else if (row.text !== undefined) this.renderText();
    else renderRecord(this);
  }

  rerender() {
    this.update(this.row, true);
  }

  // The class of the row, its time, and the link to it.
  renderFrame() {
    const { row, context } = this;
    const classes = this.element.classList;
    const type = /^[a-z_]+$/.test(row.type) ? row.type : "unknown";
    const kept = ["target", "current"].filter((name) => classes.contains(name));
    const isQuiet = row.type === "prompt" && row.record.quiet;
    this.element.className = [
      "row",
      `of-${type}`,
      toneOf(this.row),
      row.voided && "void",
      isQuiet && "quiet",
      this.open && "open",
      type === "session_start" && "divider",
      ...kept,
    ].filter(Boolean).join(" ");
    setText(this.time, row.time === null || context.origin === null ? "·" : formatOffset(row.time - context.origin));
    this.time.href = context.linkTo(row);
    const figures = row.figures ? lineOf({ ...row.figures, label: "" }) : "";
    this.time.title = clean(
      [
        row.time === null ? "" : formatDateTime(row.time),
        row.seq === null ? `byte ${row.offset}` : `line ${row.seq}`,
        figures,
        "click to copy the link (c)",
      ].filter(Boolean).join(" · "),
    );
  }

  /** @param {(HTMLElement | null)[]} parts */
  headElement(...parts) {
    const attributes = {
      type: "button",
      class: "head",
      "data-act": "open",
      tabindex: "-1",
      "aria-expanded": String(this.open),
    };
    return element("button", attributes, ...parts);
  }

  renderCard() {
    const { row, context } = this;
    const { query } = context;
    const isAgent = row.type === "agent";
    const named = isAgent ? row.agent : row.call ?? row.input ?? row.result;
    const title = named?.title?.length || !isAgent ? named?.title ?? [] : [EARLIER_SUBAGENT];
    const facts = isAgent ? [] : [...(row.call?.facts ?? []), ...(row.result?.facts ?? [])].map(textOfSpans);
    if (!isAgent && row.result && !row.call) facts.unshift(CALL_ABOVE);
    this.duration = element("span", { class: "duration" }, durationText(this.row, context.now()));
    const head = this.headElement(
      element("span", { class: "kind" }, ...highlight(isAgent ? SUBAGENT : named?.label ?? "", query)),
      element("span", { class: "title" }, ...spanElements(title, query)),
      facts.length ? element("span", { class: "remark" }, facts.join(" · ")) : null,
      statusElement(this.row),
      this.duration,
    );
    const isRefused = row.result?.tone === "blocked" && !this.open; // what it would have changed is of no interest
    const above = [...this.usage(), ...this.blocksOf(isRefused ? null : row.call)];
    const below = this.blocksOf(row.result);
    /** @param {HTMLElement[]} parts */
    const body = (parts) => (parts.length ? [element("div", { class: "body" }, ...parts)] : []);
    if (row.children.length) this.main.replaceChildren(head, ...body(above), this.nestElement(), ...body(below));
    else this.main.replaceChildren(head, ...body([...above, ...below]));
  }

  // The blocks of a record as elements; all of its event if the row is open and it was loaded.
  /** @param {EventRecord | null | undefined} record @returns {HTMLElement[]} */
  blocksOf(record) {
    if (!record) return [];
    return blockElements((this.open && this.opened.get(record.end)?.blocks) || record.blocks, this.context);
  }

  // What a subagent did so far, in a line.
  usage() {
    const { agent } = this.row;
    if (!agent?.facts || agent.starts) return [];
    const facts = agent.facts.map(textOfSpans).join(" · ");
    return facts ? [element("p", { class: "note" }, facts)] : [];
  }

  // The rows of a subagent. The list is created once: the log arranges what is in it.
  nestElement() {
    const nest = (this.nest ??= {
      list: element("ol", { class: "rows nested" }),
      fold: element("button", { type: "button", class: "fold more", "data-act": "fold" }),
    });
    nest.list.setAttribute(
      "aria-label",
      clean(`${SUBAGENT} ${this.row.agent?.title ? textOfSpans(this.row.agent.title) : ""}`),
    );
    this.updateFold();
    nest.fold.setAttribute("aria-expanded", String(!this.folded));
    nest.list.hidden = this.folded;
    return element("div", { class: "nest" }, nest.fold, nest.list);
  }

  // The list of the rows of a subagent, null if it has none so far.
  get list() {
    return this.nest?.list ?? null;
  }

  /** @param {Element[]} children */
  setChildren(children) {
    if (!this.list) this.renderCard();
    this.updateFold();
    if (this.list) syncChildren(this.list, children);
  }

  updateFold() {
    const words = `${this.folded ? "▸" : "▾"} ${pluralize(this.row.children.length, STEP)}`;
    if (this.nest) setText(this.nest.fold, words);
  }

  renderText() {
    const { row, context } = this;
    const label = row.voided ? REPLACED : row.record.label === "message" ? "" : row.record.label ?? "";
    const kind = element("span", { class: "kind" }, label);
    const written = row.text ?? "";
    if (label && !this.open) {
      const start = written.trimStart().slice(0, MAX_COLLAPSED_TEXT).replace(/\s+/g, " ");
      const title = start ? highlight(start, context.query) : spanElements(row.record.title, context.query);
      this.main.replaceChildren(this.headElement(kind, element("span", { class: "title" }, ...title)));
      return;
    }
    const text = written.length > MAX_TEXT ? `${written.slice(0, MAX_TEXT)}…` : written;
    const parts = row.tree ? blockElements(row.tree, context) : streamingText(text, context.query);
    const facts = row.record.kind === "message" ? lineOf({ ...row.record, label: "" }) : "";
    this.main.replaceChildren(
      ...(label ? [this.headElement(kind)] : []),
      element("div", { class: "prose" }, ...parts),
      ...(facts ? [element("p", { class: "note" }, facts)] : []),
    );
    if (row.complete && !row.tree) this.scheduleTree();
  }

  // Request the tree of a complete text, if the end of its message does not bring it.
  scheduleTree() {
    clearTimeout(this.treeTimer);
    this.treeTimer = setTimeout(async () => {
      const { row } = this;
      if (row.tree || row.treeRequested === row.end || !this.element.isConnected) return;
      row.treeRequested = row.end;
      const loaded = await this.context.loadRow(row.end, row.firstEnd);
      if (!loaded || row.treeRequested !== row.end) return;
      row.tree = loaded.blocks ?? [];
      this.context.changed(() => this.update(this.row));
    }, TREE_DELAY_MS);
  }

  // Open the row, or fold it. What a row has beyond its blocks is loaded then.
  toggle(open = !this.open) {
    this.open = open;
    this.rerender();
    if (open) this.loadOpened();
    else this.opened.clear();
  }

  async loadOpened() {
    const { row } = this;
    if (row.text !== undefined && row.firstEnd !== undefined) return;
    const records = isCard(row) ? [row.call, row.result] : [row.record];
    const loaded = await Promise.all(records.map((record) => record && this.loadRecord(record)));
    if (this.open && loaded.some(Boolean)) this.context.changed(() => this.rerender());
  }

  // Load all of an event, if its row has not all of it. Returns whether that was loaded now.
  /** @param {EventRecord} record */
  async loadRecord({ folded, kind, end }) {
    if (!folded || kind === "long" || this.opened.has(end)) return false;
    const loaded = await this.context.loadRow(end);
    if (loaded) this.opened.set(end, loaded);
    return loaded !== null;
  }

  toggleFold() {
    this.folded = !this.folded;
    this.rerender();
  }

  // Update the duration of a running call.
  /** @param {number} now */
  tick(now) {
    if (this.duration && isRunning(this.row)) setText(this.duration, durationText(this.row, now));
  }
}
