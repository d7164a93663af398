// Draws the spans and blocks of rows as elements. Everything is set as text; the only addresses are those of links and
// images.

import { element, highlight } from "./dom.js";
import { formatDateTime } from "./zone.js";

const LINK = /^(?:https?:\/\/|mailto:)/i;
const LOOKS = /^[a-z -]+$/;
const MAX_HEADING = 6;
const SIGNS = { "+": ["added", "+"], "-": ["removed", "−"], " ": ["same", " "], "@": ["gap", "⋯"] };

// `query` is the text that is searched for, in lower case.
export function spanElements(spans, query) {
  return spans.flatMap((span) => (typeof span === "string" ? highlight(span, query) : [spanElement(span, query)]));
}

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

export const blockElements = (blocks, context) => blocks.map((block) => blockElement(block, context));

// `context` is { query, imageUrl(file) }. A block of a kind that the page does not know is its JSON.
function blockElement(block, context) {
  const draw = Object.hasOwn(DRAWN, block.block)
    ? DRAWN[block.block]
    : (unknown) => element("pre", {}, JSON.stringify(unknown));
  return draw(block, context);
}

const DRAWN = {
  paragraph: ({ spans }, { query }) => element("p", {}, ...spanElements(spans, query)),
  heading: ({ level, spans }, { query }) =>
    element("p", {
      class: `heading level-${Math.min(MAX_HEADING, level)}`,
      role: "heading",
      "aria-level": Math.min(MAX_HEADING, level + 2),
    }, ...spanElements(spans, query)),
  code: ({ language, spans }, { query }) =>
    copyable(
      element("pre", { class: "code", "data-language": language || null }, ...spanElements(spans, query)),
      "code",
    ),
  quote: ({ blocks }, context) => element("blockquote", {}, ...blockElements(blocks, context)),
  list: ({ items, start }, context) =>
    element(
      start === undefined ? "ul" : "ol",
      { start: start ?? null },
      ...items.map((item) => itemElement(item, context)),
    ),
  table: tableElement,
  rule: () => element("hr"),
  output: outputElement,
  diff: diffElement,
  json: ({ node, note = "" }, { query }) =>
    element(
      "div",
      { class: "json" },
      nodeElement(node, query, true),
      note ? element("p", { class: "note" }, note) : null,
    ),
  image: imageElement,
  todo: ({ items }, { query }) =>
    element(
      "ul",
      { class: "todos" },
      ...items.map(([state, sign, text]) =>
        element("li", { class: /^[a-z_]+$/.test(state) ? state : "pending" }, `${sign} `, ...highlight(text, query))
      ),
    ),
  field: ({ name, blocks }, context) =>
    element("div", { class: "field" }, element("p", { class: "label" }, name), ...blockElements(blocks, context)),
  note: ({ spans, tone = "" }, { query }) =>
    element("p", { class: `note ${tone}`.trim() }, ...spanElements(spans, query)),
};

// A text with a button that copies it.
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

function itemElement({ blocks, checked }, context) {
  const box = checked === undefined
    ? null
    : element("input", { type: "checkbox", disabled: true, checked, "aria-label": checked ? "done" : "open" });
  return element("li", { class: checked === undefined ? null : "task" }, box, ...blockElements(blocks, context));
}

function tableElement({ align, head, rows }, { query }) {
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

function outputElement({ spans, note = "", tail = [] }, { query }) {
  const pre = (part) =>
    element(
      "pre",
      { class: "output", tabindex: "0", role: "group", "aria-label": "Output" },
      ...spanElements(part, query),
    );
  const parts = [copyable(pre(spans), "output")];
  if (note) parts.push(element("button", { type: "button", class: "more", "data-act": "open" }, note));
  if (tail.length) parts.push(pre(tail));
  return element("div", { class: "output-block" }, ...parts);
}

function diffElement({ parts, note = "" }, { query }) {
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

function imageElement({ words, file = "" }, { imageUrl }) {
  const url = file ? imageUrl(file) : null;
  return element(
    "figure",
    {},
    url ? element("img", { src: url, alt: words, loading: "lazy" }) : null,
    element("figcaption", { class: "note" }, words),
  );
}
