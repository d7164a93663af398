// The bar with a search field, selects and a checkbox for errors: the base of the filter of a run.

import { debounce, element } from "./dom.js";
/** @import { Attributes, FilterBarParts } from "./types.d.ts" */

export class FilterBar {
  // `subject` names what is filtered, `search` has attributes of the search field, `selects` and `buttons` are elements
  // of the bar. A subclass has apply(), which is called when the filter may have changed, after `typingMs` while the
  // user types.
  /** @param {FilterBarParts} parts */
  constructor({ subject, search, selects, buttons = [], typingMs }) {
    this.search = element("input", {
      type: "search",
      name: "text",
      "aria-label": `Search the ${subject}`,
      autocomplete: "off",
      spellcheck: "false",
      ...search,
    });
    this.selects = selects;
    this.errors = element("input", { type: "checkbox", name: "errors" });
    this.clear = element("button", { type: "button", class: "quiet", title: "Clear the filters" }, "Clear");
    const errorsOnly = element("label", { class: "check" }, this.errors, "Errors only");
    this.choices = element("div", { class: "choices", id: "choices" }, ...selects, errorsOnly, this.clear, ...buttons);
    this.element = element(
      "form",
      { class: "filter", role: "search", "aria-label": `Filter the ${subject}` },
      this.search,
      this.choices,
    );
    this.search.addEventListener("input", debounce(() => this.apply(), typingMs));
    for (const input of [...selects, this.errors]) input.addEventListener("change", () => this.apply());
    this.clear.addEventListener("click", () => this.reset());
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.apply();
    });
  }

  // The filter may have changed.
  apply() {}

  // The text that is searched for, in lower case.
  get text() {
    return this.search.value.trim().toLowerCase();
  }

  reset() {
    this.element.reset();
    this.apply();
  }
}

// A select whose first option, named like itself, does not restrict anything; `options` are [value, label].
/** @param {string} label @param {string[][]} options @param {Attributes} [attributes] @returns {HTMLSelectElement} */
export function createSelect(label, options, attributes = {}) {
  const optionElements = options.map(([value, text]) => element("option", { value }, text));
  return element(
    "select",
    { "aria-label": label, ...attributes },
    element("option", { value: "" }, label),
    ...optionElements,
  );
}
