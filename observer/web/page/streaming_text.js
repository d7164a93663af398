// Draws a text that is still being written with what each of its lines can tell: headings, lines of code, and all
// others as they are. Once it is complete, the tree that the server makes of it takes its place.

import { element, highlight } from "./dom.js";

const FENCE = /^ {0,3}(```|~~~)/;
const HEADING = /^ {0,3}(#{1,6}) +(.*)/;
const LEVEL_BELOW = 2; // of the page and the session, as in blocks.js
const MAX_LEVEL = 6;

// The elements for a text; `query` is what is searched for, in lower case.
/** @param {string} text @param {string} query */
export function streamingText(text, query) {
  const parts = [];
  /** @type {string[]} */
  let lines = []; // of the paragraph or of the code at hand
  /** @type {string | null} */
  let fence = null; // what ends the code at hand
  const flush = () => {
    const joined = lines.join("\n").replace(/^\n+|\n+$/g, "");
    if (joined) parts.push(element(fence ? "pre" : "p", { class: fence ? "code" : null }, ...highlight(joined, query)));
    lines = [];
  };
  for (const line of text.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    const heading = fence ? null : HEADING.exec(line);
    if (mark && (fence === null || fence === mark)) {
      flush();
      fence = fence ? null : mark;
    } else if (heading) {
      flush();
      parts.push(headingElement(heading[1].length, heading[2], query));
    } else lines.push(line);
  }
  flush();
  return parts;
}

/** @param {number} level @param {string} text @param {string} query */
function headingElement(level, text, query) {
  const attributes = {
    class: `heading level-${level}`,
    role: "heading",
    "aria-level": Math.min(MAX_LEVEL, level + LEVEL_BELOW),
  };
  return element("p", attributes, ...highlight(text, query));
}
