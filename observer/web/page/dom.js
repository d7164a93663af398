// Making elements. Text of the run enters the page here only: cleaned, and as text.

import { clean } from "./sanitize.js";

export const reduced = matchMedia("(prefers-reduced-motion: reduce)");
// A lookup by names that the run may have chosen: an object would find "constructor" in itself.
export const table = (pairs) => new Map(Object.entries(pairs));
export const byId = (id) => document.getElementById(id);

// `attributes` are set as they are, `class` too; those that are null or false are left out. Strings become text.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : clean(String(value)));
  }
  add(made, ...children);
  return made;
}

function add(parent, ...children) {
  for (const child of children) {
    if (child !== null && child !== undefined) parent.append(typeof child === "string" ? clean(child) : child);
  }
}

// Say something in an element; what it says already is not said again.
export function say(place, text) {
  const cleaned = clean(text);
  if (place.textContent !== cleaned) place.textContent = cleaned;
}

// Text with every occurrence of `wanted` (lower case) marked.
export function marked(text, wanted) {
  if (!wanted) return [text];
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return [text]; // a few letters change their length: positions would be off
  const parts = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0 && parts.length < 400; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), element("mark", {}, text.slice(at, at + wanted.length)));
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
}

// Make the children of `list` these, in this order, and touch as few as can be: focus and selection stay.
export function arrange(list, wanted) {
  const stay = new Set(wanted);
  for (const child of [...list.children]) if (!stay.has(child)) child.remove();
  let next = list.firstElementChild;
  for (const one of wanted) {
    if (one === next) next = next.nextElementSibling;
    else list.insertBefore(one, next);
  }
}

export function later(work, ms) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(work, ms);
  };
}

// Calls `work` at most once a frame, however often it is asked for; in a hidden tab, which has no frames, soon.
export function framed(work) {
  let asked = false;
  const go = () => {
    if (!asked) return;
    asked = false;
    work();
  };
  return () => {
    if (asked) return;
    asked = true;
    if (document.hidden) setTimeout(go, 200);
    else requestAnimationFrame(go);
  };
}
