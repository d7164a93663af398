// Creates and updates elements. Text of a run enters the document only here: sanitized, and as text, never as markup.

import { clean } from "./sanitize.js";

const MAX_HIGHLIGHTS = 400; // per text
const HIDDEN_TAB_DELAY_MS = 200; // a hidden tab has no animation frames

// A Map, for lookups by names that the run may have chosen: an object would find "constructor" in itself.
export const lookup = (entries) => new Map(Object.entries(entries));
export const byId = (id) => document.getElementById(id);
export const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Create an element. Attributes that are null, undefined or false are omitted; children that are strings become text.
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
export function setText(target, text) {
  const cleaned = clean(text);
  if (target.textContent !== cleaned) target.textContent = cleaned;
}

// Return `text` as parts, with every match of `query` (lower case) in a <mark>.
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
export function debounce(action, ms) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
  };
}

// Return a function that calls `action` at most once per animation frame, however often it is called.
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
