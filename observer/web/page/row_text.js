// The texts of a row in which a search looks: what a reader sees of it, and the names and ids in it.

import { textOfSpans } from "./row.js";

// Fields whose values are not of the data of the event.
const STRUCTURE = new Set(["kind", "agent", "block", "tone", "language", "align", "look", "media_type"]);
const SPANS = new Set(["spans", "tail", "title", "status", "unended"]);

// Yield the texts of a row, of a block, or of anything within them. Spans that follow each other are one text.
/** @param {unknown} value @param {string} [name] @returns {Generator<string>} */
export function* textsOf(value, name = "") {
  if (typeof value === "string") {
    if (!STRUCTURE.has(name)) yield value;
  } else if (Array.isArray(value)) yield* textsOfArray(value, name);
  else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) yield* textsOf(item, key);
  }
}

/** @param {any[]} value @param {string} name @returns {Generator<string>} */
function* textsOfArray(value, name) {
  if (SPANS.has(name)) yield textOfSpans(value);
  else if (name === "facts" || name === "head") yield* value.map(textOfSpans);
  else if (name === "rows") { for (const cells of value) yield* cells.map(textOfSpans); }
  else if (name === "parts") { for (const [, lines] of value) yield lines.join("\n"); }
  else for (const item of value) yield* textsOf(item);
}
