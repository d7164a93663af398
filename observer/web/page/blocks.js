// Draws the spans and blocks of rows as elements. Everything is set as text; the only addresses are those of links and
// images.

import { element, highlight } from "./dom.js";
import { formatDateTime } from "./zone.js";
/** @import { Block, Code, Diff, Field, Heading, Image, Item, Json, JsonNode, List,
 *    Output, Span, Table, Todo } from "./answers.d.ts" */
/** @import { BlockContext } from "./types.d.ts" */

const LINK = /^(?:https?:\/\/|mailto:)/i;
const LOOKS = /^[a-z -]+$/;
const MAX_HEADING = 6;
/** @type {Record<string, [look: string, shown: string]>} */
const SIGNS = { "+": ["added", "+"], "-": ["removed", "−"], " ": ["same", " "], "@": ["gap", "⋯"] };

// `query` is the text that is searched for, in lower case.
/** @param {Span[]} spans @param {string} query @returns {(string | HTMLElement)[]} */
export function spanElements(spans, query) {
  return spans.flatMap((span) => (typeof span === "string" ? highlight(span, query) : [spanElement(span, query)]));
}

/** @param {string[]} span @param {string} query */
function spanElement([text, looks, value], query) {
  const names = looks.split(" ");
  const classes = LOOKS.test(looks) ? names.map((name) => `look-${name}`).join(" ") : null;
  if (names.includes("time")) return element("time", {}, formatDateTime(Number(value)));
  if (names.includes("link") && LINK.test(value)) {
    return element(
      "a",
      { class: classes, href: value, target: "_blank", rel: "noopener noreferrer" },
      ...highlight(text, query),
    );
  }
  const tag = names.includes("code")
    ? "code"
    : names.includes("strong")
    ? "b"
    : names.includes("emphasis")
    ? "em"
    : names.includes("strike")
    ? "s"
    : "span";
  return element(tag, { class: classes }, ...highlight(text, query));
}

/** @param {Block[]} blocks @param {BlockContext} context @returns {HTMLElement[]} */
export const blockElements = (blocks, context) => blocks.map((block) => blockElement(block, context));

// A block of a kind that the page does not know is its JSON.
/** @param {Block} block @param {BlockContext} context @returns {HTMLElement} */
function blockElement(block, context) {
  const { query } = context;
  switch (block.block) {
    case "paragraph":
      return element("p", {}, ...spanElements(block.spans, query));
    case "heading":
      return headingElement(block, query);
    case "code":
      return codeElement(block, query);
    case "quote":
      return element("blockquote", {}, ...blockElements(block.blocks, context));
    case "list":
      return listElement(block, context);
    case "table":
      return tableElement(block, query);
    case "rule":
      return element("hr");
    case "output":
      return outputElement(block, query);
    case "diff":
      return diffElement(block, query);
    case "json":
      return jsonElement(block, query);
    case "image":
      return imageElement(block, context);
    case "todo":
      return todoElement(block, query);
    case "field":
      return fieldElement(block, context);
    case "note":
      return element("p", { class: `note ${block.tone ?? ""}`.trim() }, ...spanElements(block.spans, query));
    default:
      return element("pre", {}, JSON.stringify(block));
  }
}

/** @param {Heading} block @param {string} query */
function headingElement({ level, spans }, query) {
  const attributes = {
    class: `heading level-${Math.min(MAX_HEADING, level)}`,
    role: "heading",
    "aria-level": Math.min(MAX_HEADING, level + 2),
  };
  return element("p", attributes, ...spanElements(spans, query));
}

/** @param {Code} block @param {string} query */
function codeElement({ language, spans }, query) {
  const code = element("pre", { class: "code", "data-language": language || null }, ...spanElements(spans, query));
  return copyable(code, "code");
}

// A text with a button that copies it.
/** @param {HTMLElement} shown @param {string} label */
function copyable(shown, label) {
  return element(
    "div",
    { class: "copyable" },
    shown,
    element("button", {
      type: "button",
      class: "copy quiet",
      "data-act": "copy",
      tabindex: "-1",
      "aria-label": `Copy ${label}`,
    }, "Copy"),
  );
}

/** @param {List} block @param {BlockContext} context */
function listElement({ items, start }, context) {
  const drawn = items.map((item) => itemElement(item, context));
  return start === undefined ? element("ul", {}, ...drawn) : element("ol", { start }, ...drawn);
}

