/** Questions in a modal dialog. */

import { button, make } from "./elements.js";

/**
 * A button of a question.
 * @typedef {object} Choice
 * @property {string} label
 * @property {string} value what `ask` then returns
 * @property {boolean} [primary] Enter in a field of the dialog chooses it
 */

/**
 * Ask, and wait for the answer.
 * @param {{ title: string, body: Node, buttons: Choice[] }} question
 * @returns {Promise<string>} the value of the chosen button; empty if the dialog was closed with Esc
 */
export function ask({ title, body, buttons }) {
  const { promise, resolve } = /** @type {PromiseWithResolvers<string>} */ (Promise.withResolvers());
  const heading = make("h2", { id: "dialog-title" }, title);
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" });
  const row = make("div", { className: "group dialog-buttons" });
  for (const { label, value, primary } of buttons) {
    row.append(button(label, () => dialog.close(value), primary ? { className: "primary" } : {}));
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
  dialog.querySelector("input")?.focus(); // `autofocus` is blocked in the portal's frame
  return promise;
}
