/** Whether the current user opens the application for the first time, and the installation that is due then. */

import { StartError } from "./errors.js";
import { frameName } from "./frame_name.js";
import { bx24 } from "./page.js";

/** How long to wait for the portal where its answer decides whether there is something to install, in milliseconds. */
const ANSWER_TIME = 30_000;

/**
 * Find out, from the moment the library is there, whether the current user opens the application for the first time.
 *
 * @returns {Promise<{ inChain: boolean, finish: () => void } | null>} how to finish the installation; null: none is due
 */
export function findFirstRun() {
  return new Promise((resolve, reject) => {
    const register = () => {
      const library = bx24();
      if (!library?.install) {
        resolve(null); // null, which is shown by others, or made by hand
        return;
      }
      const late = Boolean(library.getAuth()); // false until the portal has answered
      library.install(() => resolve({ inChain: true, finish: () => bx24().installFinish() }));
      library.init(() => (late ? askFirstRun().then(resolve, reject) : resolve(null)));
      setTimeout(() => library.getAuth() || reject(noAnswer()), ANSWER_TIME); // what comes after it may take any time
    };
    if (bx24() !== undefined) {
      register();
      return;
    }
    // Its line comes later, and its answer maybe before its `load` event is handled here.
    Object.defineProperty(window, "BX24", {
      configurable: true,
      get: () => undefined,
      set(value) {
        Object.defineProperty(window, "BX24", { value, configurable: true, enumerable: true, writable: true });
        queueMicrotask(register); // when the library's script is over, and no message can have come
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
    "So it is not known whether the application has to be installed first. Reload the page.",
  );
}
