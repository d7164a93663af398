// The filter of the report, applied to the rows in the page. Its selects offer what there is, with counts.

import { element } from "./dom.js";
import { createSelect, FilterBar } from "./filter_bar.js";
import { toolName } from "./labels.js";
import { countValues, kindOf, report, rows, statusOf } from "./report_data.js";
import { formatNumber, pluralize } from "./units.js";

const REPORT_TYPING_MS = 120;

// The searchable text of a row in lower case, created on first use.
const searchTexts = new Array(rows.length);
function searchText(index) {
  const row = rows[index];
  searchTexts[index] ??= [kindOf(row), row.title ?? "", ...(row.texts ?? []).flatMap((text) => [text[1], text[4] ?? ""])]
    .join("\n")
    .toLowerCase();
  return searchTexts[index];
}

function matches(index, filter) {
  const row = rows[index];
  return (
    (!filter.type || row.type === filter.type) &&
    (!filter.tool || (row.type === "tool" && (row.name ?? "") === filter.tool.slice(1))) &&
    (!filter.status || statusOf(row) === filter.status) &&
    (!filter.agent || row.agent === Number(filter.agent)) &&
    (!filter.errors || row.bad === true) &&
    (!filter.text || searchText(index).includes(filter.text))
  );
}

// A select with the number of rows of each value.
function countedSelect(name, label, counts, labelOf, valueOf = String) {
  const options = counts.map(([value, count]) => [valueOf(value), `${labelOf(value)} (${formatNumber(count)})`]);
  return createSelect(label, options, { name, hidden: options.length < 2 && name !== "type" });
}

export class ReportFilter extends FilterBar {
  // `onChange(indexes, text)` is called with the rows that match.
  constructor(onChange) {
    const tools = countValues(rows.map((row) => (row.type === "tool" ? row.name ?? "" : null)));
    const agents = countValues(rows.map((row) => row.agent)).sort((a, b) => a[0] - b[0]);
    const plain = (value) => value.replaceAll("_", " ");
    const expandAll = element("button", { type: "button", class: "quiet" }, "Expand all");
    super({
      subject: "log", search: { placeholder: "Search the log   /" }, typingMs: REPORT_TYPING_MS, buttons: [expandAll],
      selects: [
        countedSelect("type", "All types", countValues(rows.map((row) => row.type)), plain),
        countedSelect("tool", "All tools", tools, toolName, (name) => `=${name}`),
        countedSelect("status", "Any status", countValues(rows.map((row) => statusOf(row) || null)), plain),
        countedSelect("agent", "All agents", agents, (agent) => report.agents[agent]),
      ],
    });
    this.onChange = onChange;
    this.expandAll = expandAll;
    this.result = element("output", { "aria-live": "polite" });
    this.element.append(this.result);
  }

  apply() {
    const filter = { text: this.text, errors: this.errors.checked };
    for (const select of this.selects) filter[select.name] = select.value;
    const indexes = [];
    for (let index = 0; index < rows.length; index += 1) if (matches(index, filter)) indexes.push(index);
    this.onChange(indexes, filter.text);
    this.showCount(indexes.length);
  }

  showCount(count) {
    const all = count === rows.length;
    this.result.textContent = all ? pluralize(rows.length, "row") : `${formatNumber(count)} of ${pluralize(rows.length, "row")}`;
    this.clear.disabled = all;
  }
}
