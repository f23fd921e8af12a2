/** What lies over the application: dialogs and sliders, the last one opened in front. */

import { byId } from "./dom.js";

/** @type {{shade: HTMLElement, close: () => void, before: Element | null}[]} */
const stack = [];

/**
 * Put something in front. Escape, and a click beside it, close it.
 *
 * @param {HTMLElement} shade covers the application and holds what is shown
 * @param {() => void} close closes it, by way of `removeOverlay`
 */
export function addOverlay(shade, close) {
  stack.push({ shade, close, before: document.activeElement });
  byId("overlays").append(shade);
  shade.addEventListener("click", (event) => {
    if (event.target === shade) close();
  });
  onlyTheLastCanBeUsed();
}

/** @param {HTMLElement} shade */
export function removeOverlay(shade) {
  const at = stack.findIndex((one) => one.shade === shade);
  if (at < 0) return;
  const [{ before }] = stack.splice(at, 1);
  shade.remove();
  onlyTheLastCanBeUsed();
  if (before instanceof HTMLElement && before.isConnected) before.focus();
}

function onlyTheLastCanBeUsed() {
  byId("stage").inert = stack.length > 0;
  stack.forEach(({ shade }, index) => {
    shade.inert = index < stack.length - 1;
  });
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {Node} */ (event.target);
  if (event.key !== "Escape" || stack.length === 0 || byId("devtools").contains(target)) return;
  event.preventDefault();
  stack[stack.length - 1].close();
});
