/** Documentation of the name under the cursor: below the editor with F1, beside the name when the mouse rests on it. */

import { completionStatus, hoverTooltip, keymap } from "./editor-library.js";
import { button, make } from "./elements.js";
import { language, text } from "./texts.js";

/**
 * What complete.py knows of a name.
 * @typedef {object} Described
 * @property {string} head
 * @property {string} text
 * @property {string} page of the official documentation, or empty
 */

/** @param {Described} described */
function draw({ head, text: words, page }) {
  const nodes = [make("p", { className: "doc-head" }, head)];
  if (page) {
    const href = `https://apidocs.bitrix24.${language === "ru" ? "ru" : "com"}/${page}.html`;
    nodes.push(make("p", {}, make("a", { href, target: "_blank", rel: "noopener" }, text("official_page"))));
  }
  nodes.push(make("p", { className: "doc-text" }, words)); // it may be long
  return nodes;
}

/**
 * The extension that shows documentation.
 * @param {HTMLElement} place where F1 shows it
 * @param {() => import("./notebook.js").PythonSide | null} python who answers, when it has started
 * @returns {import("./editor-library.js").Extension}
 */
export function documentation(place, python) {
  /**
   * @param {import("./editor-library.js").EditorView} view
   * @param {number} at
   */
  const ask = async ({ state }, at) => (await python()?.describe(state.sliceDoc(0, at), state.sliceDoc(at))) ?? null;

  /** @param {import("./editor-library.js").EditorView} view */
  async function open(view) {
    const described = await ask(view, view.state.selection.main.head);
    const close = () => {
      place.hidden = true;
      view.focus();
    };
    place.replaceChildren(
      button("✕", close, { className: "doc-close", "aria-label": text("close") }),
      ...(described ? draw(described) : [make("p", {}, text("no_documentation"))]),
    );
    place.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    place.hidden = false;
    place.focus();
  }

  /** @param {import("./editor-library.js").EditorView} view */
  const help = (view) => {
    open(view);
    return true;
  };
  return [
    keymap.of([{ key: "F1", run: help }]),
    hoverTooltip(async (view, pos) => {
      if (completionStatus(view.state)) return null; // the proposals have their place
      const described = await ask(view, pos);
      if (!described) return null;
      return {
        pos,
        create: () => ({ dom: make("div", { className: "cm-documentation", tabIndex: 0 }, ...draw(described)) }),
      };
    }),
  ];
}
