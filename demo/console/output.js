/** What a cell has printed and shown. Python calls it: see cells.py. */

import { make } from "./elements.js";
import { text } from "./texts.js";

/** @type {Record<string, (shown: any) => Node>} Draws what `show` is given, by its `kind`. */
const drawers = {
  text: ({ text }) => make("pre", { className: "text" }, text),
};

export class Output {
  constructor() {
    this.element = make("section", { className: "output", "aria-label": text("output"), hidden: true });
    /** @type {HTMLElement | null} the text that is being printed */
    this.printing = null;
  }

  clear() {
    this.element.replaceChildren();
    this.element.hidden = true;
    this.printing = null;
  }

  /**
   * Print text.
   * @param {"stdout" | "stderr"} stream
   * @param {string} printed
   */
  write(stream, printed) {
    if (this.printing?.dataset.stream !== stream) {
      this.printing = make("pre", { className: `text ${stream}` });
      this.printing.dataset.stream = stream;
      this.add(this.printing);
    }
    this.printing.append(printed);
  }

  /**
   * Show a value.
   * @param {{ kind: string }} shown what draws it depends on its kind
   */
  show(shown) {
    this.printing = null;
    this.add(drawers[shown.kind](shown));
  }

  /**
   * Show an error.
   * @param {{ title: string, traceback: string, advice: string }} error
   */
  fail({ title, traceback, advice }) {
    this.printing = null;
    const element = make("div", { className: "error", role: "alert" }, make("strong", {}, title));
    if (advice) element.append(make("p", {}, advice));
    if (traceback) element.append(make("pre", { className: "text" }, traceback));
    this.add(element);
  }

  /** @param {Node} node */
  add(node) {
    this.element.hidden = false;
    this.element.append(node);
  }
}
