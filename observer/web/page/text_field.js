// Long texts in a row: an excerpt first, all of it when somebody asks.

import { element, marked } from "./dom.js";
import { count, plural, size } from "./units.js";

const MOST = 400_000; // characters of one text in the document
const WIDEST = 600; // characters of one line of an excerpt

const cut = (line) => (line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line);

// The first (and last) lines of a text: { head, tail, left } with the number of lines that are left out.
function excerpt(text, first, last = 0) {
  const lines = text.replace(/\n$/, "").split("\n");
  if (lines.length <= first + last + 1) return { head: lines.map(cut).join("\n"), tail: "", left: 0, cut: lines.some((line) => line.length > WIDEST) };
  return { head: lines.slice(0, first).map(cut).join("\n"), tail: last ? lines.slice(-last).map(cut).join("\n") : "", left: lines.length - first - last, cut: true };
}

// An element with an excerpt and a button for the rest; `look` is its class.
export function shortened(text, { first, last = 0, look = "", wanted = "" }) {
  const { head, tail, left, cut: isCut } = excerpt(text, first, last);
  const shown = element("pre", { class: look }, ...marked(head, wanted));
  if (!isCut) return [shown];
  const more = element("button", { type: "button", class: "more", "data-act": "open" }, left ? `… ${plural(left, "more line")}` : "… the whole text");
  return tail ? [shown, more, element("pre", { class: look }, ...marked(tail, wanted))] : [shown, more];
}

// The whole of a text, as far as a page can carry it; it scrolls when it is long.
export function whole(text, look, wanted, label) {
  const shown = element("pre", { class: look, tabindex: "0", role: "group", "aria-label": label }, ...marked(text.slice(0, MOST), wanted));
  if (text.length > MOST) shown.append(element("em", {}, `\n… ${count(text.length - MOST)} more characters: in the run file`));
  return shown;
}

// Changed lines, each [sign, text].
export function changes(lines, most) {
  const shown = lines.length <= most + 1 ? lines : lines.slice(0, most);
  const looks = { "+": "added", "-": "removed", " ": "same" };
  const list = element("div", { class: "diff", role: "group", "aria-label": "Changed lines" }, ...shown.map(([sign, line]) =>
    element("div", { class: looks[sign] }, element("span", { class: "sign" }, sign === "-" ? "−" : sign), element("code", {}, cut(line) || " "))));
  if (shown.length === lines.length) return [list];
  return [list, element("button", { type: "button", class: "more", "data-act": "open" }, `… ${plural(lines.length - shown.length, "more line")}`)];
}

// A name with its value, which is any text.
export function field(name, value, wanted, look = "") {
  const short = value.length < 160 && !value.includes("\n");
  const shown = short ? element("pre", { class: `short ${look}` }, ...marked(value, wanted)) : whole(value, look, wanted, name);
  const note = value.length > 4000 ? element("small", {}, size(value.length)) : null;
  return element("div", { class: "field" }, element("p", { class: "label" }, name, note), shown);
}
