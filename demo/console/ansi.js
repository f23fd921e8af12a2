/** Escape sequences of terminals (ANSI) in printed text: their 16 colours and styles, as names of classes for style.css. */

/**
 * What is not plain text: the end of a line, going back in it, and escape sequences. Of those that begin with `ESC [` the
 * first group has the numbers, the second what to do with them.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
export const SPECIAL = /\n|\r|\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^[\]]/g;

/** The beginning of a sequence whose end comes with the next text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
export const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,1000}\x1b?)?$/;

/** @type {Record<number, [string, boolean]>} what a number switches on or off */
const SWITCHES = {
  1: ["bold", true],
  2: ["dim", true],
  3: ["italic", true],
  4: ["underline", true],
  7: ["inverse", true],
  9: ["strike", true],
  23: ["italic", false],
  24: ["underline", false],
  27: ["inverse", false],
  29: ["strike", false],
};

/** The present colours and styles. */
export class Style {
  /** @type {Set<string>} */
  #on = new Set();
  /** @type {number | null} of the 16 colours; null: the usual one */
  #text = null;
  /** @type {number | null} */
  #ground = null;
  /** The names of the classes. */
  classes = "";

  /** @param {string} numbers of a sequence that ends with `m`, with `;` between them */
  change(numbers) {
    const codes = numbers.split(/[;:]/).map(Number);
    for (let index = 0; index < codes.length; index++) {
      const code = codes[index];
      if (code === 0) {
        this.#on.clear();
        this.#text = this.#ground = null;
      } else if (SWITCHES[code]) {
        const [name, on] = SWITCHES[code];
        if (on) this.#on.add(name);
        else this.#on.delete(name);
      } else if (code === 22) {
        this.#on.delete("bold");
        this.#on.delete("dim");
      } else if (code === 38 || code === 48) {
        // One of 256 colours, or red, green and blue: of those the first 16 are shown.
        const known = codes[index + 1] === 5 && codes[index + 2] < 16 ? codes[index + 2] : null;
        if (code === 38) this.#text = known;
        else this.#ground = known;
        index += codes[index + 1] === 5 ? 2 : 4;
      } else if (within(code, 30) || code === 39) this.#text = code === 39 ? null : code - 30;
      else if (within(code, 40) || code === 49) this.#ground = code === 49 ? null : code - 40;
      else if (within(code, 90)) this.#text = code - 90 + 8;
      else if (within(code, 100)) this.#ground = code - 100 + 8;
    }
    const names = [...this.#on].map((name) => `ansi-${name}`);
    if (this.#text !== null) names.push(`ansi-text-${this.#text}`);
    if (this.#ground !== null) names.push(`ansi-ground-${this.#ground}`);
    this.classes = names.join(" ");
  }
}

/** @param {number} code @param {number} first of eight */
function within(code, first) {
  return code >= first && code < first + 8;
}
