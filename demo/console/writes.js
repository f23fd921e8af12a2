/** What a cell changes: the question before it, the switch for a dry run, the tables under the cell. Python decides: see writes.py. */

import { ask } from "./dialog.js";
import { button, make } from "./elements.js";
import { shortText } from "./output.js";
import { numeral, text } from "./texts.js";

/** How many commands of a method the question shows at first, and how many each click adds. */
const FIRST = 3;
const STEP = 50;

/**
 * What Python does.
 * @typedef {object} PythonWrites
 * @property {(table: number, start: number, count: number) => string} rows JSON of rows, and how many there are of each state
 * @property {(table: number, state: "failed" | "unknown") => Promise<void>} again sends commands again
 * @property {() => void} save saves the log
 * @property {(table: number) => void} closed forgets a table
 */

export class WriteMenu {
  /** @type {PythonWrites | null} */
  python = null;
  /** @type {AbortController | null} closes the open question */
  #question = null;

  /**
   * @param {import("./notebook.js").Notebook} notebook
   * @param {HTMLElement} element where the switch and the button are
   */
  constructor(notebook, element) {
    this.notebook = notebook;
    this.switch = button(text("dry_run"), () => this.#toggle(), { role: "switch", "aria-checked": "false" });
    this.switch.title = text("dry_run_hint");
    this.save = button(text("log_of_changes"), () => this.python?.save(), { hidden: true });
    element.append(this.switch, this.save);
  }

  /** @param {PythonWrites} python */
  connect(python) {
    this.python = python;
  }

  get dry() {
    return this.switch.getAttribute("aria-checked") === "true";
  }

  #toggle() {
    this.switch.setAttribute("aria-checked", String(!this.dry));
  }

  /** There is something to save. */
  logged() {
    this.save.hidden = false;
  }

