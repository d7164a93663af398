// What a call changes in a file, as lines to show. As observer/terminal/diff.py: the lines that old and new text have in
// common at both ends are left out but one; an edit names the place it is about, so there is hardly ever more to find.

import { table } from "./dom.js";
import { listOf, textOf } from "./event.js";

const CONTEXT = 1;
const lines = (text) => (text ? text.replace(/\n$/, "").split("\n") : []);
const added = (text) => lines(text).map((line) => ["+", line]);

function diff(old, now) {
  const [before, after] = [lines(old), lines(now)];
  let least = Math.min(before.length, after.length);
  let same = 0;
  while (same < least && before[same] === after[same]) same += 1;
  least -= same;
  let alike = 0;
  while (alike < least && before[before.length - 1 - alike] === after[after.length - 1 - alike]) alike += 1;
  const part = (sign, some) => some.map((line) => [sign, line]);
  return [
    ...part(" ", before.slice(Math.max(0, same - CONTEXT), same)),
    ...part("-", before.slice(same, before.length - alike)),
    ...part("+", after.slice(same, after.length - alike)),
    ...part(" ", before.slice(before.length - alike).slice(0, CONTEXT)),
  ];
}

const OF_TOOL = table({
  Write: (input) => added(textOf(input, "content")),
  Edit: (input) => diff(textOf(input, "old_string"), textOf(input, "new_string")),
  MultiEdit: (input) => listOf(input, "edits").flatMap((edit) => diff(textOf(edit, "old_string"), textOf(edit, "new_string"))),
  NotebookEdit: (input) => added(textOf(input, "new_source")),
});

// The lines that a call is about to change, each [sign, text]; none for a tool that changes no file.
export const change = (name, input) => OF_TOOL.get(name)?.(input) ?? [];
// The fields of the input that the lines show already.
export const SHOWN_BY_CHANGE = new Set(["content", "old_string", "new_string", "edits", "new_source"]);
