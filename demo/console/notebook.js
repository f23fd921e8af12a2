/** The cells of the console: adding, moving, deleting, and running them one after another. */

import { Cell } from "./cell.js";
import { format, parse } from "./percent.js";
import { text } from "./texts.js";

/**
 * What Python does for the page: see app.py.
 * @typedef {object} PythonSide
 * @property {(cell: Cell, code: string) => Promise<{ ok: boolean, count: number }>} run runs a cell to its end
 * @property {(cell: Cell) => void} stop ends a running cell
 * @property {(before: string, after: string) => Promise<{ word: string, options: import("./editor-library.js").Completion[] } | null>} complete
 *   gives what may stand for the word before the cursor
 * @property {(before: string, after: string) => Promise<import("./documentation.js").Described | null>} describe
 *   explains what is at the cursor
 */

/** Fires `change` when its text has changed. */
export class Notebook extends EventTarget {
  /** @type {Cell[]} */
  cells = [];
  /** @type {Cell[]} those that wait, the running one first */
  #queue = [];
  /** @type {PythonSide | null} */
  python = null;
  /** What stands before the first cell of the file. */
  header = "";

  /**
   * @param {HTMLElement} element where the cells are
   * @param {HTMLElement} state where it says what it does
   */
  constructor(element, state) {
    super();
    this.element = element;
    this.state = state;
    this.state.textContent = text("starting");
  }

  /**
   * Python is ready: run what waits for it.
   * @param {PythonSide} python
   */
  connect(python) {
    this.python = python;
    this.state.textContent = text("ready");
    this.#runNext();
  }

  /** The cells as a file in the percent format. */
  get text() {
    return format({ header: this.header, cells: this.cells.map(({ title, code }) => ({ title, code })) });
  }

  /**
   * Show the cells of a file instead of the present ones. Nothing of it runs.
   * @param {string} file
   */
  load(file) {
    for (const cell of this.cells) this.stop(cell);
    for (const cell of this.cells) cell.destroy();
    const { header, cells } = parse(file);
    this.header = header;
    this.cells = cells.map((content) => new Cell(this, content));
    this.element.append(...this.cells.map((cell) => cell.element));
    this.#number();
  }

  /**
   * Add an empty cell.
   * @param {Cell} [after] default: the last one
   */
  add(after = this.cells.at(-1)) {
    const cell = new Cell(this, { title: "", code: "" });
    this.cells.splice(after ? this.cells.indexOf(after) + 1 : 0, 0, cell);
    if (after) after.element.after(cell.element);
    else this.element.append(cell.element);
    this.#number();
    this.changed();
    return cell;
  }

  /** @param {Cell} cell */
  delete(cell) {
    this.stop(cell);
    const next = this.beside(cell, 1) ?? this.beside(cell, -1) ?? this.add();
    this.cells.splice(this.cells.indexOf(cell), 1);
    cell.destroy();
    this.#number();
    this.changed();
    next.element.focus();
  }

  /**
   * Move a cell up or down.
   * @param {Cell} cell
   * @param {-1 | 1} by
   */
  move(cell, by) {
    const other = this.beside(cell, by);
    if (!other) return;
    const from = this.cells.indexOf(cell);
    this.cells.splice(from, 1);
    this.cells.splice(from + by, 0, cell);
    // The neighbour moves, so that the cell keeps its focus and its place in undo.
    if (by < 0) cell.element.after(other.element);
    else cell.element.before(other.element);
    this.#number();
    this.changed();
  }

  /**
   * The cell before or after another.
   * @param {Cell} cell
   * @param {-1 | 1} by
   */
  beside(cell, by) {
    return this.cells[this.cells.indexOf(cell) + by];
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Run a cell, after those that wait.
   * @param {Cell} cell
   */
  run(cell) {
    if (this.#queue.includes(cell)) return;
    this.#queue.push(cell);
    cell.setState("waiting");
    if (this.#queue.length === 1) this.#runNext();
  }

  /** @param {Cell} cell */
  runAndGoOn(cell) {
    this.run(cell);
    (this.beside(cell, 1) ?? this.add(cell)).focus();
  }

  runAll() {
    for (const cell of this.cells) this.run(cell);
  }

  clearAll() {
    for (const cell of this.cells) if (cell.state !== "running") cell.output.clear();
  }

  /**
   * Stop a cell that runs or waits; of one that has ended, what it started.
   * @param {Cell} cell
   */
  stop(cell) {
    if (cell.state !== "waiting") return this.python?.stop(cell);
    this.#queue = this.#queue.filter((other) => other !== cell);
    cell.time.textContent = text("stopped");
    cell.setState("idle");
  }

  async #runNext() {
    const [cell] = this.#queue;
    if (!cell || !this.python || cell.state === "running") return;
    cell.output.clear();
    cell.editor.markFailed(null);
    cell.setState("running");
    this.state.textContent = text("running");
    let ok = false;
    try {
      const ended = await this.python.run(cell, cell.code);
      ok = ended.ok;
      cell.count.textContent = `[${ended.count}]`;
    } catch (error) {
      cell.output.fail({ title: text("failed"), traceback: String(error), advice: "" }); // the other cells can still run
    }
    cell.finish();
    this.#queue.shift();
    if (!ok) for (const other of [...this.#queue]) this.stop(other);
    this.state.textContent = text("ready");
    this.#runNext();
  }

  #number() {
    for (const [index, cell] of this.cells.entries()) cell.place(index + 1);
  }
}
