// Says on paper which events of the run are on it: those that the log holds.

import { byId, setText } from "./dom.js";
import { formatNumber } from "./units.js";
/** @import { RunView } from "./run_view.js" */

export class PaperNote {
  /** @param {RunView} view */
  constructor(view) {
    this.view = view;
    this.total = 0; // events of the run, 0 if that is not known
    addEventListener("beforeprint", () => setText(byId("on-paper"), this.words()));
  }

  words() {
    const { reader, filter } = this.view;
    const events = reader?.cache.events ?? [];
    const numbers = events.flatMap(({ seq }) => seq ?? []);
    if (!reader || !numbers.length || (reader.cache.atStart && reader.attached && !filter.active)) return "";
    const range = `${formatNumber(numbers[0])}–${formatNumber(numbers[numbers.length - 1])}`;
    const total = this.total ? ` of ${formatNumber(this.total)}` : "";
    return `On paper: events ${range}${total}${filter.active ? ", those that pass the filter" : ""}.`;
  }
}
