// Creates and updates elements. Text of a run enters the document only here: sanitized, and as text, never as markup.

import { clean } from "./sanitize.js";
/** @import { Attributes, Found } from "./types.d.ts" */

const MAX_HIGHLIGHTS = 400; // per text
const HIDDEN_TAB_DELAY_MS = 200; // a hidden tab has no animation frames

// A Map, for lookups by names that the run may have chosen: an object would find "constructor" in itself.
/** @template T @param {Record<string, T>} entries @returns {Map<string, T>} */
export const lookup = (entries) => new Map(Object.entries(entries));
/** @param {string} id @returns {HTMLElement} */
export const byId = (id) => findIn(document, `#${id}`);
/** @param {string} id */
export const dialogById = (id) => /** @type {HTMLDialogElement} */ (byId(id));
export const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// The first element in another one for a selector. It has to be there.
/**
 * @template {string} S
 * @param {ParentNode} parent
 * @param {S} selector
 * @returns {Found<S>}
 */
export function findIn(parent, selector) {
  const found = parent.querySelector(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return /** @type {Found<S>} */ (found);
}

// The element for a selector that an event happened in, null if there is none.
/** @param {Event} event @param {string} selector @returns {HTMLElement | null} */
export const closest = ({ target }, selector) => (target instanceof Element ? target.closest(selector) : null);

// Take the focus from the element that has it.
export function blur() {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

// Create an element. Attributes that are null, undefined or false are omitted; children that are strings become text.
/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {(string | Node | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      created.setAttribute(name, value === true ? "" : clean(String(value)));
    }
  }
  for (const child of children) {
    if (child !== null && child !== undefined) created.append(typeof child === "string" ? clean(child) : child);
  }
  return created;
}

// Set the text of an element. Text that is there already is not set again, as screen readers would repeat it.
/** @param {Element} target @param {string} text */
export function setText(target, text) {
  const cleaned = clean(text);
  if (target.textContent !== cleaned) target.textContent = cleaned;
}

// Return `text` as parts, with every match of `query` (lower case) in a <mark>.
/** @param {string} text @param {string} query @returns {(string | HTMLElement)[]} */
export function highlight(text, query) {
  if (!query) return [text];
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return [text]; // a few letters change their length: positions would be off
  const parts = [];
  let start = 0;
  for (
    let match = lower.indexOf(query);
    match >= 0 && parts.length < MAX_HIGHLIGHTS;
    match = lower.indexOf(query, start)
  ) {
    parts.push(text.slice(start, match), element("mark", {}, text.slice(match, match + query.length)));
    start = match + query.length;
  }
  return [...parts, text.slice(start)];
}

// Make `children` the children of `parent`, in this order, and move as few as possible: focus and selection are kept.
/** @param {Element} parent @param {Element[]} children */
export function syncChildren(parent, children) {
  const kept = new Set(children);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

// Return a function that calls `action` once it has not been called itself for `ms`.
/** @param {() => void} action @param {number} ms */
export function debounce(action, ms) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
  };
}

// Return a function that calls `action` at most once per animation frame, however often it is called.
/** @param {() => void} action */
export function oncePerFrame(action) {
  let scheduled = false;
  const run = () => {
    if (!scheduled) return;
    scheduled = false;
    action();
  };
  return () => {
    if (scheduled) return;
    scheduled = true;
    if (document.hidden) setTimeout(run, HIDDEN_TAB_DELAY_MS);
    else requestAnimationFrame(run);
  };
}
