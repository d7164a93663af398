// One row of the log as elements, updated as more becomes known of it.

import { describeImage, todoOf } from "./conversation.js";
import { describeAgent, serverFailures, sessionFacts } from "./describe.js";
import { element, highlight, setText, syncChildren } from "./dom.js";
import { compactJson, numberOf, objectsOf, textOf } from "./event.js";
import { MarkdownView } from "./markdown.js";
import { clean } from "./sanitize.js";
import { excerptElements, fieldElement, fullTextElement } from "./text_field.js";
import { callStatusElement, durationOf, inputElements, nameOfCall, resultElements, roleOfCall, statusOf, titleOfCall, todoElement } from "./tool_card.js";
import { formatOffset, pluralize } from "./units.js";
import { formatDateTime } from "./zone.js";

const CARD_TYPES = new Set(["tool", "agent"]);
const DIVIDER_TYPES = new Set(["session_start"]);
const MAX_TITLE = 600; // characters
const MAX_COLLAPSED_TEXT = 240; // characters
const MAX_TEXT = 200_000; // characters of one text in the document
const MAX_PREVIEW = 4000; // characters of a malformed line, and how many are shown at first
const COLLAPSED_PREVIEW = 200;
const MAX_FIELDS = 60;
const MAX_FLIPS = 12;
const PROMPT_HEAD_LINES = 8;
const PROMPT_TAIL_LINES = 2;

export class RowView {
  // `context` is shared by all rows: { origin, project, query, linkTo(row), now() }.
  constructor(row, context) {
    this.context = context;
    this.open = false;
    this.folded = false;
    this.element = element("li", { class: "row", tabindex: "-1" });
    this.element.view = this;
    this.time = element("a", { class: "time", tabindex: "-1", "data-act": "link" });
    this.main = element("div", { class: "main" });
    this.element.append(this.time, this.main);
    this.update(row, true);
  }

  // Show the current state of the row; render it only if that changed, or if `force` is set.
  update(row, force = false) {
    const fingerprint = `${row.offset}:${row.end}:${row.events}:${row.voided}:${row.ended}:${row.resultBelow}:${row.status}:${row.figures ?? ""}:${row.asking ?? ""}:${this.context.query}`;
    this.row = row;
    if (!force && fingerprint === this.fingerprint) return;
    this.fingerprint = fingerprint;
    this.renderFrame();
    if (CARD_TYPES.has(row.type)) this.renderCard();
    else if (row.type === "prompt") this.renderPrompt();
    else if (row.text !== undefined) this.renderText();
    else this.renderEvent();
  }

  rerender() {
    this.fingerprint = "";
    this.markdown = null;
    this.update(this.row, true);
  }

  // The class of the row, its time, and the link to it.
  renderFrame() {
    const { row, context } = this;
    const classes = this.element.classList;
    const type = /^[a-z_]+$/.test(row.type) ? row.type : "unknown";
    const kept = ["target", "current"].filter((name) => classes.contains(name));
    this.element.className = ["row", `of-${type}`, this.role(), row.voided && "void", row.quiet && "quiet", this.open && "open", DIVIDER_TYPES.has(type) && "divider", ...kept].filter(Boolean).join(" ");
    setText(this.time, row.time === null || context.origin === null ? "·" : formatOffset(row.time - context.origin));
    this.time.href = context.linkTo(row);
    this.time.title = [row.time === null ? "" : formatDateTime(row.time), row.seq === null ? `byte ${row.offset}` : `line ${row.seq}`, row.figures, "click to copy the link (c)"].filter(Boolean).join(" · ");
  }

  role() {
    const { row } = this;
    if (row.type === "tool") return roleOfCall(statusOf(row));
    if (row.type === "agent") return row.status ? roleOfCall(row.status) : "";
    if (row.type === "error" || row.type === "malformed") return "bad";
    if (row.type === "complete") return row.data.outcome === "success" ? "good" : row.data.outcome === "failed" ? "bad" : "warning";
    return row.bad ? (row.type === "session_end" ? "bad" : "warning") : "";
  }

  headElement(...parts) {
    const attributes = { type: "button", class: "head", "data-act": "open", tabindex: "-1", "aria-expanded": String(this.open) };
    return element("button", attributes, ...parts);
  }

  renderCard() {
    const { row, context } = this;
    const [title, remark] = titleOfCall(row, context.project);
    this.duration = element("span", { class: "duration" }, row.type === "agent" ? "" : durationOf(row, context.now()));
    const head = this.headElement(
      element("span", { class: "kind" }, ...highlight(nameOfCall(row), context.query)),
      element("span", { class: "title" }, ...highlight(title.slice(0, MAX_TITLE), context.query)),
      remark ? element("span", { class: "remark" }, remark) : null,
      row.type === "agent" && !row.status ? null : callStatusElement(row),
      this.duration,
    );
    const options = { open: this.open, query: context.query };
    const body = (parts) => (parts.length ? [element("div", { class: "body" }, ...parts)] : []);
    const [above, below] = [inputElements(row, options), resultElements(row, options)];
    if (row.children.length) this.main.replaceChildren(head, ...body(above), this.nestElement(), ...body(below));
    else this.main.replaceChildren(head, ...body([...above, ...below]));
  }

