/** Questions in a modal dialog. */

import { button, make } from "./elements.js";

/**
 * A button of a question.
 * @typedef {object} Choice
 * @property {string} label
 * @property {string} value what `ask` then returns
 * @property {boolean} [primary] Enter in a field of the dialog chooses it
 * @property {string} [title] says more of it
 * @property {boolean} [focused] it has the focus at first, not the first field
 */

/**
 * Ask, and wait for the answer.
 * @param {{ title: string, body: Node, buttons: Choice[], signal?: AbortSignal }} question the signal closes it
 * @returns {Promise<string>} the value of the chosen button; empty if the dialog was closed with Esc, or by the signal
 */
export function ask({ title, body, buttons, signal }) {
  const { promise, resolve } = /** @type {PromiseWithResolvers<string>} */ (Promise.withResolvers());
  const heading = make("h2", { id: "dialog-title" }, title);
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" });
  const row = make("div", { className: "group dialog-buttons" });
  /** @type {HTMLElement | null} */
  let first = null;
  for (const { label, value, primary, title = "", focused } of buttons) {
    const choice = button(label, () => dialog.close(value), { className: primary ? "primary" : "", title });
    if (focused) first = choice;
    row.append(choice);
  }
  dialog.append(heading, body, row);
  dialog.addEventListener("keydown", (event) => {
    const main = buttons.find((choice) => choice.primary);
    if (event.key !== "Enter" || !main || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    dialog.close(main.value);
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue);
  });
  document.body.append(dialog);
  dialog.showModal();
  signal?.addEventListener("abort", () => dialog.close());
  (first ?? dialog.querySelector("input"))?.focus(); // `autofocus` is blocked in the portal's frame
  return promise;
}
