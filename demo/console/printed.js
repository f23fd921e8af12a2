/** Printed text: the last lines of it, with `\r` going back to the beginning of a line, as progress bars need. */

import { make } from "./elements.js";
import { text } from "./texts.js";

/** How many lines are kept, and how many characters. */
const LINES = 2000;
const CHARACTERS = 1_000_000;

/** @typedef {{ stream: string, text: string }} Part */

export class Printed {
  element = make("pre", { className: "text" });
  /** @type {Node[]} lines that are complete */
  #lines = [];
  #size = 0;
  #leftOut = 0;
  #note = make("span", { className: "muted" });
  /** @type {Part[]} of the last line */
  #parts = [];
  #column = 0;
  /** @type {Node} of the last line */
  #last = document.createTextNode("");

  constructor() {
    this.element.append(this.#last);
  }

  /**
   * @param {string} stream
   * @param {string} printed
   */
  write(stream, printed) {
    let lines = printed.split("\n");
    const skipped = lines.length - 1 - LINES;
    if (skipped > 0) {
      this.#leftOut += skipped;
      this.#drop(this.#lines.length);
      this.#parts = [];
      this.#column = 0;
      lines = lines.slice(skipped);
    }
    const fresh = document.createDocumentFragment();
    for (const [index, line] of lines.entries()) {
      if (index > 0) fresh.append(this.#endLine());
      for (const [place, piece] of line.split("\r").entries()) {
        if (place > 0) this.#column = 0;
        this.#put(stream, piece);
      }
    }
    this.#last.parentNode?.removeChild(this.#last);
    this.#last = draw(this.#parts, "");
    this.element.append(fresh, this.#last);
    this.#trim();
  }

  /**
   * @param {string} stream
   * @param {string} piece without line ends
   */
  #put(stream, piece) {
    if (!piece) return;
    const line = this.#parts.map((part) => part.text).join("");
    if (this.#column < line.length) {
      const rest = line.slice(this.#column + piece.length);
      this.#parts = [{ stream, text: line.slice(0, this.#column) + piece + rest }];
    } else {
      const end = this.#parts.at(-1);
      if (end?.stream === stream) end.text += piece;
      else this.#parts.push({ stream, text: piece });
    }
    this.#column += piece.length;
  }

  #endLine() {
    const line = draw(this.#parts, "\n");
    this.#lines.push(line);
    this.#size += line.textContent?.length ?? 0;
    this.#parts = [];
    this.#column = 0;
    return line;
  }

  #trim() {
    let count = 0;
    let size = this.#size;
    while (this.#lines.length - count > LINES || (size > CHARACTERS && this.#lines.length - count > 1)) {
      size -= this.#lines[count].textContent?.length ?? 0;
      count++;
    }
    this.#drop(count);
    if (!this.#leftOut) return;
    this.#note.textContent = `${text("lines_left_out", { count: this.#leftOut.toLocaleString() })}\n`;
    this.element.prepend(this.#note);
  }

  /** @param {number} count of lines, from the first */
  #drop(count) {
    this.#leftOut += count;
    for (const line of this.#lines.splice(0, count)) {
      this.#size -= line.textContent?.length ?? 0;
      line.parentNode?.removeChild(line);
    }
  }
}

/**
 * @param {Part[]} parts
 * @param {string} end
 */
function draw(parts, end) {
  if (parts.every(({ stream }) => stream === "stdout")) {
    return document.createTextNode(parts.map((part) => part.text).join("") + end);
  }
  const line = make("span");
  for (const { stream, text } of parts) line.append(make("span", { className: stream }, text));
  line.append(end);
  return line;
}
