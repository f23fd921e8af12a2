/** Overlays over the application: dialogs and sliders, the last one opened in front. */

import { byId } from "./dom.js";

/** @type {{shade: HTMLElement, close: () => void, before: Element | null}[]} */
const stack = [];

/**
 * Show an overlay in front. Escape, or a click beside it, closes it.
 *
 * @param {HTMLElement} shade covers the application and contains the overlay
 * @param {() => void} close closes the overlay with `removeOverlay`
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
