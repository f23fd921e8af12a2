/** Errors with words for people, and the text of any other error. */

/** Where the modules of an application's .zip are unpacked, in Pyodide's file system. */
export const APP_FOLDER = "/home/pyodide/app";

/** An error to show to people: a headline, and what to do or what Python said. */
export class StartError extends Error {
  /** @param {string} title @param {string} text */
  constructor(title, text) {
    super(text);
    this.title = title;
  }
}

/** Whether an error has its own headline for the page. @param {unknown} error @returns {error is StartError} */
export function hasTitle(error) {
  return error instanceof Error && "title" in error;
}

/** Return the text of whatever was thrown; it need not be an Error. @param {any} error @returns {string} */
export function textOf(error) {
  if (error === null || typeof error !== "object") return String(error);
  if (typeof error.message === "string" && error.message) {
    const name = typeof error.name === "string" && error.name !== "Error" ? error.name : "";
    return name && !error.message.startsWith(name) && name !== "PythonError"
      ? `${name}: ${error.message}`
      : error.message;
  }
  try {
    const text = JSON.stringify(error);
    if (text && text !== "{}") return text;
  } catch {
    // it contains itself or a BigInt
  }
  const kind = Object.prototype.toString.call(error).slice(8, -1);
  return `${kind === "Object" ? "an object" : kind} without a message was thrown`;
}

/** Return a Python traceback without Pyodide's frames, with file names as the author knows them. @param {unknown} error */
export function readable(error) {
  return textOf(error)
    .replace(/^ {2}File "\/lib\/python\d+\.zip\/(?:_pyodide|pyodide)\/.*\n(?: {4}.*\n)*/gm, "")
    .replaceAll(`"${APP_FOLDER}/`, '"')
    .replace(/\[object (\w+)\]/g, "$1") // what Pyodide writes for anything but an Error
    .trim();
}

/** Return a text without the tokens of the page. @param {string} text */
export function withoutTokens(text) {
  const auth = /** @type {any} */ (window).BX24?.getAuth?.() || {};
  for (const token of [auth.access_token, auth.refresh_token]) if (token) text = text.replaceAll(token, "***");
  return text;
}
