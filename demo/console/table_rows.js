/** The rows of a table that are drawn: a thousand at first, and those around what is seen. Blocks come and go as one scrolls. */

import { button, make } from "./elements.js";

const BLOCK = 100;
const AROUND = 5;
const ROW = 28;

/** Lets the page have its turn. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

export class TableRows {
  /** @type {Map<number, HTMLTableSectionElement>} the blocks that are drawn: neighbours, without gaps */
  #blocks = new Map();
  #count = 0;
  /** Which drawing is the present one; an older one ends. */
  #drawing = 0;
  #above = spacer();
  #below = spacer();

  /**
   * @param {HTMLTableElement} table
   * @param {HTMLElement} scroller what scrolls it
   * @param {(start: number, stop: number) => any[][]} page gives rows: the number of each, then its cells
   * @param {(row: number, column: number) => void} more called when a shortened cell is clicked
   */
  constructor(table, scroller, page, more) {
    this.table = table;
    this.scroller = scroller;
    this.page = page;
    this.more = more;
    /** @type {boolean[]} which columns have numbers */
    this.numeric = [];
    table.append(this.#above, this.#below);
    scroller.addEventListener("scroll", () => this.#draw());
  }

  /**
   * Draw anew, from the top.
   * @param {number} count how many rows there are
   */
  async reset(count) {
    this.#count = count;
    this.#forget();
    this.scroller.scrollTop = 0;
    await this.#draw();
  }

  stop() {
    this.#drawing++;
  }

  async #draw() {
    const drawing = ++this.#drawing;
    const last = Math.ceil(this.#count / BLOCK) - 1;
    const seen = Math.max(0, Math.min(last, Math.floor(this.scroller.scrollTop / ROW / BLOCK)));
    const first = Math.max(0, Math.min(seen - AROUND, last - 2 * AROUND + 1));
    const end = Math.min(last, first + 2 * AROUND - 1);
    if (!this.#blocks.has(seen)) this.#forget();
    const wanted = [];
    for (let block = first; block <= end; block++) if (!this.#blocks.has(block)) wanted.push(block);
    wanted.sort((one, other) => Math.abs(one - seen) - Math.abs(other - seen));
    for (const block of wanted) {
      this.#add(block);
      await turn();
      if (drawing !== this.#drawing) return;
    }
    for (const [block, body] of [...this.#blocks]) {
      if (block >= first - AROUND && block <= end + AROUND) continue;
      body.remove();
      this.#blocks.delete(block);
    }
    this.#space();
  }

  /** @param {number} block */
  #add(block) {
    const start = block * BLOCK;
    const body = make("tbody", {});
    for (const [index, row] of this.page(start, start + BLOCK).entries()) body.append(this.#row(start + index, row));
    const next = this.#blocks.get(block + 1);
    (next ?? this.#below).before(body);
    this.#blocks.set(block, body);
    this.#space();
  }

  /**
   * @param {number} place
   * @param {any[]} row
   */
  #row(place, [number, ...cells]) {
    const element = make("tr", { "aria-rowindex": place + 2 });
    for (const [column, cell] of cells.entries()) {
      const [shown, more] = typeof cell === "string" ? [cell, 0] : cell;
      const made = make("td", this.numeric[column] ? { className: "number" } : {});
      if (more) made.append(button(shown, () => this.more(number, column), { className: "more" }));
      else made.textContent = shown;
      element.append(made);
    }
    return element;
  }

  #space() {
    const blocks = [...this.#blocks.keys()];
    const above = Math.min(...blocks, Math.ceil(this.#count / BLOCK)) * BLOCK;
    const drawn = Math.max(-1, ...blocks);
    setHeight(this.#above, blocks.length ? above : 0);
    setHeight(this.#below, Math.max(0, this.#count - (drawn + 1) * BLOCK));
  }

  #forget() {
    for (const body of this.#blocks.values()) body.remove();
    this.#blocks.clear();
    this.#space();
  }
}

function spacer() {
  return make("tbody", { "aria-hidden": "true", className: "spacer" }, make("tr", {}, make("td")));
}

/** @param {HTMLTableSectionElement} body @param {number} rows */
function setHeight(body, rows) {
  body.hidden = !rows;
  body.rows[0].style.height = `${rows * ROW}px`;
}
