// What an agent says, as it is meant: paragraphs, headings, code. Its marks become elements, its text stays text.

import { element, marked } from "./dom.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^#{1,6} +/;
const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*/g;

export class Prose {
  // `wanted` is what is searched for, in lower case.
  constructor(wanted) {
    this.wanted = wanted;
    this.element = element("div", { class: "prose" });
    this.blocks = [];
  }

  // Show a text; of one that only grew, its last paragraph is made anew.
  show(text) {
    const blocks = split(text);
    let same = 0;
    while (same < blocks.length && blocks[same] === this.blocks[same]) same += 1;
    while (this.element.children.length > same) this.element.lastElementChild.remove();
    this.element.append(...blocks.slice(same).map((block) => this.block(block)));
    this.blocks = blocks;
  }

  block(source) {
    if (FENCE.test(source)) return element("pre", {}, ...marked(unfenced(source), this.wanted));
    if (source.split("\n").every((line) => line.startsWith("|"))) return element("pre", {}, ...marked(source, this.wanted));
    const heading = HEADING.test(source);
    const text = source.replace(HEADING, "").replace(/^( *)[-*] /gm, "$1• ");
    return element("p", { class: heading ? "heading" : null }, ...this.inline(text));
  }

  inline(text) {
    const parts = [];
    let from = 0;
    for (const found of text.matchAll(INLINE)) {
      parts.push(...marked(text.slice(from, found.index), this.wanted));
      parts.push(element(found[1] === undefined ? "b" : "code", {}, ...marked(found[1] ?? found[2], this.wanted)));
      from = found.index + found[0].length;
    }
    return [...parts, ...marked(text.slice(from), this.wanted)];
  }
}

function unfenced(source) {
  const lines = source.split("\n").slice(1);
  return (FENCE.test(lines.at(-1) ?? "") ? lines.slice(0, -1) : lines).join("\n");
}

// The sources of a text's blocks. Blank lines part them, but not within a fence, which may still be open.
function split(text) {
  const blocks = [];
  let open = [];
  let fence = "";
  const close = () => {
    if (open.length) blocks.push(open.join("\n"));
    [open, fence] = [[], ""];
  };
  for (const line of text.split("\n")) {
    if (fence) {
      open.push(line);
      if (line.trim() === fence) close();
    } else if (FENCE.test(line)) {
      close();
      fence = FENCE.exec(line)[1];
      open.push(line);
    } else if (HEADING.test(line)) {
      close();
      blocks.push(line);
    } else if (line.trim()) open.push(line);
    else close();
  }
  close();
  return blocks;
}
