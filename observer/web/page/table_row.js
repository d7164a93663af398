// One row of the log as elements.

import { element, marked, table } from "./dom.js";
import { ROLES, SIGNS } from "./labels.js";
import { dateOf, isText, kindOf, linesOf, statusOf, story, titleOf } from "./report_data.js";
import { clock, duration, size } from "./units.js";

const STATUS_WORDS = table({ void: "told anew", success: "", completed: "" });

export function roleOf(row) {
  const status = statusOf(row);
  if (row.type === "malformed" || row.type === "error") return "bad";
  if (status) return ROLES.get(status) ?? (row.bad ? "bad" : "dim");
  return row.bad ? "warning" : "";
}

function statusElement(row) {
  const status = statusOf(row);
  const word = STATUS_WORDS.get(status) ?? status;
  const sign = SIGNS.get(status) ?? "";
  return element("span", { class: `status ${roleOf(row)}`, title: status || null }, [sign, word].filter(Boolean).join(" "));
}

function tookOf(row) {
  if (row.took !== undefined) return duration(row.took);
  if (row.status === "blocked") return "";
  return row.ends !== undefined && row.at !== undefined && row.type === "tool" ? duration(row.ends - row.at) : "";
}

// `state` says whether it is open, its place among those shown, and what is searched for.
export function rowElement(row, state) {
  const agent = row.agent ? element("span", { class: `chip agent-${row.agent % 6}` }, story.agents[row.agent]) : null;
  const head = element(
    "button",
    { type: "button", class: "head", "aria-expanded": String(state.open), tabindex: state.current ? "0" : "-1" },
    element("span", { class: "time", title: row.at === undefined ? null : dateOf(row) }, row.at === undefined ? "" : clock(row.at)),
    element("span", { class: "kind" }, ...marked(kindOf(row), state.wanted)),
    element("span", { class: "what" }, agent, element("span", { class: "title" }, ...marked(titleOf(row), state.wanted))),
    statusElement(row),
    element("span", { class: "took" }, tookOf(row)),
    element("span", { class: "line" }, element("span", { class: "unseen" }, "line "), `L${linesOf(row)}`),
  );
  const made = element(
    "li",
    { class: `row of-${row.type.replace(/[^a-z_]/g, "-")} ${roleOf(row)}${isText(row) ? " prose" : ""}`, "aria-setsize": state.size, "aria-posinset": state.place + 1 },
    head,
  );
  if (state.open) made.append(bodyElement(row, state.wanted));
  return made;
}

function bodyElement(row, wanted) {
  const facts = [
    row.at === undefined ? "no time" : dateOf(row),
    row.last && row.last !== row.line ? `lines ${linesOf(row)} of the run file` : `line ${row.line} of the run file`,
    story.agents[row.agent],
    statusOf(row) === "void" ? "void: its stream broke, and the model said it anew" : statusOf(row),
    tookOf(row),
  ];
  const body = element("div", { class: "body" }, element("p", { class: "note" }, facts.filter(Boolean).join(" · ")));
  for (const text of row.texts ?? []) body.append(textElement(text, wanted));
  return body;
}

const LOOKS = table({ old_string: "removed", new_string: "added", output: "output", reason: "reason" });

function textElement([label, head, line, left = 0, tail = ""], wanted) {
  const look = LOOKS.get(label) ?? "";
  const shown = element("pre", { class: look || null }, ...marked(head, wanted));
  if (left) shown.append(element("em", {}, `\n… ${size(left)} left out; line ${line} of the run file …\n`), ...marked(tail, wanted));
  if (!left && head.length < 100 && !head.includes("\n")) shown.classList.add("short");
  return element("div", { class: "text" }, label ? element("h3", {}, label) : null, shown);
}
