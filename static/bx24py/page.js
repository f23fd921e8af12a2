/** What the page contains: the loader's script tag, and the portal's library. */

export const script = /** @type {HTMLScriptElement | null} */ (document.querySelector("script[data-app]"));

/** The `data-` attributes of the loader's script tag. */
export const settings = script?.dataset ?? {};

/** The URL of the loader; its other files are beside it. */
export const LOADER = script?.src || document.baseURI;

/**
 * What `bx24py pack` or the local portal writes before the loader's first line: the names of a snapshot and of the compiled
 * standard library beside the loader, whether Pyodide may be beside the page, and the index of packages of the local portal.
 *
 * @type {{ snapshot: string, stdlib: string, beside: boolean, index: string }}
 */
export const packed = {
  snapshot: "",
  stdlib: "",
  beside: true,
  index: "",
  .../** @type {any} */ (globalThis).bx24pyPacked,
};

/** @returns {any} */
export function bx24() {
  return /** @type {any} */ (window).BX24;
}
