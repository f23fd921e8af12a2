/** Errors of the running application that nobody caught. */

import { readable } from "./errors.js";

/**
 * Report each error that Python raises when nobody catches it: in a handler of the page, a callback, a task, a call that
 * nobody awaits. Errors of other scripts are left to the browser.
 *
 * @param {any} pyodide
 * @param {(title: string, text: string) => void} report
 * @returns {() => void} reports what has not been reported yet: calls that nobody awaited
 */
export function watchUncaught(pyodide, report) {
  /** @param {Event} event @param {any} error */
  const notice = (event, error) => {
    if (error?.name !== "PythonError" || error.pyodide_fatal_error) return;
    event.preventDefault(); // so that the browser does not log it as well
    if (error.type !== "CancelledError") report("The application has an error", readable(error));
  };
  window.addEventListener("error", (event) => notice(event, event.error));
  window.addEventListener("unhandledrejection", (event) => notice(event, event.reason));
  const module = pyodide.pyimport("bx24py.bridge.uncaught");
  const collect = module.watch(report);
  module.destroy();
  return collect;
}
