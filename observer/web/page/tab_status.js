// What a tab says of its run while it is hidden: its title, its icon, and notifications for those who want them.

import { byId, findIn } from "./dom.js";
import { canShare } from "./run_feed.js";
import { statusText } from "./run_status.js";
import { clean } from "./sanitize.js";
import { loadChoice, storeChoice } from "./storage.js";
/** @import { Run } from "./types.d.ts" */

const STORAGE_KEY = "runtail-notify";
const MAX_TITLE = 100; // characters
/** @type {Record<string, string>} */
const SIGNS = { good: "✓", bad: "✗", blocked: "?", lost: "○", going: "●" };
/** @type {Record<string, string>} */
const ICONS = { good: "/page/icon_good.svg", bad: "/page/icon_bad.svg", blocked: "/page/icon_blocked.svg" };

export class TabStatus {
  constructor() {
    this.icon = findIn(document, "link[rel=icon]");
    /** @type {Run | null} */
    this.run = null;
    this.button = byId("notify");
    // Else no hidden tab could notify.
    this.button.hidden = !(canShare && "Notification" in globalThis && isSecureContext);
    this.button.addEventListener("click", () => this.toggle());
    this.wanted = loadChoice(STORAGE_KEY) === "yes";
    this.update();
  }

  // Show a run as the run list has it.
  /** @param {Run} run */
  show(run) {
    const previous = this.run;
    this.run = run;
    this.showAs(run, run.words.sign);
    const isNews = previous?.name === run.name && previous.verdict !== run.verdict;
    if (isNews && document.hidden && this.enabled && ICONS[run.words.sign]) this.notify(run);
  }

  // The connection is lost: what becomes of the run is not known.
  lose() {
    if (this.run && !this.run.words.is_over) this.showAs(this.run, "lost");
  }

  /** @param {Run} run @param {string} state */
  showAs(run, state) {
    const { progress } = run.words;
    document.title = clean(
      [SIGNS[state], (run.about || run.name).slice(0, MAX_TITLE), progress && `· ${progress}`].filter(Boolean).join(
        " ",
      ),
    );
    const icon = ICONS[state] ?? "/page/icon.svg";
    if (this.icon.getAttribute("href") !== icon) this.icon.setAttribute("href", icon);
  }

  // Several tabs may show the same run: the browser shows notifications of one tag once.
  /** @param {Run} run */
  notify(run) {
    const notification = new Notification(clean(statusText(run.words.status)), {
      body: clean(run.about || run.name),
      tag: `${run.name} ${run.verdict}`,
      icon: this.icon.getAttribute("href") ?? "",
    });
    notification.addEventListener("click", () => {
      focus();
      notification.close();
    });
  }

  get enabled() {
    return this.wanted && !this.button.hidden && Notification.permission === "granted";
  }

  async toggle() {
    this.wanted = !this.enabled && (await Notification.requestPermission()) === "granted";
    storeChoice(STORAGE_KEY, this.wanted ? "yes" : "no");
    this.update();
  }

  update() {
    if (this.button.hidden) return;
    this.button.setAttribute("aria-pressed", String(this.enabled));
    const isBlocked = Notification.permission === "denied";
    this.button.title = isBlocked
      ? "The browser blocks notifications of this page"
      : "Notify when the run ends, stalls or waits for a person, while this tab is hidden";
  }
}
