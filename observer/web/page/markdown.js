// Text of an agent as elements: paragraphs, headings, code, bold. Its Markdown becomes elements, all else stays text.

import { element, highlight } from "./dom.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^#{1,6} +/;
const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*/g;

export class MarkdownView {
  // `query` is the text that is searched for, in lower case.
  constructor(query) {
    this.query = query;
    this.element = element("div", { class: "prose" });
    this.blocks = [];
  }

  // Show a text. If it only grew, no more than its last block is rendered again.
  show(text) {
    const blocks = splitBlocks(text);
    let unchanged = 0;
    while (unchanged < blocks.length && blocks[unchanged] === this.blocks[unchanged]) unchanged += 1;
    while (this.element.children.length > unchanged) this.element.lastElementChild.remove();
    this.element.append(...blocks.slice(unchanged).map((block) => this.renderBlock(block)));
    this.blocks = blocks;
  }

  renderBlock(source) {
    if (FENCE.test(source)) return element("pre", {}, ...highlight(withoutFence(source), this.query));
    if (source.split("\n").every((line) => line.startsWith("|"))) return element("pre", {}, ...highlight(source, this.query));
    const isHeading = HEADING.test(source);
    const text = source.replace(HEADING, "").replace(/^( *)[-*] /gm, "$1• ");
    return element("p", { class: isHeading ? "heading" : null }, ...this.renderInline(text));
  }

  renderInline(text) {
    const parts = [];
    let start = 0;
    for (const match of text.matchAll(INLINE)) {
      parts.push(...highlight(text.slice(start, match.index), this.query));
      parts.push(element(match[1] === undefined ? "b" : "code", {}, ...highlight(match[1] ?? match[2], this.query)));
      start = match.index + match[0].length;
    }
    return [...parts, ...highlight(text.slice(start), this.query)];
  }
}

function withoutFence(source) {
  const lines = source.split("\n").slice(1);
  return (FENCE.test(lines.at(-1) ?? "") ? lines.slice(0, -1) : lines).join("\n");
}

// Split a text into blocks at blank lines and headings, but not within a code fence, which may not be closed yet.
function splitBlocks(text) {
  const blocks = [];
  let lines = [];
  let fence = "";
  const close = () => {
    if (lines.length) blocks.push(lines.join("\n"));
    [lines, fence] = [[], ""];
  };
  for (const line of text.split("\n")) {
    if (fence) {
      lines.push(line);
      if (line.trim() === fence) close();
    } else if (FENCE.test(line)) {
      close();
      fence = FENCE.exec(line)[1];
      lines.push(line);
    } else if (HEADING.test(line)) {
      close();
      blocks.push(line);
    } else if (line.trim()) lines.push(line);
    else close();
  }
  close();
  return blocks;
}
