/** Making elements. Text is always set as text. */

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [properties] of the element: `className`, `title`, `textContent` …; those with a `-` and `role` are attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name.includes("-")) element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children);
  return element;
}

/**
 * A button that does something.
 * @param {string} label what stands on it
 * @param {() => void} action
 * @param {Record<string, unknown>} [properties]
 */
export function button(label, action, properties = {}) {
  const element = make("button", { type: "button", ...properties }, label);
  element.addEventListener("click", action);
  return element;
}
