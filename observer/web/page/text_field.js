// Long texts in a row: an excerpt first, the full text on request.

import { element, highlight } from "./dom.js";
import { formatNumber, formatSize, pluralize } from "./units.js";

const MAX_CHARACTERS = 400_000; // of one text in the document
const MAX_LINE = 600; // characters of one line of an excerpt
const SHORT = 160; // characters of a value that is shown on one line beside its name
const LARGE = 4000; // characters of a value whose size is shown

const cutLine = (line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);
const cutLines = (lines) => lines.map(cutLine).join("\n");

// The first and last lines of a text: { head, tail, omitted, isCut }, where `omitted` counts the lines between them.
function excerpt(text, first, last) {
  const lines = text.replace(/\n$/, "").split("\n");
  if (lines.length <= first + last + 1) return { head: cutLines(lines), tail: "", omitted: 0, isCut: lines.some((line) => line.length > MAX_LINE) };
  return { head: cutLines(lines.slice(0, first)), tail: last ? cutLines(lines.slice(-last)) : "", omitted: lines.length - first - last, isCut: true };
}

// Elements with an excerpt and a button for the rest.
export function excerptElements(text, { first, last = 0, look = "", query = "" }) {
  const { head, tail, omitted, isCut } = excerpt(text, first, last);
  const shown = element("pre", { class: look }, ...highlight(head, query));
  if (!isCut) return [shown];
  const more = element("button", { type: "button", class: "more", "data-act": "open" }, omitted ? `… ${pluralize(omitted, "more line")}` : "… full text");
  return tail ? [shown, more, element("pre", { class: look }, ...highlight(tail, query))] : [shown, more];
}

// An element with the full text, up to what a page can carry; a long one scrolls.
export function fullTextElement(text, look, query, label) {
  const shown = element("pre", { class: look, tabindex: "0", role: "group", "aria-label": label }, ...highlight(text.slice(0, MAX_CHARACTERS), query));
  if (text.length > MAX_CHARACTERS) shown.append(element("em", {}, `\n… ${formatNumber(text.length - MAX_CHARACTERS)} more characters; see the run file`));
  return shown;
}

// Elements with changed lines, each [sign, text], and a button if there are more than `maxLines`.
export function diffElements(lines, maxLines) {
  const shown = lines.length <= maxLines + 1 ? lines : lines.slice(0, maxLines);
  const looks = { "+": "added", "-": "removed", " ": "same" };
  const list = element("div", { class: "diff", role: "group", "aria-label": "Changed lines" }, ...shown.map(([sign, line]) =>
    element("div", { class: looks[sign] }, element("span", { class: "sign" }, sign === "-" ? "−" : sign), element("code", {}, cutLine(line) || " "))));
  if (shown.length === lines.length) return [list];
  return [list, element("button", { type: "button", class: "more", "data-act": "open" }, `… ${pluralize(lines.length - shown.length, "more line")}`)];
}

// An element with a name and its value, which is any text.
export function fieldElement(name, value, query, look = "") {
  const isShort = value.length < SHORT && !value.includes("\n");
  const shown = isShort ? element("pre", { class: `short ${look}` }, ...highlight(value, query)) : fullTextElement(value, look, query, name);
  const note = value.length > LARGE ? element("small", {}, formatSize(value.length)) : null;
  return element("div", { class: "field" }, element("p", { class: "label" }, name, note), shown);
}
