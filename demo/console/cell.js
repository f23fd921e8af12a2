/** One cell: its editor, its buttons and its output. */

import { completion } from "./completion.js";
import { documentation } from "./documentation.js";
import { Editor } from "./editor.js";
import { button, make } from "./elements.js";
import { Output } from "./output.js";
import { text } from "./texts.js";

export class Cell {
  /**
   * @param {import("./notebook.js").Notebook} notebook
   * @param {import("./percent.js").CellText} content
   */
  constructor(notebook, { title, code }) {
    this.notebook = notebook;
    this.title = title;
    this.output = new Output();
    /** @type {"idle" | "waiting" | "running"} */
    this.state = "idle";
    this.count = make("span", { className: "count", "aria-hidden": "true" }, "[ ]");
    this.time = make("span", { className: "muted time" });
    this.runButton = button(text("run"), () => notebook.run(this), { className: "primary" });
    this.stopButton = button(text("stop"), () => notebook.stop(this), { hidden: true });
    const host = make("div", { className: "editor" });
    const help = make("section", { className: "documentation", tabIndex: 0, hidden: true });
    help.ariaLabel = text("documentation");
    const python = () => notebook.python;
    this.element = make(
      "section",
      { className: "cell", tabIndex: -1 },
      make(
        "div",
        { className: "cell-bar" },
        this.count,
        this.runButton,
        this.stopButton,
        this.time,
        make("span", { className: "cell-title" }, title),
        make("span", { className: "space" }),
        button("↑", () => notebook.move(this, -1), { "aria-label": text("move_up"), title: text("move_up") }),
        button("↓", () => notebook.move(this, 1), { "aria-label": text("move_down"), title: text("move_down") }),
        button("✕", () => notebook.delete(this), { "aria-label": text("delete"), title: text("delete") }),
      ),
      host,
      help,
      this.output.element,
    );
    const actions = {
      changed: () => notebook.changed(),
      run: () => notebook.run(this),
      runAndGoOn: () => notebook.runAndGoOn(this),
      addCell: () => notebook.add(this).focus(),
      leave: () => this.element.focus(),
    };
    this.editor = new Editor(host, code, actions, [completion(python), documentation(help, python)]);
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  get code() {
    return this.editor.code;
  }

  /** Where it stands, counted from 1; 0: it is deleted. */
  get position() {
    return this.notebook.cells.indexOf(this) + 1;
  }

  focus() {
    this.editor.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** An output that is not on the page: for what code does that does not end. */
  outputAside() {
    return new Output();
  }

  /** @param {number} position counted from 1 */
  place(position) {
    this.element.setAttribute("aria-label", text("cell", { number: position }));
  }

  /**
   * Show what becomes of the cell.
   * @param {"idle" | "waiting" | "running"} state
   */
  setState(state) {
    this.state = state;
    this.element.dataset.state = state;
    const busy = state !== "idle";
    const focused = document.activeElement;
    this.runButton.hidden = busy;
    this.stopButton.hidden = !busy;
    if (focused === this.runButton && busy) this.stopButton.focus();
    else if (focused === this.stopButton && !busy) this.runButton.focus();
    clearInterval(this.ticking);
    if (state === "waiting") this.time.textContent = text("waiting");
    if (state !== "running") return;
    this.started = performance.now();
    this.time.textContent = "";
    this.ticking = setInterval(() => this.#showTime(), 200);
  }

  /** Show that it has ended. */
  finish() {
    this.#showTime();
    this.output.progress.forgetWait();
    this.setState("idle");
  }

  #showTime() {
    const seconds = (performance.now() - (this.started ?? performance.now())) / 1000;
    this.time.textContent = text("took", { seconds: seconds.toFixed(1) });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.element) return; // it is for the editor or a button
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.notebook.run(this);
    else if (event.key === "Enter" && event.shiftKey) this.notebook.runAndGoOn(this);
    else if (event.key === "Enter" && event.altKey) this.notebook.add(this).focus();
    else if (event.key === "Enter") this.focus();
    else if (event.key === "ArrowUp" && event.altKey) this.notebook.move(this, -1);
    else if (event.key === "ArrowDown" && event.altKey) this.notebook.move(this, 1);
    else if (event.key === "ArrowUp") this.notebook.beside(this, -1)?.element.focus();
    else if (event.key === "ArrowDown") this.notebook.beside(this, 1)?.element.focus();
    else return;
    event.preventDefault();
  }

  destroy() {
    clearInterval(this.ticking);
    this.output.clear();
    this.editor.destroy();
    this.element.remove();
  }
}
