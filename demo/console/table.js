/** A table of rows. Python keeps them, sorts and searches (table.py); the page has those that are drawn. */

import { drawChart } from "./chart.js";
import { button, make } from "./elements.js";
import { copy, save } from "./saving.js";
import { TableRows } from "./table_rows.js";
import { numeral, text } from "./texts.js";

/**
 * What Python does for a table.
 * @typedef {object} Source
 * @property {(progress: (done: number) => void) => Promise<string>} prepare
 * @property {(positions: string) => void} choose
 * @property {(start: number, stop: number) => string} page
 * @property {(row: number, column: number) => string} whole
 * @property {(column: number | undefined, descending: boolean, words: string, progress: (done: number) => void) => Promise<number | undefined>} arrange
 * @property {(label: number, values: number | undefined, kind: string, progress: (done: number) => void) => Promise<any>} chart
 * @property {(progress: (done: number) => void) => Promise<string>} tabbed
 * @property {(progress: (done: number) => void) => Promise<string>} csv
 * @property {(progress: (done: number) => void) => Promise<Uint8Array>} xlsx
 * @property {() => void} destroy
 */

/** @typedef {{ name: string, numeric: boolean, labels: boolean }} Column */

class Table {
  /** @type {Column[]} */
  columns = [];
  /** @type {number[]} the columns that are shown */
  chosen = [];
  /** @type {number | undefined} the column that it is sorted by */
  sorted = undefined;
  descending = false;
  closed = false;
  typing = 0;

