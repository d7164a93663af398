// One row of the event table as elements.

import { element, highlight, lookup } from "./dom.js";
import { dateOf, durationOf, isText, kindOf, linesOf, report, roleOf, statusOf, titleOf } from "./report_data.js";
import { statusElement } from "./row_parts.js";
import { formatOffset, formatSize } from "./units.js";

const AGENT_HUES = 6;
const SHORT_TEXT = 100; // characters of a text that is shown on one line beside its label
const TEXT_LOOKS = lookup({ old_string: "removed", new_string: "added", output: "output", reason: "reason" });

// `state` is { open, current, position, count, query }: where the row is in the table, and what is searched for.
export function createTableRow(row, state) {
  const agent = row.agent ? element("span", { class: `chip agent-${row.agent % AGENT_HUES}` }, report.agents[row.agent]) : null;
  const head = element(
    "button",
    { type: "button", class: "head", "aria-expanded": String(state.open), tabindex: state.current ? "0" : "-1" },
    element("span", { class: "time", title: row.start === undefined ? null : dateOf(row) }, row.start === undefined ? "" : formatOffset(row.start)),
    element("span", { class: "kind" }, ...highlight(kindOf(row), state.query)),
    element("span", { class: "what" }, agent, element("span", { class: "title" }, ...highlight(titleOf(row), state.query))),
    statusElement(statusOf(row), roleOf(row)),
    element("span", { class: "duration" }, durationOf(row)),
    element("span", { class: "line" }, element("span", { class: "visually-hidden" }, "line "), `L${linesOf(row)}`),
  );
  const created = element(
    "li",
    { class: `row of-${row.type.replace(/[^a-z_]/g, "-")} ${roleOf(row)}${isText(row) ? " prose" : ""}${row.type === "prompt" ? ` from-${(row.name ?? "").replace(/[^a-z]/g, "-")}` : ""}`, "aria-setsize": state.count, "aria-posinset": state.position + 1 },
    head,
  );
  if (state.open) created.append(createBody(row, state.query));
  return created;
}

function createBody(row, query) {
  const facts = [
    row.start === undefined ? "no timestamp" : dateOf(row),
    row.lastLine && row.lastLine !== row.line ? `lines ${linesOf(row)} of the run file` : `line ${row.line} of the run file`,
    report.agents[row.agent],
    statusOf(row) === "void" ? "void: the stream broke, and the model repeated the text" : statusOf(row),
    durationOf(row),
  ];
  const body = element("div", { class: "body" }, element("p", { class: "note" }, facts.filter(Boolean).join(" · ")));
  for (const text of row.texts ?? []) body.append(createText(text, query));
  return body;
}

function createText([label, head, line, omitted = 0, tail = ""], query) {
  const shown = element("pre", { class: TEXT_LOOKS.get(label) }, ...highlight(head, query));
  if (omitted) shown.append(element("em", {}, `\n… ${formatSize(omitted)} omitted; see line ${line} of the run file …\n`), ...highlight(tail, query));
  else if (head.length < SHORT_TEXT && !head.includes("\n")) shown.classList.add("short");
  return element("div", { class: "text" }, label ? element("h3", {}, label) : null, shown);
}
