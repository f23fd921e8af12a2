/** What a cell has printed and shown. Python calls it: see cells.py. */

import { drawChart } from "./chart.js";
import { button, make } from "./elements.js";
import { drawFigure } from "./figure.js";
import { drawForeign, drawPicture } from "./foreign.js";
import { Printed } from "./printed.js";
import { Progress } from "./progress.js";
import { drawTable } from "./table.js";
import { numeral, text } from "./texts.js";
import { drawTree } from "./tree.js";

/** How many characters of a text are shown at once. */
const LONG = 5000;

/** @type {Record<string, (shown: any) => Node | { element: Node, close: () => void }>} Draws what `show` is given, by its `kind`. */
const drawers = {
  text: ({ text }) => (text.includes("\x1b") ? coloured(text) : shortText(text, "pre")),
  table: drawTable,
  tree: drawTree,
  chart: drawChart,
  figure: drawFigure,
  foreign: drawForeign,
  picture: drawPicture,
};

/**
 * A text, the rest of which is shown when asked for.
 * @param {string} whole
 * @param {"pre" | "span"} tag
 */
export function shortText(whole, tag) {
  if (whole.length <= LONG) return make(tag, { className: "text" }, whole);
  const element = make(tag, { className: "text", tabIndex: -1 }, whole.slice(0, LONG), "… ");
  const showAll = () => {
    element.textContent = whole;
    element.focus();
  };
  element.append(button(text("show_all", { count: numeral(whole.length) }), showAll));
  return element;
}

/** @param {string} whole text that may have the escape sequences of terminals */
function coloured(whole) {
  const printed = new Printed();
  printed.write([["stdout", whole]]);
  return printed.element;
}

export class Output {
  constructor() {
    this.element = make("section", { className: "output", "aria-label": text("output"), hidden: true });
    /** @type {Printed | null} the text that is being printed */
    this.printing = null;
    /** @type {(() => void)[]} ends what has been shown */
    this.closing = [];
    this.progress = new Progress((element, shown) => this.#place(element, shown));
  }

  clear() {
    this.progress.clear();
    for (const close of this.closing.splice(0)) close();
    this.element.replaceChildren();
    this.element.hidden = true;
    this.printing = null;
  }

  /**
   * Print text.
   * @param {string} printed JSON of pairs: a stream, and the text that was printed there
   */
  write(printed) {
    if (!this.printing) {
      this.printing = new Printed();
      this.add(this.printing.element);
    }
    this.printing.write(JSON.parse(printed));
  }

  /**
   * Show a value.
   * @param {{ kind: string }} shown what draws it depends on its kind
   */
  show(shown) {
    this.printing = null;
    const drawn = drawers[shown.kind](shown);
    if (!(drawn instanceof Node)) this.closing.push(drawn.close);
    this.add(drawn instanceof Node ? drawn : drawn.element);
  }

  /**
   * Show an error.
   * @param {{ title: string, traceback: string, advice: string, whole?: string }} error `whole`: the traceback with all frames
   */
  fail({ title, traceback, advice, whole }) {
    this.printing = null;
    const element = make("div", { className: "error", role: "alert" }, make("strong", {}, title));
    if (advice) element.append(make("p", {}, advice));
    if (traceback) element.append(coloured(traceback));
    if (whole) element.append(make("details", {}, make("summary", {}, text("all_frames")), coloured(whole)));
    this.add(element);
  }

  /**
   * Say something about the run.
   * @param {string} key of the text
   */
  note(key) {
    this.printing = null;
    this.add(make("p", { className: "note", role: "status" }, text(key)));
  }

  /**
   * Put the progress above all else, or take it away.
   * @param {HTMLElement} element
   * @param {boolean} shown
   */
  #place(element, shown) {
    if (shown) this.element.prepend(element);
    else element.remove();
    this.element.hidden = !this.element.hasChildNodes();
  }

  /** @param {Node} node */
  add(node) {
    this.element.hidden = false;
    this.element.append(node);
  }
}
