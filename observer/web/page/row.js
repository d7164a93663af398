// What the server sends of one line: its row, as docs/rows.md describes it, and where the line is in the file.
//
// A record is { offset, end, bytes, ...row }; `offset` and `end` are bytes in the file.

export const createRecord = (offset, end, row) => ({
  offset,
  end,
  bytes: end - offset,
  seq: null,
  time: null,
  agent: null,
  title: [],
  facts: [],
  status: [],
  blocks: [],
  tone: "",
  ...row,
});

// The text of spans.
export const textOfSpans = (spans) => spans.map((span) => (typeof span === "string" ? span : span[0])).join("");
// The tone of the first span of a status.
export const toneOfSpans = (spans) => (Array.isArray(spans[0]) ? spans[0][1] : "");

// A record in one line.
export function lineOf({ label, title, facts, status }) {
  const head = [label, textOfSpans(title), textOfSpans(status)].filter(Boolean).join(": ");
  return [head, ...facts.map(textOfSpans)].filter(Boolean).join(" · ");
}
