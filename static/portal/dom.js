/**
 * Create an element. Text is never treated as markup.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props] properties. `role` and names with a dash become attributes, `on…` listeners,
 *   `class` the class name. Attributes that are `undefined`, `null` or `false` are left out.
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role") {
      if (value !== undefined && value !== null && value !== false) made.setAttribute(name, String(value));
    } else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/** @param {string} id @returns {any} the element of the page with this id, which must exist */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The portal page has no element #${id}`);
  return found;
}
