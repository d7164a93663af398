// Which events are wanted, and the bar that says so. The server chooses; the names are those of the command line.

import { element, later } from "./dom.js";
import { toolName } from "./labels.js";

const TYPES = [
  ["thought", "Text"], ["thinking", "Thinking"], ["tool_use,tool_result", "Tool calls"], ["subagent_start,subagent_progress,subagent_complete", "Subagents"],
  ["progress", "Progress"], ["session_start,session_end,run_start,complete", "Sessions"], ["error,api_retry,rate_limit,compaction,info", "Errors and notes"], ["heartbeat", "Heartbeats"],
];
const STATUSES = ["success", "error", "blocked", "failed", "completed", "interrupted"];
const MOST = 60; // names in a list
const TYPING_MS = 250;

export class FilterBar {
  // `changed(wish)` hears of what is wanted as soon as that is something else.
  constructor(changed, extras) {
    this.search = element("input", {
      type: "search", name: "text", placeholder: "Search", title: "Search (/)", "aria-label": "Search the events", autocomplete: "off", spellcheck: "false", maxlength: "200",
    });
    this.type = choice("All types", TYPES);
    this.tool = choice("All tools", []);
    this.status = choice("Any status", STATUSES.map((status) => [status, status]));
    this.agent = choice("All agents", [["main", "Main agent"]]);
    this.errors = element("input", { type: "checkbox", name: "errors" });
    this.clear = element("button", { type: "button", class: "quiet", title: "Clear the filters (Esc)" }, "Clear");
    this.next = element("button", { type: "button", class: "quiet", title: "Next error (e); previous: Shift e" }, "Next error");
    const label = element("label", { class: "check" }, this.errors, "Errors only");
    const choices = element("div", { class: "choices", id: "choices" }, this.type, this.tool, this.status, this.agent, label, this.clear);
    this.opener = element("button", { type: "button", class: "quiet opener", "aria-expanded": "false", "aria-controls": "choices" }, "Filters");
    this.opener.addEventListener("click", () => this.opener.setAttribute("aria-expanded", String(this.element.classList.toggle("open"))));
    const end = element("span", { class: "end" }, this.next, ...extras);
    this.element = element("form", { class: "filter", role: "search", "aria-label": "Filter the events" }, this.search, this.opener, choices, end);
    this.before = JSON.stringify(this.wish());
    const ask = () => {
      const wish = this.wish();
      this.show();
      if (JSON.stringify(wish) === this.before) return;
      this.before = JSON.stringify(wish);
      changed(wish);
    };
    this.ask = ask;
    this.search.addEventListener("input", later(ask, TYPING_MS));
    for (const one of [this.type, this.tool, this.status, this.agent, this.errors]) one.addEventListener("change", ask);
    this.clear.addEventListener("click", () => this.reset());
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      ask();
    });
    this.show();
  }

  // As the server wants it asked: searched text is meant literally, in any case.
  wish() {
    const grep = this.search.value.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const wish = {
      type: this.type.value ? this.type.value.split(",") : null, tool: this.tool.value || null, status: this.status.value || null,
      agent: this.agent.value || null, errors: this.errors.checked || null, grep: grep ? `(?i)${grep}` : null,
    };
    return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== null));
  }

  get text() {
    return this.search.value.trim().toLowerCase();
  }

  get active() {
    return Object.keys(this.wish()).length > 0;
  }

  reset() {
    this.element.reset();
    this.ask();
  }

  // Clear without asking for anything: somebody else is about to.
  forgetWish() {
    this.element.reset();
    this.before = JSON.stringify(this.wish());
    this.show();
  }

  show() {
    for (const one of [this.type, this.tool, this.status, this.agent]) one.classList.toggle("set", one.value !== "");
    this.clear.hidden = !this.active;
    this.opener.setAttribute("aria-pressed", String(this.active));
  }

  // Another run: other tools and agents.
  forget() {
    for (const [select, kept] of [[this.tool, 1], [this.agent, 2]]) select.replaceChildren(...[...select.children].slice(0, kept));
    this.forgetWish();
  }

  knowTool(name) {
    know(this.tool, name, toolName(name));
  }

  knowAgent(id, name) {
    know(this.agent, id, name);
  }
}

function choice(label, options) {
  return element("select", { "aria-label": label }, element("option", { value: "" }, label), ...options.map(([value, said]) => element("option", { value }, said)));
}

function know(select, value, said) {
  if (!value || select.children.length > MOST) return;
  const known = [...select.children].find((option) => option.value === value);
  if (known) {
    if (said.length > known.textContent.length) known.textContent = element("option", {}, said).textContent;
    return;
  }
  select.append(element("option", { value }, said.slice(0, 80)));
}
