/** Finds out whether the current user opens the application for the first time, and so must install it. */

import { StartError } from "./errors.js";
import { frameName } from "./frame_name.js";
import { bx24 } from "./page.js";

/** How long to wait for the portal's answer, which decides whether to install, in milliseconds. */
const ANSWER_TIME = 30_000;

/**
 * Find out, as soon as the library is there, whether the current user opens the application for the first time.
 *
 * @returns {Promise<{ inChain: boolean, finish: () => void } | null>} how to finish the installation; null if there is none
 */
export function findFirstRun() {
  return new Promise((resolve, reject) => {
    const register = () => {
      const library = bx24();
      if (!library?.install) {
        resolve(null); // BX24 is null, which the start reports, or an object of the page's own
        return;
      }
      const late = Boolean(library.getAuth()); // false until the portal has answered
      library.install(() => resolve({ inChain: true, finish: () => bx24().installFinish() }));
      library.init(() => (late ? askFirstRun().then(resolve, reject) : resolve(null)));
      setTimeout(() => library.getAuth() || reject(noAnswer()), ANSWER_TIME); // after the answer there is no limit
    };
    if (bx24() !== undefined) {
      register();
      return;
    }
    // The library's script tag comes later, and the portal may answer before its `load` event is handled here.
    Object.defineProperty(window, "BX24", {
      configurable: true,
      get: () => undefined,
      set(value) {
        Object.defineProperty(window, "BX24", { value, configurable: true, enumerable: true, writable: true });
        queueMicrotask(register); // after the library's script, and before any message can arrive
      },
    });
  });
}

/** Ask the portal as the library does (contract, section 2). @returns {ReturnType<typeof findFirstRun>} */
function askFirstRun() {
  const portal = frameName();
  if (!portal) return Promise.resolve(null);
  const { origin, sid } = portal;
  const id = `bx24py${Math.random().toString(36).slice(2)}`;
  const post = (/** @type {string} */ text) => window.parent.postMessage(`${text}:${sid}`, origin);
  const finish = () => post('setInstall:{"install":true}:');
  return new Promise((resolve, reject) => {
    const listener = (/** @type {MessageEvent} */ event) => {
      if (event.origin !== origin || !String(event.data).startsWith(`${id}:`)) return;
      window.removeEventListener("message", listener);
      resolve(JSON.parse(event.data.slice(id.length + 1)).FIRST_RUN ? { inChain: false, finish } : null);
    };
    window.addEventListener("message", listener);
    setTimeout(() => reject(noAnswer()), ANSWER_TIME);
    post(`getInitData::${id}`);
  });
}

function noAnswer() {
  return new StartError(
    "The portal has not answered",
    "Without its answer it is not known whether the application must be installed first. Reload the page.",
  );
}
