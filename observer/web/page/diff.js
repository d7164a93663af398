// The lines that a tool call changes in a file, as observer/terminal/diff.py finds them.
//
// Only one of the common lines at either end is kept. An edit names the place that it changes, so there is rarely more to find.

import { lookup } from "./dom.js";
import { objectsOf, textOf } from "./event.js";

const CONTEXT = 1; // lines
const splitLines = (text) => (text ? text.replace(/\n$/, "").split("\n") : []);
const addedLines = (text) => splitLines(text).map((line) => ["+", line]);

function diffLines(oldText, newText) {
  const [before, after] = [splitLines(oldText), splitLines(newText)];
  let unmatched = Math.min(before.length, after.length);
  let commonStart = 0;
  while (commonStart < unmatched && before[commonStart] === after[commonStart]) commonStart += 1;
  unmatched -= commonStart;
  let commonEnd = 0;
  while (commonEnd < unmatched && before[before.length - 1 - commonEnd] === after[after.length - 1 - commonEnd]) commonEnd += 1;
  const signed = (sign, lines) => lines.map((line) => [sign, line]);
  return [
    ...signed(" ", before.slice(Math.max(0, commonStart - CONTEXT), commonStart)),
    ...signed("-", before.slice(commonStart, before.length - commonEnd)),
    ...signed("+", after.slice(commonStart, after.length - commonEnd)),
    ...signed(" ", before.slice(before.length - commonEnd).slice(0, CONTEXT)),
  ];
}

const CHANGES_OF_TOOL = lookup({
  Write: (input) => addedLines(textOf(input, "content")),
  Edit: (input) => diffLines(textOf(input, "old_string"), textOf(input, "new_string")),
  MultiEdit: (input) => objectsOf(input, "edits").flatMap((edit) => diffLines(textOf(edit, "old_string"), textOf(edit, "new_string"))),
  NotebookEdit: (input) => addedLines(textOf(input, "new_source")),
});

// Return the lines that a call changes, each [sign, text]; none for a tool that changes no file.
export const changedLines = (name, input) => CHANGES_OF_TOOL.get(name)?.(input) ?? [];
// Fields of the input that the changed lines show already.
export const FIELDS_IN_CHANGES = new Set(["content", "old_string", "new_string", "edits", "new_source"]);
