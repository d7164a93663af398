// Making elements. Text of the run enters the page here only, and as text.

const reduced = matchMedia("(prefers-reduced-motion: reduce)");
// A lookup by names that the run may have chosen: an object would find "constructor" in itself.
const table = (pairs) => new Map(Object.entries(pairs));
const byId = (id) => document.getElementById(id);

// `attributes` are set as they are, `class` too; those that are null or false are left out. Strings become text.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Text with every occurrence of `wanted` (lower case) marked.
function marked(text, wanted) {
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

function later(work, ms) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(work, ms);
  };
}

// Calls `work` at most once a frame, however often it is asked for.
function framed(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