  /**
   * Ask whether a cell may change something.
   * @param {import("./cell.js").Cell} cell
   * @param {string} groups JSON of the methods, each with its number of commands
   * @param {(method: string, start: number, count: number) => string} more gives the parameters of commands, as JSON of texts
   */
  async ask(cell, groups, more) {
    /** @type {{ method: string, name: string, count: number, writes: boolean }[]} */
    const methods = JSON.parse(groups);
    const writing = methods.filter((group) => group.writes);
    const reading = methods.filter((group) => !group.writes);
    const silent = make("input", { type: "checkbox" });
    const body = make(
      "div",
      { className: "dialog-body changes" },
      make("p", {}, text("wants_to_change", { cell: cell.element.getAttribute("aria-label") ?? "" })),
      ...writing.map((group) => commands(group, more)),
    );
    if (reading.length) {
      const list = reading.map(({ name, count }) => `${name} × ${numeral(count)}`).join(", ");
      body.append(make("p", { className: "muted" }, text("only_reads", { list })));
    }
    body.append(make("label", { className: "choice" }, silent, text("do_not_ask")));
    const buttons = [
      { label: text("run_changes"), value: "run" },
      { label: text("allow_all"), value: "all", title: text("allow_all_hint") },
      { label: text("cancel"), value: "cancel", focused: true },
    ];
    if (cell.state === "running") buttons.push({ label: text("stop_cell"), value: "stop" });
    this.#question = new AbortController();
    const answer = await ask({ title: text("confirm_changes"), body, buttons, signal: this.#question.signal });
    if (answer === "stop") this.notebook.stop(cell);
    const all = answer === "all";
    const run = all || answer === "run";
    return { run, all, silent: run && silent.checked, reason: text("changes_cancelled") };
  }

  /** Close the question, if it is open. */
  close() {
    this.#question?.abort();
    this.#question = null;
  }

  /**
   * Begin a table under a cell.
   * @param {import("./output.js").Output} output
   * @param {number} number how Python knows it
   * @param {"dry" | "sent"} kind
   */
  table(output, number, kind) {
    const table = new ChangeTable(this, number, kind);
    output.printing = null;
    output.closing.push(() => table.close());
    output.add(table.element);
    return table;
  }
}

/**
 * The commands of one method in the question: the first few, and the others when asked for.
 * @param {{ method: string, name: string, count: number }} group
 * @param {(method: string, start: number, count: number) => string} more
 */
function commands({ method, name, count }, more) {
  const list = make("ol", { className: "change-list" });
  const rest = button("", () => add(STEP));
  /** @param {number} step */
  const add = (step) => {
    const shown = list.childElementCount;
    /** @type {string[]} */
    const texts = JSON.parse(more(method, shown, step));
    list.append(...texts.map((each) => make("li", {}, shortText(each || text("no_parameters"), "span"))));
    const left = count - list.childElementCount;
    rest.hidden = left <= 0;
    rest.textContent = text("show_others", { count: numeral(left) });
    if (shown && rest.hidden) list.focus();
  };
  list.tabIndex = -1;
  add(FIRST);
  return make("div", {}, make("h3", {}, `${name} × ${numeral(count)}`), list, rest);
}

/** The changes of one run: what was sent with its results, or what a dry run has collected. */
class ChangeTable {
  #shown = STEP;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #drawing;

  /**
   * @param {WriteMenu} menu
   * @param {number} number
   * @param {"dry" | "sent"} kind
   */
  constructor(menu, number, kind) {
    this.menu = menu;
    this.number = number;
    this.kind = kind;
    this.caption = make("caption");
    this.body = make("tbody");
    this.more = button("", () => {
      this.#shown += STEP;
      this.draw();
    });
    this.again = button("", () => this.menu.python?.again(this.number, "failed"));
    this.unsure = button("", () => this.#askAgain());
    const headings = [text("method"), text("parameters"), ...(kind === "sent" ? [text("result")] : [])];
    const head = make("tr", {}, ...headings.map((heading) => make("th", { scope: "col" }, heading)));
    const table = make("table", {}, this.caption, make("thead", {}, head), this.body);
    this.element = make(
      "div",
      { className: `changed ${kind}` },
      make(
        "div",
        { className: "changed-scroll", tabIndex: 0, role: "group", "aria-label": text("table_of_changes") },
        table,
      ),
      make("div", { className: "group" }, this.more, this.again, this.unsure),
    );
    for (const each of [this.more, this.again, this.unsure]) each.hidden = true;
  }

  /** Draw it soon: a loop may change it thousands of times. */
  changed() {
    this.#drawing ??= setTimeout(() => this.draw(), 100);
  }

  draw() {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (!this.menu.python) return;
    /** @type {{ counts: Record<string, number>, rows: string[][] }} */
    const { counts, rows } = JSON.parse(this.menu.python.rows(this.number, 0, this.#shown));
    this.body.replaceChildren(...rows.map((row) => this.#row(row)));
    const total = ["dry", "sent", "ok", "failed", "unknown"].reduce((sum, state) => sum + (counts[state] ?? 0), 0);
    const states = ["ok", "failed", "unknown", "sent"].filter((state) => counts[state]);
    const parts = states.map((state) => `${text(`change_${state}`)}: ${numeral(counts[state])}`);
    this.caption.textContent = [
      text(this.kind === "dry" ? "dry_changes" : "changes", { count: numeral(total) }),
      ...parts,
    ].join(" · ");
    this.#offer(this.more, "show_others", total - rows.length);
    this.#offer(this.again, "send_failed_again", counts.again);
    this.#offer(this.unsure, "send_unknown_again", counts.unsure);
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} label
   * @param {number} count nothing is offered for 0
   */
  #offer(button, label, count) {
    button.hidden = count <= 0;
    button.textContent = text(label, { count: numeral(count) });
  }

  /** @param {string[]} row */
  #row([method, params, state, detail]) {
    const cells = [make("td", {}, method), make("td", {}, shortText(params || text("no_parameters"), "span"))];
    if (this.kind === "sent") {
      const result = make("td", { className: `change-${state}` }, text(`change_${state}`));
      if (detail) result.append(": ", shortText(detail, "span"));
      cells.push(result);
    }
    return make("tr", {}, ...cells);
  }

  async #askAgain() {
    const answer = await ask({
      title: text("send_unknown"),
      body: make("p", { className: "warning" }, text("send_unknown_warning")),
      buttons: [
        { label: text("send_anyway"), value: "send" },
        { label: text("cancel"), value: "cancel", focused: true },
      ],
    });
    if (answer === "send") this.menu.python?.again(this.number, "unknown");
  }

  close() {
    clearTimeout(this.#drawing);
    this.menu.python?.closed(this.number);
  }
}
