/** A nested value as a tree. What is opened asks Python for its children (tree.py). */

import { drawChart } from "./chart.js";
import { button, make } from "./elements.js";
import { shortText } from "./output.js";
import { text } from "./texts.js";

/** @typedef {{ children: (number: number, start: number) => string, destroy: () => void }} Source */

/**
 * Draw a tree.
 * @param {{ label: string, source: Source, chart: any }} shown
 * @returns {{ element: Node, close: () => void }}
 */
export function drawTree({ label, source, chart }) {
  const element = make("div", {}, make("div", { className: "tree" }, branch("", label, source, 0, true)));
  if (chart) {
    const place = make("div", {});
    const show = () => (place.firstChild ? place.replaceChildren() : place.append(drawChart(chart)));
    element.append(button(text("chart"), show), place);
  }
  return { element, close: () => source.destroy() };
}

/**
 * @param {string} key
 * @param {string} label
 * @param {Source} source
 * @param {number} number
 * @param {boolean} [open]
 */
function branch(key, label, source, number, open = false) {
  const list = make("ul", {});
  const summary = make("summary", {}, ...keyed(key), make("span", { className: "brief" }, label));
  const details = make("details", { open }, summary, list);
  let filled = false;
  const fill = () => {
    if (filled || !details.open) return;
    filled = true;
    more(list, source, number, 0);
  };
  details.addEventListener("toggle", fill);
  fill();
  return details;
}

/**
 * Add a portion of children.
 * @param {HTMLElement} list
 * @param {Source} source
 * @param {number} number
 * @param {number} start
 */
function more(list, source, number, start) {
  const { children, next } = JSON.parse(source.children(number, start));
  for (const child of children) {
    const inner =
      child.number === undefined
        ? [...keyed(child.key), shortText(child.text, "span")]
        : [branch(child.key, child.text, source, child.number)];
    list.append(make("li", {}, ...inner));
  }
  if (next === null) return;
  const item = make("li", {});
  const go = () => {
    item.remove();
    more(list, source, number, next);
    const added = list.children[next]?.querySelector("summary, button");
    if (added instanceof HTMLElement) added.focus();
  };
  item.append(button(text("more"), go));
  list.append(item);
}

/** @param {string} key */
function keyed(key) {
  return key ? [make("span", { className: "key" }, key), " "] : [];
}