/** @param {Item} item @param {BlockContext} context */
function itemElement({ blocks, checked }, context) {
  const box = checked === undefined
    ? null
    : element("input", { type: "checkbox", disabled: true, checked, "aria-label": checked ? "done" : "open" });
  return element("li", { class: checked === undefined ? null : "task" }, box, ...blockElements(blocks, context));
}

/** @param {Json} block @param {string} query */
function jsonElement({ node, note }, query) {
  const drawn = nodeElement(node, query, true);
  return element("div", { class: "json" }, drawn, note ? element("p", { class: "note" }, note) : null);
}

/** @param {Todo} block @param {string} query */
function todoElement({ items }, query) {
  const drawn = items.map(([state, sign, text]) =>
    element("li", { class: /^[a-z_]+$/.test(state) ? state : "pending" }, `${sign} `, ...highlight(text, query))
  );
  return element("ul", { class: "todos" }, ...drawn);
}

/** @param {Field} block @param {BlockContext} context */
function fieldElement({ name, blocks }, context) {
  const label = element("p", { class: "label" }, name);
  return element("div", { class: "field" }, label, ...blockElements(blocks, context));
}

/** @param {Table} block @param {string} query */
function tableElement({ align, head, rows }, query) {
  /** @param {"th" | "td"} tag @param {Span[][]} row */
  const cells = (tag, row) =>
    element(
      "tr",
      {},
      ...row.map((cell, index) =>
        element(tag, { class: align[index] ? `align-${align[index]}` : null }, ...spanElements(cell, query))
      ),
    );
  return element(
    "div",
    { class: "table", tabindex: "0", role: "group", "aria-label": "Table" },
    element(
      "table",
      {},
      element("thead", {}, cells("th", head)),
      element("tbody", {}, ...rows.map((row) => cells("td", row))),
    ),
  );
}

/** @param {Output} block @param {string} query */
function outputElement({ spans, note = "", tail = [] }, query) {
  /** @param {Span[]} part */
  const pre = (part) =>
    element(
      "pre",
      { class: "output", tabindex: "0", role: "group", "aria-label": "Output" },
      ...spanElements(part, query),
    );
  /** @type {HTMLElement[]} */
  const parts = [copyable(pre(spans), "output")];
  if (note) parts.push(element("button", { type: "button", class: "more", "data-act": "open" }, note));
  if (tail.length) parts.push(pre(tail));
  return element("div", { class: "output-block" }, ...parts);
}

/** @param {Diff} block @param {string} query */
function diffElement({ parts, note = "" }, query) {
  const lines = parts.flatMap(([sign, texts]) => (texts.length ? texts : [""]).map((text) => [sign, text]));
  const list = element(
    "div",
    { class: "diff", role: "group", "aria-label": "Changed lines" },
    ...lines.map(([sign, text]) => {
      const [look, shown] = SIGNS[sign] ?? SIGNS[" "];
      return element(
        "div",
        { class: look },
        element("span", { class: "sign" }, shown),
        element("code", {}, ...(text ? highlight(text, query) : [" "])),
      );
    }),
  );
  return element(
    "div",
    {},
    list,
    note ? element("button", { type: "button", class: "more", "data-act": "open" }, note) : null,
  );
}

// A value of a JSON tree; one with parts can be folded.
/** @param {JsonNode} node @param {string} query @param {boolean} isOpen @returns {HTMLElement} */
function nodeElement({ text, look = "", key = "", children = [] }, query, isOpen) {
  const name = key ? [element("span", { class: "look-name" }, ...highlight(key, query)), ": "] : [];
  if (!children.length) {
    return element(
      "div",
      { class: "leaf" },
      ...name,
      element("span", { class: look ? `look-${look}` : null }, ...highlight(text, query)),
    );
  }
  const words = element("span", { class: "look-comment" }, text);
  return element(
    "details",
    { open: isOpen },
    element("summary", {}, ...name, words),
    ...children.map((child) => nodeElement(child, query, isOpen || Boolean(query))),
  );
}

/** @param {Image} block @param {BlockContext} context */
function imageElement({ words, file = "" }, { imageUrl }) {
  const url = file ? imageUrl(file) : null;
  return element(
    "figure",
    {},
    url ? element("img", { src: url, alt: words, loading: "lazy" }) : null,
    element("figcaption", { class: "note" }, words),
  );
}
