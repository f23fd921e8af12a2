/**
 * Printed text: its first and its last lines, in the colours of terminals. `\r` goes back to the beginning of a line, as
 * progress bars need.
 */

import { SPECIAL, Style, UNFINISHED } from "./ansi.js";
import { make } from "./elements.js";
import { numeral, text } from "./texts.js";

/** How many lines are kept, and how many characters; and how many of them are the first ones. */
const LINES = 2000;
const CHARACTERS = 500_000;
const FIRST_LINES = 200;
const FIRST_CHARACTERS = 100_000;
/** How many characters of one line are kept: half at its beginning, half at its end. */
const LINE_CHARACTERS = 20_000;

/** @typedef {{ text: string, classes: string }} Part */

/** A line while it is being printed. */
class Line {
  /** @type {Part[]} what stands before the part that is left out */
  #first = [];
  #leftOut = 0;
  /** @type {Part[]} */
  #parts = [];
  #length = 0;
  #column = 0;

  /** Go back to its beginning. */
  goBack() {
    this.#column = 0;
  }

  /** @param {Part} part put at the present column, over what is there */
  put(part) {
    if (this.#column > this.#length) this.#pad();
    const end = this.#column + part.text.length;
    const last = this.#parts.at(-1);
    if (this.#column === this.#length && last?.classes === part.classes) last.text += part.text;
    else this.#parts = [...cut(this.#parts, 0, this.#column), part, ...cut(this.#parts, end, this.#length)];
    this.#length = Math.max(this.#length, end);
    this.#column = end;
    if (this.#length > LINE_CHARACTERS) this.#shorten();
  }

  /** @param {string} what 0: erase all from the present column, 1: all before it, 2: the line */
  erase(what) {
    if (what === "1")
      this.#parts = [{ text: " ".repeat(this.#column), classes: "" }, ...cut(this.#parts, this.#column, this.#length)];
    else this.#parts = cut(this.#parts, 0, what === "2" ? 0 : this.#column);
    this.#length = this.#parts.reduce((sum, part) => sum + part.text.length, 0);
  }

  #pad() {
    this.#parts.push({ text: " ".repeat(this.#column - this.#length), classes: "" });
    this.#length = this.#column;
  }

  #shorten() {
    const half = LINE_CHARACTERS / 2;
    if (!this.#leftOut) {
      this.#first = cut(this.#parts, 0, half);
      this.#parts = cut(this.#parts, half, this.#length);
      this.#length -= half;
    }
    const more = this.#length - half;
    this.#leftOut += more;
    this.#parts = cut(this.#parts, more, this.#length);
    this.#length = half;
    this.#column = Math.max(0, this.#column - more - half);
  }

  get size() {
    return this.#length + (this.#leftOut && LINE_CHARACTERS / 2);
  }

  /** @param {string} end @returns {Node} */
  draw(end) {
    const parts = [...this.#first, ...this.#parts];
    if (!this.#leftOut && parts.every(({ classes }) => !classes)) {
      return document.createTextNode(parts.map((part) => part.text).join("") + end);
    }
    const nodes = parts.map(({ text, classes }) => (classes ? make("span", { className: classes }, text) : text));
    if (this.#leftOut) {
      const words = text("characters_left_out", { count: numeral(this.#leftOut) });
      nodes.splice(this.#first.length, 0, make("span", { className: "muted" }, ` … ${words} … `));
    }
    return make("span", {}, ...nodes, end);
  }
}

export class Printed {
  element = make("pre", { className: "text" });
  /** @type {{ line: Line, size: number, node: Node | null }[]} lines that are complete; those that are drawn have a node */
  #lines = [];
  #size = 0;
  #leftOut = 0;
  /** How many of the lines are the first ones; known when some are left out. */
  #first = 0;
  #note = make("span", { className: "muted" });
  #line = new Line();
  /** @type {Node} of the last line */
  #last = document.createTextNode("");
  #style = new Style();
  /** The beginning of an escape sequence. */
  #unfinished = "";
  /** Whether all is drawn, and whether the page has not come to anything else since then. */
  #drawn = true;
  #waiting = false;

  constructor() {
    this.element.append(this.#last);
  }

  /** @param {[stream: string, text: string][]} printed */
  write(printed) {
    for (const [stream, text] of printed) this.#print(stream, text);
    this.#trim();
    this.#drawn = false;
    if (!this.#waiting) this.#draw();
  }

  /**
   * @param {string} stream
   * @param {string} printed
   */
  #print(stream, printed) {
    let whole = this.#unfinished + printed;
    this.#unfinished = UNFINISHED.exec(whole.slice(-1100))?.[0] ?? "";
    if (this.#unfinished) whole = whole.slice(0, -this.#unfinished.length);
    let begin = 0;
    for (const found of whole.matchAll(SPECIAL)) {
      this.#put(stream, whole.slice(begin, found.index));
      begin = found.index + found[0].length;
      if (found[0] === "\n") this.#endLine();
      else if (found[0] === "\r") this.#line.goBack();
      else if (found[2] === "m") this.#style.change(found[1]);
      else if (found[2] === "K") this.#line.erase(found[1]);
    }
    this.#put(stream, whole.slice(begin));
  }

  /** @param {string} stream @param {string} piece without line ends */
  #put(stream, piece) {
    const own = stream === "stdout" ? "" : stream;
    const colours = this.#style.classes;
    if (piece) this.#line.put({ text: piece, classes: own && colours ? `${own} ${colours}` : own || colours });
  }

  #endLine() {
    const size = this.#line.size + 1;
    this.#lines.push({ line: this.#line, size, node: null });
    this.#size += size;
    this.#line = new Line();
    if (this.#lines.length > 2 * LINES) this.#trim();
  }

  /** Leave out lines between the first and the last ones. */
  #trim() {
    if (this.#lines.length <= LINES && this.#size <= CHARACTERS) return;
    if (!this.#leftOut) this.#first = this.#countFirst();
    let end = this.#first;
    while (end < this.#lines.length && (this.#lines.length - end + this.#first > LINES || this.#size > CHARACTERS)) {
      this.#size -= this.#lines[end].size;
      end++;
    }
    this.#leftOut += end - this.#first;
    for (const { node } of this.#lines.splice(this.#first, end - this.#first)) node?.parentNode?.removeChild(node);
  }

  #countFirst() {
    let [count, size] = [0, 0];
    while (count < FIRST_LINES && size + this.#lines[count].size <= FIRST_CHARACTERS) size += this.#lines[count++].size;
    return count;
  }

  /** Draw what is new: at once, but while the page is frozen only once. */
  #draw() {
    this.#drawn = true;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      if (!this.#drawn) this.#draw();
    });
    this.#last.parentNode?.removeChild(this.#last);
    for (const [index, line] of this.#lines.entries()) {
      if (line.node) continue;
      line.node = line.line.draw("\n");
      if (this.#leftOut && index < this.#first)
        this.element.insertBefore(line.node, this.#note.parentNode && this.#note);
      else this.element.append(line.node);
    }
    this.#last = this.#line.draw("");
    this.element.append(this.#last);
    if (!this.#leftOut) return;
    this.#note.textContent = `… ${text("lines_left_out", { count: numeral(this.#leftOut) })} …\n`;
    if (!this.#note.parentNode) this.element.insertBefore(this.#note, this.#lines[this.#first]?.node ?? this.#last);
  }
}

/**
 * Some of the text of parts.
 * @param {Part[]} parts
 * @param {number} from
 * @param {number} to
 */
function cut(parts, from, to) {
  const found = [];
  let begin = 0;
  for (const { text, classes } of parts) {
    const piece = text.slice(Math.max(0, from - begin), Math.max(0, to - begin));
    if (piece) found.push({ text: piece, classes });
    begin += text.length;
  }
  return found;
}