  // The rows of a subagent. The list is created once: the log arranges what is in it.
  nestElement() {
    this.list ??= element("ol", { class: "rows nested" });
    this.fold ??= element("button", { type: "button", class: "fold more", "data-act": "fold" });
    this.list.setAttribute("aria-label", `Subagent ${clean(textOf(this.row.subagent ?? {}, "description"))}`);
    this.updateFold();
    this.fold.setAttribute("aria-expanded", String(!this.folded));
    this.list.hidden = this.folded;
    return element("div", { class: "nest" }, this.fold, this.list);
  }

  setChildren(children) {
    if (!this.list) this.renderCard();
    this.updateFold();
    syncChildren(this.list, children);
  }

  updateFold() {
    setText(this.fold, `${this.folded ? "▸" : "▾"} ${pluralize(this.row.children.length, "step")}`);
  }

  // A prompt begins a turn; one that comes from inside of a turn is a single line until it is opened.
  renderPrompt() {
    const { row, context } = this;
    const kind = element("span", { class: "kind" }, row.source);
    if (row.quiet && !this.open) {
      this.main.replaceChildren(this.headElement(kind, this.startOfText()));
      return;
    }
    const { query } = context;
    const text = this.open ? [fullTextElement(row.text, "said", query, "Prompt")] : excerptElements(row.text, { first: PROMPT_HEAD_LINES, last: PROMPT_TAIL_LINES, look: "said", query });
    this.main.replaceChildren(this.headElement(kind), ...text, ...row.images.map((image) => element("p", { class: "note" }, describeImage(image))));
  }

  // The first characters of a text, on one line.
  startOfText() {
    const start = this.row.text.trimStart().slice(0, MAX_COLLAPSED_TEXT).replace(/\s+/g, " ");
    return element("span", { class: "title" }, ...highlight(start || (this.row.redacted ? "redacted" : ""), this.context.query));
  }

  renderText() {
    const { row, context } = this;
    const label = row.voided ? "replaced" : row.type === "thinking" ? "thinking" : "";
    const kind = element("span", { class: "kind" }, label);
    if (label && !this.open) {
      this.markdown = null;
      this.main.replaceChildren(this.headElement(kind, this.startOfText()));
      return;
    }
    if (this.markdown?.query !== context.query) {
      this.markdown = new MarkdownView(context.query);
      const note = row.note ? [element("p", { class: "note" }, row.note)] : [];
      this.main.replaceChildren(...(label ? [this.headElement(kind)] : []), this.markdown.element, ...note);
    }
    this.markdown.show(row.text.length > MAX_TEXT ? `${row.text.slice(0, MAX_TEXT)}…` : row.text);
  }

  renderEvent() {
    const { row, context } = this;
    const kind = element("span", { class: "kind" }, row.type.replaceAll("_", " "));
    const parts = row.type === "session_start" ? this.sessionElements() : [this.headElement(kind, element("span", { class: "title" }, ...highlight(row.title, context.query)), ...flipElements(row))];
    if (row.type === "error") {
      for (const name of ["message", "traceback"]) {
        const text = textOf(row.data, name);
        if (text.includes("\n") || (name === "traceback" && text)) parts.push(fieldElement(name, text, context.query));
      }
    }
    if (row.type === "todo" && this.open) parts.push(element("div", { class: "body" }, todoElement(todoOf(row.data))));
    else if (row.type === "long") parts.push(element("button", { type: "button", class: "more", "data-act": "load" }, "Load line"));
    else if (row.type === "malformed") parts.push(element("pre", { class: "output" }, textOf(row.data, "preview").slice(0, this.open ? MAX_PREVIEW : COLLAPSED_PREVIEW)));
    else if (this.open) {
      const fields = Object.entries(row.data).filter(([, value]) => value !== null && value !== "").slice(0, MAX_FIELDS);
      parts.push(element("div", { class: "body" }, ...fields.map(([name, value]) => fieldElement(name, typeof value === "string" ? value : compactJson(value), context.query))));
    }
    this.main.replaceChildren(...parts);
  }

  // The agent of a session as a title, and below it what it works with.
  sessionElements() {
    const { row, context } = this;
    const { data } = row;
    const agent = describeAgent(textOf(data, "agent_type"), numberOf(data, "iteration") ?? row.iteration) || "Session";
    const facts = sessionFacts(data);
    const failures = serverFailures(data).map((failure) => element("span", { class: "chip bad" }, `✗ ${failure}`));
    const below = facts || failures.length ? [element("p", { class: "note works-with" }, ...highlight(facts, context.query), ...failures)] : [];
    return [this.headElement(element("span", { class: "title" }, ...highlight(agent, context.query))), ...below];
  }

  toggle(open = !this.open) {
    this.open = open;
    this.rerender();
  }

  toggleFold() {
    this.folded = !this.folded;
    this.rerender();
  }

  // Update the duration of a running call.
  tick(now) {
    if (this.duration && this.row.type === "tool" && !this.row.status && !this.row.ended) setText(this.duration, durationOf(this.row, now));
  }
}

// The features whose state changed, as chips; only a few, to be read at a glance.
function flipElements(row) {
  if (row.type !== "progress") return [];
  return objectsOf(row.data, "changed").slice(0, MAX_FLIPS).map((flip) =>
    element("span", { class: `chip ${flip.passes === true ? "good" : "bad"}` }, `${flip.passes === true ? "✓" : "✗"} ${textOf(flip, "name")}`));
}
