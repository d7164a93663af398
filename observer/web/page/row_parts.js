// Parts that the rows of the live page and of the report have in common.

import { element, lookup } from "./dom.js";
import { STATUS_SIGNS } from "./labels.js";

// Words of a status where they differ from it. The sign alone is enough for a success.
const STATUS_WORDS = lookup({ success: "", completed: "", ended: "", void: "replaced" });

// A status as a coloured sign and word; a word that is not shown is there for screen readers.
export function statusElement(status, role, sign = STATUS_SIGNS.get(status), word = STATUS_WORDS.get(status) ?? status) {
  const hidden = status && !word ? element("span", { class: "visually-hidden" }, status) : null;
  const separated = typeof sign === "string" && word ? `${sign} ` : sign;
  return element("span", { class: `status ${role}`, title: status || null }, separated, word, hidden);
}