  /** @param {{ count: number, source: Source }} shown */
  constructor({ count, source }) {
    this.count = count;
    this.source = source;
    this.caption = make("caption", {}, rowCount(count));
    this.head = make("tr", { "aria-rowindex": 1 });
    this.table = make("table", { className: "rows" }, this.caption, make("thead", {}, this.head));
    this.table.setAttribute("aria-rowcount", String(count + 1));
    this.scroller = make(
      "div",
      { className: "table-scroll", tabIndex: 0, role: "group", "aria-label": text("table_rows") },
      this.table,
    );
    this.rows = new TableRows(
      this.table,
      this.scroller,
      (start, stop) => JSON.parse(source.page(start, stop)),
      (row, column) => this.#showWhole(row, this.chosen[column]),
    );
    this.bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": text("working") });
    this.word = make("span", { className: "muted", role: "status" });
    this.search = make("input", { type: "search", placeholder: text("search"), "aria-label": text("search") });
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.#arrange(), 200);
    });
    this.choice = make("details", { className: "columns" }, make("summary", {}, text("columns")));
    this.charts = make("div", {});
    this.element = make(
      "div",
      { className: "table" },
      make(
        "div",
        { className: "group table-bar" },
        this.search,
        button(text("chart"), () => this.#chart()),
        button(text("copy"), () => this.#copy()),
        button("CSV", () => this.#csv(), { title: text("csv_note"), "aria-label": text("download", { name: "CSV" }) }),
        button("XLSX", () => this.#xlsx(), { "aria-label": text("download", { name: "XLSX" }) }),
        this.choice,
        this.bar,
        this.word,
      ),
      this.scroller,
      this.charts,
    );
    this.#working((progress) => source.prepare(progress)).then((columns) => columns && this.#begin(columns));
  }

  /** @param {string} columns */
  #begin(columns) {
    this.columns = JSON.parse(columns);
    this.chosen = this.columns.map((_, position) => position);
    const list = make("div", { className: "column-list" });
    for (const [position, { name }] of this.columns.entries()) {
      const box = make("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => this.#choose(position, box.checked));
      list.append(make("label", {}, box, ` ${name}`));
    }
    this.choice.append(list);
    this.#drawHead();
    this.rows.reset(this.count);
  }

  /** @param {number} position @param {boolean} isChosen */
  #choose(position, isChosen) {
    const others = this.chosen.filter((one) => one !== position);
    this.chosen = (isChosen ? [...others, position] : others).sort((one, other) => one - other);
    this.source.choose(JSON.stringify(this.chosen));
    this.#drawHead();
    this.#arrange();
  }

  #drawHead() {
    this.rows.numeric = this.chosen.map((position) => this.columns[position].numeric);
    this.head.replaceChildren(
      ...this.chosen.map((position) => {
        const { name, numeric } = this.columns[position];
        const cell = make("th", { scope: "col", className: numeric ? "number" : "" });
        cell.dataset.position = String(position);
        cell.append(button(name, () => this.#sort(position)));
        return cell;
      }),
    );
    this.#markSorted();
  }

  #markSorted() {
    for (const cell of this.head.cells) {
      const isSorted = Number(cell.dataset.position) === this.sorted;
      cell.setAttribute("aria-sort", !isSorted ? "none" : this.descending ? "descending" : "ascending");
    }
  }

  /** @param {number} position */
  #sort(position) {
    if (this.sorted !== position) [this.sorted, this.descending] = [position, false];
    else if (!this.descending) this.descending = true;
    else [this.sorted, this.descending] = [undefined, false];
    this.#arrange();
  }

  async #arrange() {
    const found = await this.#working((progress) =>
      this.source.arrange(this.sorted, this.descending, this.search.value.trim(), progress),
    );
    if (found === undefined || this.closed) return;
    this.#markSorted();
    this.caption.textContent =
      found === this.count
        ? rowCount(found)
        : text("rows_found", { found: numeral(found), count: rowCount(this.count) });
    this.table.setAttribute("aria-rowcount", String(found + 1));
    await this.rows.reset(found);
  }

  async #copy() {
    const copied = await this.#working((progress) => this.source.tabbed(progress));
    if (copied !== undefined) this.word.textContent = (await copy(copied)) ? text("copied") : text("not_copied");
  }

  async #csv() {
    const file = await this.#working((progress) => this.source.csv(progress));
    if (file === undefined) return;
    save("rows.csv", new Blob([file], { type: "text/csv;charset=utf-8" }));
    this.word.textContent = text("csv_note");
  }

  async #xlsx() {
    this.word.textContent = text("xlsx_made");
    try {
      const file = await this.#working((progress) => this.source.xlsx(progress), true);
      if (file === undefined) return;
      const type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
      save("rows.xlsx", new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (file)], { type }));
      this.word.textContent = "";
    } catch (error) {
      this.word.textContent = text("no_xlsx", { error: lastLine(error) });
    }
  }

  async #chart() {
    if (this.charts.firstChild) return this.charts.replaceChildren();
    const names = this.columns.map(({ name }) => name);
    const label = choice(
      text("labels"),
      names,
      this.columns.findIndex(({ labels, numeric }) => labels && !numeric),
    );
    const number = choice(
      text("numbers"),
      [text("count_rows"), ...this.columns.filter(({ numeric }) => numeric).map(({ name }) => name)],
      Math.max(
        0,
        this.columns.filter(({ numeric }) => numeric).findIndex(({ name }) => !/(^|_)ID$|^#$/i.test(name)) + 1,
      ),
    );
    const kinds = ["bar", "line", "pie"];
    const kind = choice(
      text("chart"),
      kinds.map((one) => text(one)),
      0,
    );
    const numbers = this.columns.flatMap(({ numeric }, position) => (numeric ? [position] : []));
    const place = make("div", {});
    const draw = async () => {
      const chart = await this.#working((progress) =>
        this.source.chart(
          label.select.selectedIndex,
          numbers[number.select.selectedIndex - 1],
          kinds[kind.select.selectedIndex],
          progress,
        ),
      );
      if (chart) place.replaceChildren(drawChart(chart));
    };
    const menu = make("div", { className: "group" }, label.element, number.element, kind.element);
    menu.addEventListener("change", draw);
    this.charts.append(menu, place);
    await draw();
  }

  /** @param {number} row @param {number} column */
  #showWhole(row, column) {
    const { name } = this.columns[column];
    const dialog = make("dialog", { className: "whole", "aria-label": name });
    dialog.append(
      make("pre", { className: "text", tabIndex: 0 }, this.source.whole(row, column)),
      button(text("close"), () => dialog.close()),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  /**
   * Do work of Python, with progress if it takes over half a second.
   * @template T
   * @param {(progress: (done: number) => void) => Promise<T>} work
   * @param {boolean} [raises] whether an error is the caller's, not shown here
   * @returns {Promise<T | undefined>}
   */
  async #working(work, raises = false) {
    const timer = setTimeout(() => {
      this.bar.hidden = false;
    }, 500);
    this.running = (this.running ?? 0) + 1;
    try {
      const done = await work((part) => {
        this.bar.value = part;
      });
      return this.closed ? undefined : done;
    } catch (error) {
      if (raises && !this.closed) throw error;
      if (!this.closed) this.word.textContent = lastLine(error);
      return undefined;
    } finally {
      clearTimeout(timer);
      this.running--;
      if (!this.running) this.bar.hidden = true;
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.typing);
    this.rows.stop();
    this.source.destroy();
  }
}

/**
 * Draw a table.
 * @param {{ count: number, source: Source }} shown
 * @returns {{ element: Node, close: () => void }}
 */
export function drawTable(shown) {
  const table = new Table(shown);
  return { element: table.element, close: () => table.close() };
}

/** @param {string} label @param {string[]} options @param {number} chosen */
function choice(label, options, chosen) {
  const select = make("select", { "aria-label": label }, ...options.map((option) => make("option", {}, option)));
  select.selectedIndex = Math.max(0, chosen);
  return { select, element: make("label", {}, `${label} `, select) };
}

/** @param {number} count */
function rowCount(count) {
  return text(count === 1 ? "row" : "rows", { count: numeral(count) });
}

/** What an error of Python says, without its traceback. @param {unknown} error */
function lastLine(error) {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split("\n");
  return lines.at(-1) ?? "";
}
