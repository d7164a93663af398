// The controls of the list of runs: what it is filtered by, its order and its groups. They are remembered in this
// browser.

import { byId, debounce, element } from "./dom.js";
import { createSelect } from "./filter_bar.js";
import { formatNumber } from "./units.js";
/** @import { RunListMessage } from "./types.d.ts" */

const STORAGE_KEY = "runtail-list";
const TYPING_MS = 250;
const SORTS = [["newest", "Newest first"], ["event", "Latest event first"], ["cost", "Highest cost first"], [
  "duration",
  "Longest first",
]];
const GROUPS = [["project", "By project"], ["verdict", "By verdict"]];

export class RunListBar {
  // `onChange()` is called when the list is wanted in another way.
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.text = element("input", {
      type: "text",
      name: "text",
      "aria-label": "Filter the runs",
      placeholder: "Filter runs",
      title: "About, project, host or name",
      maxlength: "200",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.selects = {
      sort: createSelect("Needs me first", SORTS, { title: "Order" }),
      group: createSelect("No groups", GROUPS, { title: "Groups" }),
      verdict: createSelect("All verdicts", []),
      project: createSelect("All projects", []),
    };
    /** @type {Record<string, string>} */
    this.shown = {}; // what each select offers, as text
    this.restore();
    this.element = element(
      "form",
      { id: "run-filter", role: "search", "aria-label": "Filter the runs" },
      this.text,
      ...Object.values(this.selects),
    );
    const changed = () => {
      this.mark();
      this.store();
      onChange();
    };
    this.text.addEventListener("input", debounce(changed, TYPING_MS));
    for (const select of Object.values(this.selects)) select.addEventListener("change", changed);
    this.element.addEventListener("submit", (event) => event.preventDefault());
    byId("run-filter").replaceWith(this.element);
    this.mark();
  }

  // The parameters of a request.
  query() {
    const chosen = Object.entries(this.selects).map(([name, { value }]) => [name, value]);
    return { ...Object.fromEntries(chosen), text: this.text.value.trim() };
  }

  get filters() {
    const { verdict, project, text } = this.query();
    return Boolean(verdict || project || text);
  }

  // Offer the verdicts and projects that there are, each with the number of its runs.
  /** @param {Pick<RunListMessage, "verdicts" | "projects">} counts */
  offer({ verdicts, projects }) {
    this.fill("verdict", verdicts);
    this.fill("project", projects);
  }

  /** @param {"verdict" | "project"} name @param {Record<string, number>} counts */
  fill(name, counts) {
    const select = this.selects[name];
    const { value } = select;
    const known = value && !(value in counts) ? { ...counts, [value]: 0 } : counts;
    const shown = JSON.stringify(known);
    if (shown === this.shown[name]) return;
    this.shown[name] = shown;
    const options = Object.entries(known).map(([key, count]) =>
      element("option", { value: key }, `${key} (${formatNumber(count)})`)
    );
    select.replaceChildren(select.options[0], ...options);
    select.value = value;
    select.hidden = options.length < 2 && !value;
  }

  mark() {
    for (const select of Object.values(this.selects)) select.classList.toggle("set", select.value !== "");
  }

  // The order and the groups are a habit; a filter is of the moment.
  restore() {
    const { sort, group } = readStored();
    choose(this.selects.sort, sort);
    choose(this.selects.group, group);
  }

  store() {
    try {
      localStorage.setItem(
        STORAGE_KEY,
        JSON.stringify({ sort: this.selects.sort.value, group: this.selects.group.value }),
      );
    } catch {
      // nothing can be stored: it is as it was when the page is opened again
    }
  }
}

// Choose an option, if there is one with this value.
/** @param {HTMLSelectElement} select @param {string} value */
function choose(select, value) {
  if ([...select.options].some((option) => option.value === value)) select.value = value;
}

function readStored() {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "null") ?? {};
  } catch {
    return {};
  }
}
